"""Uploaded bytes to texts: one YAML file, a manifest, or a zip of them. Trusts nothing of a zip.

A zip's names never become paths of ours, and no entry is unpacked further than the limits, whatever
its header promises. Pure.
"""

from __future__ import annotations

import re
import stat
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from io import BytesIO
from pathlib import PurePosixPath

from models_registry.imports import MANIFEST, SUFFIXES, Files
from semantic_layer.compiler.reading import MAX_BYTES
from semantic_layer.errors import Issue, Malformed, TooLarge

MAX_ENTRIES = 2_000
MAX_UNPACKED_BYTES = 5 * MAX_BYTES
MAX_NAME = 250

_ENCRYPTED = 0x1
_METHODS = frozenset((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED))
_ODD_CHARACTER = re.compile(r'[\x00-\x1f\x7f\\:*?"<>|]')
_CHUNK = 64 * 1024


def unpacked(files: Sequence[tuple[str, bytes]]) -> Files:
    """The texts of uploaded files by name; what is no UTF-8 becomes an issue with its place.

    Raises Malformed for a file of another kind, for two of one name, and for a zip that is damaged,
    encrypted or plays tricks, TooLarge for what unpacks to more than is read.
    """
    texts: dict[str | None, str] = {}
    issues: list[Issue] = []
    seen: set[str] = set()
    left = MAX_UNPACKED_BYTES
    for name, data in files:
        for entry, content in _contents(name, data, left):
            left -= len(content)
            if entry in seen:
                raise Malformed(f"Two files are called '{entry}': rename one.", code="FILE_TWICE")
            seen.add(entry)
            try:
                texts[entry] = content.decode("utf-8-sig")
            except UnicodeDecodeError as error:
                issues.append(_not_utf8(entry, content, error.start))
    return Files(texts, tuple(issues))


def _contents(name: str, data: bytes, left: int) -> Iterator[tuple[str, bytes]]:
    """Name and content of every model file that one uploaded file is or holds; at most `left`
    bytes."""
    suffix = PurePosixPath(name).suffix.lower()
    if suffix == ".zip":
        return _entries(data, left)
    if suffix in SUFFIXES or suffix == ".json":
        return iter([(name[-MAX_NAME:], data)])
    raise Malformed(
        f"Upload a .yml or .yaml file, a {MANIFEST}, or a .zip of them.",
        code="UNSUPPORTED_FILE",
    )


def _not_utf8(name: str, content: bytes, offset: int) -> Issue:
    before = content[:offset]
    line = before.count(b"\n") + 1
    column = len(before[before.rfind(b"\n") + 1 :].decode("utf-8", "replace")) + 1
    message = f"Not UTF-8 (byte 0x{content[offset]:02X}): save the file as UTF-8."
    return Issue(name, line, column, "", "NOT_UTF8", message)


def _entries(data: bytes, left: int) -> Iterator[tuple[str, bytes]]:
    """Name and content of every model file of a zip, by name."""
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            infos = archive.infolist()
            if len(infos) > MAX_ENTRIES:
                raise TooLarge(f"The zip holds more than {MAX_ENTRIES} entries: split it.")
            _refuse_tricks(infos)
            for info in sorted(infos, key=lambda entry: entry.filename):
                if _is_wanted(info):
                    content = _read(archive, info, left)
                    left -= len(content)
                    yield info.filename, content
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError) as error:
        raise Malformed(
            f"The zip cannot be read: {error or 'it is damaged'}.", code="MALFORMED_ZIP"
        ) from error


def _refuse_tricks(infos: list[zipfile.ZipInfo]) -> None:
    """One bad entry refuses the zip, wanted or not: who sends it, sends no models."""
    seen: set[str] = set()
    for info in infos:
        reason = _trick(info)
        if reason is None and info.filename.casefold() in seen:
            reason = "is there twice"
        if reason is not None:
            shown = info.filename[:80].encode("unicode_escape").decode()
            raise Malformed(f"The zip's entry '{shown}' {reason}.", code="UNSAFE_ZIP")
        seen.add(info.filename.casefold())


def _trick(info: zipfile.ZipInfo) -> str | None:
    name, mode = info.filename, info.external_attr >> 16
    path = PurePosixPath(name)
    if _ODD_CHARACTER.search(info.orig_filename) or len(name) > MAX_NAME:
        return "has a name with odd characters, or a very long one"
    if path.is_absolute() or ".." in path.parts:
        return "has a name that leads out of the zip"
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
        return "is a link or a special file, not a file"
    if info.flag_bits & _ENCRYPTED:
        return "is encrypted: send it without a password"
    if info.compress_type not in _METHODS:
        return "is packed in an unusual way: use deflate"
    return None


def _is_wanted(info: zipfile.ZipInfo) -> bool:
    """Model files that are not hidden; what else lies around in a zip is passed over."""
    path = PurePosixPath(info.filename)
    if info.is_dir() or any(part.startswith((".", "__MACOSX")) for part in path.parts):
        return False
    return path.suffix.lower() in SUFFIXES or path.name == MANIFEST


def _read(archive: zipfile.ZipFile, info: zipfile.ZipInfo, left: int) -> bytes:
    """The entry's content, at most as much as may be read; headers are not believed."""
    limit = min(left, MAX_BYTES)
    chunks, size = [], 0
    with archive.open(info) as file:
        while chunk := file.read(_CHUNK):
            size += len(chunk)
            if size > limit:
                raise TooLarge(
                    f"'{info.filename}' unpacks to more than may be read"
                    f" ({MAX_BYTES // 1024**2} MB a file, {MAX_UNPACKED_BYTES // 1024**2} MB"
                    " together): split the upload."
                )
            chunks.append(chunk)
    return b"".join(chunks)
