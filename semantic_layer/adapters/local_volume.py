"""A VolumeStore in a local folder, with the same paths as a Unity Catalog Volume."""

from __future__ import annotations

import errno
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from semantic_layer.adapters.volume_paths import checked_path
from semantic_layer.errors import Malformed, NotFound, Unavailable
from semantic_layer.ports import StoredFile

_UNFINISHED = ".part"
_ABANDONED_S = 3600


class LocalVolume:
    """Keeps each file by writing beside it, syncing, and renaming over it. Follows no link: what
    lies outside the base is none of its files.
    """

    def __init__(self, base: Path) -> None:
        self.base = base

    def read(self, path: str) -> bytes:
        with _told(path):
            try:
                return self._plain(path).read_bytes()
            except (FileNotFoundError, NotADirectoryError) as error:
                raise NotFound(f"There is no file {path} in the volume.", path=path) from error

    def write(self, path: str, data: bytes) -> None:
        target = self._plain(path)
        with _told(path):
            target.parent.mkdir(parents=True, exist_ok=True)
            _remove_abandoned(target.parent)
            with tempfile.NamedTemporaryFile(
                dir=target.parent, prefix=".", suffix=_UNFINISHED, delete=False
            ) as unfinished:
                try:
                    unfinished.write(data)
                    unfinished.flush()
                    os.fsync(unfinished.fileno())
                    os.replace(unfinished.name, target)
                except BaseException:
                    Path(unfinished.name).unlink(missing_ok=True)
                    raise
            _sync_folder(target.parent)

    def delete(self, path: str) -> None:
        with _told(path):
            self._plain(path).unlink(missing_ok=True)

    def files(self, folder: str = "") -> Iterator[StoredFile]:
        top = self.base / checked_path(folder) if folder else self.base
        with _told(folder):
            for file in sorted(top.rglob("*")):
                if file.suffix == _UNFINISHED or file.is_symlink() or not file.is_file():
                    continue
                with suppress(FileNotFoundError):  # deleted a moment ago
                    status = file.stat()
                    yield StoredFile(
                        path=file.relative_to(self.base).as_posix(),
                        size=status.st_size,
                        modified_at=datetime.fromtimestamp(status.st_mtime, UTC),
                    )

    def ping(self) -> None:
        with _told(str(self.base)):
            self.base.mkdir(parents=True, exist_ok=True)
            if not os.access(self.base, os.R_OK | os.W_OK | os.X_OK):
                raise Unavailable(f"{self.base} cannot be read and written; check its owner.")

    def _plain(self, path: str) -> Path:
        """The file's place. Raises Malformed where the path is odd, or leads through a link."""
        target = self.base / checked_path(path)
        for place in (target, *target.parents):
            if place == self.base:
                break
            if place.is_symlink():
                link = place.relative_to(self.base).as_posix()
                raise Malformed(
                    f"{link} is a symbolic link, which is not followed: put a file there.",
                    code="SYMBOLIC_LINK",
                    path=path,
                )
        return target


def _remove_abandoned(folder: Path) -> None:
    """What processes that were killed had not finished writing."""
    before = time.time() - _ABANDONED_S
    for file in folder.glob(f".*{_UNFINISHED}"):
        with suppress(FileNotFoundError):
            if file.lstat().st_mtime < before:
                file.unlink()


@contextmanager
def _told(path: str) -> Iterator[None]:
    """Operating system errors in our words, with what to do."""
    try:
        yield
    except OSError as error:
        hint = "free some space" if error.errno == errno.ENOSPC else "check the folder's rights"
        raise Unavailable(
            f"The volume store failed at {path}: {error.strerror}; {hint}.",
            code="VOLUME_UNAVAILABLE",
            retry_after_s=30,
        ) from error


def _sync_folder(folder: Path) -> None:
    """Make the rename itself survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
