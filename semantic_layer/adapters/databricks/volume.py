"""A VolumeStore in a Unity Catalog Volume, by the Files API.

Nobody promises that replacing a file there is atomic, so a write goes through four steps:
1. the bytes as a new file `.versions/{path}/{write}`, never replaced, read back and compared;
2. the pointer `.pointers/{path}`: this write is under way, its bytes are in that version;
3. the file itself, for people and other tools, read back and compared;
4. the pointer: this write is done.
A reader takes the file where the pointer says done before and after, and the version otherwise. A
file that a person changed by hand has a pointer that is done, and is read as it is. A path has one
writer at a time: whoever writes sees to that (the outbox locks the document).
"""

from __future__ import annotations

import hashlib
import io
import json
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

from semantic_layer.adapters.databricks.workspace import WorkspaceCaller
from semantic_layer.adapters.volume_paths import checked_path
from semantic_layer.errors import NotFound, SemanticLayerError, Unavailable
from semantic_layer.ports import StoredFile

T = TypeVar("T")

VERSIONS, POINTERS = ".versions", ".pointers"
KEPT_VERSIONS = 3
"""A reader may hold the pointer of a write before the last."""
VOLUME_PARTS = 5
"""`/Volumes/catalog/schema/volume`, split at its slashes."""
TRIES = 5
PAUSE_S = 0.05


@dataclass(frozen=True)
class _Pointer:
    """The last write of a path."""

    write: str
    sha256: str
    done: bool

    def encoded(self) -> bytes:
        body = json.dumps(asdict(self), sort_keys=True)
        return json.dumps({"pointer": body, "check": _hash(body.encode())}).encode()


class DatabricksVolume:
    """Files under one folder of a Volume (`/Volumes/catalog/schema/volume[/folder]`)."""

    def __init__(self, caller: Callable[[], WorkspaceCaller], base: str) -> None:
        self._caller = caller
        self._base = base.rstrip("/")

    def read(self, path: str) -> bytes:
        checked_path(path)
        for attempt in range(TRIES):
            with suppress(_Moving):
                return self._read(path)
            time.sleep(PAUSE_S * 2**attempt)
        raise _failed(path, "it changes again and again")

    def write(self, path: str, data: bytes) -> None:
        checked_path(path)
        # By time, so that the names of versions sort as they were written.
        pointer = _Pointer(f"{time.time_ns():020d}-{uuid.uuid4().hex}", _hash(data), done=False)
        self._put(f"{VERSIONS}/{path}/{pointer.write}", data, verify=True)
        self._put(f"{POINTERS}/{path}", pointer.encoded())
        self._put(path, data, verify=True)
        done = _Pointer(pointer.write, pointer.sha256, done=True)
        self._put(f"{POINTERS}/{path}", done.encoded())
        for old in self._writes(path)[:-KEPT_VERSIONS]:
            self._remove(f"{VERSIONS}/{path}/{old}")

    def delete(self, path: str) -> None:
        checked_path(path)
        self._remove(f"{POINTERS}/{path}")
        self._remove(path)
        for old in self._writes(path):
            self._remove(f"{VERSIONS}/{path}/{old}")

    def files(self, folder: str = "") -> Iterator[StoredFile]:
        top = checked_path(folder) if folder else ""
        found = sorted(self._below(top))
        for path, size, modified_ms in found:
            yield StoredFile(path, size, datetime.fromtimestamp(modified_ms / 1000, UTC))

    def ping(self) -> None:
        """Making a folder that is there already needs the right to write, and changes nothing."""
        place = f"{self._base}/{POINTERS}"
        try:
            self._told(place, lambda client: client.files.create_directory(place))
        except NotFound as error:
            raise _failed(place, "there is no such volume, or none for us") from error
        self._entries(place)

    # ------------------------------------------------------------ reading

    def _read(self, path: str) -> bytes:
        """Raises _Moving where somebody writes meanwhile and what they wrote is gone again."""
        before = self._pointer(path)
        if before is not None and not before.done:
            return self._version(path, before)
        data = self._get(path)
        if before is not None and data is not None and _hash(data) == before.sha256:
            return data
        after = self._pointer(path)
        if after == before:
            if data is None:
                raise NotFound(f"There is no file {path} in the volume.", path=path)
            return data
        if after is None:
            raise _Moving
        return self._version(path, after)

    def _pointer(self, path: str) -> _Pointer | None:
        """None where there is none; one that is being replaced stands for the newest version."""
        data = self._get(f"{POINTERS}/{path}")
        if data is None:
            return None
        try:
            body = json.loads(data)
            if _hash(body["pointer"].encode()) == body["check"]:
                return _Pointer(**json.loads(body["pointer"]))
        except (ValueError, KeyError, TypeError, AttributeError):
            pass
        writes = self._writes(path)
        if not writes:
            raise _Moving
        return _Pointer(writes[-1], "", done=False)

    def _version(self, path: str, pointer: _Pointer) -> bytes:
        data = self._get(f"{VERSIONS}/{path}/{pointer.write}")
        if data is None or (pointer.sha256 and _hash(data) != pointer.sha256):
            raise _Moving
        return data

    def _writes(self, path: str) -> list[str]:
        """Names of the kept versions, oldest first."""
        entries = self._entries(f"{self._base}/{VERSIONS}/{path}")
        return sorted(one.name for one in entries if not one.is_directory)

    def _below(self, folder: str) -> Iterator[tuple[str, int, int]]:
        for one in self._entries(f"{self._base}/{folder}".rstrip("/")):
            inner = f"{folder}/{one.name}".lstrip("/")
            if one.name.startswith("."):
                continue
            if one.is_directory:
                yield from self._below(inner)
            else:
                yield inner, one.file_size or 0, one.last_modified or 0

    def _entries(self, place: str) -> list[Any]:
        """What the folder holds; a missing folder holds nothing, but a missing volume is no empty
        one: somebody might conclude that all files were deleted.
        """
        try:
            return self._told(
                place, lambda client: list(client.files.list_directory_contents(place))
            )
        except NotFound as error:
            volume = "/".join(place.split("/")[:VOLUME_PARTS])
            if place == volume:
                raise _failed(place, "there is no such volume, or none for us") from error
            self._entries(volume)
            return []

    # ------------------------------------------------------------ single files

    def _get(self, place: str) -> bytes | None:
        with suppress(NotFound):
            return self._told(
                place, lambda client: _whole(client.files.download(f"{self._base}/{place}"))
            )
        return None

    def _put(self, place: str, data: bytes, *, verify: bool = False) -> None:
        try:
            self._told(
                place,
                lambda client: client.files.upload(
                    f"{self._base}/{place}", io.BytesIO(data), overwrite=True
                ),
            )
        except NotFound as error:
            raise _failed(place, "there is no such volume, or none for us") from error
        if verify and self._get(place) != data:
            raise _failed(place, "what was read back is not what was written")

    def _remove(self, place: str) -> None:
        with suppress(NotFound):
            self._told(place, lambda client: client.files.delete(f"{self._base}/{place}"))

    def _told(self, place: str, call: Callable[[Any], T]) -> T:
        """Failures in the words of the port."""
        try:
            return self._caller().ask(call)
        except (NotFound, Unavailable):
            raise
        except SemanticLayerError as error:
            raise _failed(place, "the service principal may not read and write there") from error


class _Moving(Exception):
    """Somebody writes or deletes the file at this moment."""


def _whole(response: Any) -> bytes:
    """The body, which must be as long as was said."""
    with response.contents as body:
        data: bytes = body.read()
    if response.content_length is not None and len(data) != response.content_length:
        import requests

        raise requests.exceptions.ChunkedEncodingError("the download broke off")
    return data


def _failed(place: str, why: str) -> Unavailable:
    return Unavailable(
        f"The volume store failed at {place}: {why}.",
        code="VOLUME_UNAVAILABLE",
        retry_after_s=30,
    )


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
