"""Files written once, whole or not at all, in a folder that every process of the service shares.

Another store (an object store, a volume) needs the same four methods.
"""

from __future__ import annotations

import errno
import hashlib
import io
import os
import re
import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING

from semantic_layer.errors import InternalError, NotFound, SemanticLayerError, Unavailable

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

UNFINISHED = ".part"
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,63}\.[a-z]{2,8}")
_BUFFER_BYTES = 1024 * 1024
_RETRY_AFTER_S = 60


@dataclass(frozen=True)
class ByteLimit:
    """How large a file may get, and what is raised past that."""

    most: int
    refusal: Callable[[], SemanticLayerError]


@dataclass(frozen=True)
class KnownFile:
    """A file of the folder, also one that nobody finished; `written_at` is UTC."""

    name: str
    written_at: datetime

    @property
    def is_unfinished(self) -> bool:
        return self.name.endswith(UNFINISHED)


class NewFile(io.RawIOBase):
    """The file being written: counts and hashes what passes, refuses what is too much.

    Cannot seek, so that the hash is of the file as it is.
    """

    def __init__(self, file: IO[bytes], limit: ByteLimit | None) -> None:
        super().__init__()
        self.size = 0
        self._file = file
        self._limit = limit
        self._hash = hashlib.sha256()

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()

    def writable(self) -> bool:
        return True

    def write(self, data: ReadableBuffer) -> int:
        """Raises the limit's refusal, or Unavailable where the disk takes no more."""
        with memoryview(data).cast("B") as view:
            if self._limit is not None and self.size + len(view) > self._limit.most:
                raise self._limit.refusal()
            with disk_told():
                self._file.write(view)
            self._hash.update(view)
            self.size += len(view)
            return len(view)


class FileFolder:
    """A shared folder as a store of immutable files with plain names."""

    def __init__(self, base: Path) -> None:
        self.base = base

    @contextmanager
    def writing(self, name: str, *, limit: ByteLimit | None = None) -> Iterator[NewFile]:
        """A new file, there under its name once the block has ended, and only if it ended well.

        Raises Unavailable (`STORAGE_FULL`) where it cannot be kept. Synced before it is renamed:
        what has its name is whole, also after a power cut.
        """
        target = self.base / _checked(name)
        unfinished = target.with_name(f"{name}.{secrets.token_hex(4)}{UNFINISHED}")
        with disk_told():
            self.base.mkdir(parents=True, exist_ok=True, mode=0o700)
            file = unfinished.open("xb", buffering=_BUFFER_BYTES)
        try:
            with file:
                yield NewFile(file, limit)
                with disk_told():
                    file.flush()
                    os.fsync(file.fileno())
            with disk_told():
                unfinished.rename(target)
                _sync(self.base)
        except BaseException:
            unfinished.unlink(missing_ok=True)
            raise

    @contextmanager
    def scratch(self) -> Iterator[Path]:
        """A folder for pieces of a file to come; gone after the block, or with the sweep."""
        with disk_told():
            self.base.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.TemporaryDirectory(dir=self.base, suffix=UNFINISHED) as folder:
            yield Path(folder)

    def open(self, name: str) -> IO[bytes]:
        """The file, to be closed by the caller. Raises NotFound; deleting it does not disturb the
        reader.
        """
        try:
            return (self.base / _checked(name)).open("rb")
        except FileNotFoundError as error:
            raise NotFound("The file is not kept any more.", code="FILE_GONE") from error

    def delete(self, name: str) -> None:
        """Remove the file, or a scratch folder; a missing one is no error."""
        target = self.base / Path(name).name
        if target.is_dir() and name.endswith(UNFINISHED):
            shutil.rmtree(target, ignore_errors=True)
        else:
            target.unlink(missing_ok=True)

    def files(self) -> Iterator[KnownFile]:
        """Every file, and whatever is unfinished; a missing folder is empty."""
        if not self.base.is_dir():
            return
        with os.scandir(self.base) as entries:
            for entry in entries:
                try:
                    changed = entry.stat(follow_symlinks=False).st_mtime
                except FileNotFoundError:  # finished, or deleted, a moment ago
                    continue
                yield KnownFile(entry.name, datetime.fromtimestamp(changed, UTC))


def _checked(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise InternalError(f"{name!r} is not the name of a stored file.")
    return name


@contextmanager
def disk_told() -> Iterator[None]:
    """The disk's errors in our words, with what to do: Unavailable."""
    try:
        yield
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        what = (
            "is full: free some space" if full else "cannot be written: check the folder's rights"
        )
        raise Unavailable(
            f"The store of results {what} ({error.strerror}).",
            code="STORAGE_FULL" if full else "STORAGE_UNAVAILABLE",
            retry_after_s=_RETRY_AFTER_S,
        ) from error


def _sync(folder: Path) -> None:
    """Make the rename itself survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
