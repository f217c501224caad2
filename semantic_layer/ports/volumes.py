"""Where the registry is mirrored as files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True)
class StoredFile:
    """One file of the volume: path below the base, size in bytes, when it was written (UTC)."""

    path: str
    size: int
    modified_at: datetime


class VolumeStore(Protocol):
    """Files under one base folder, by relative POSIX path (`production/orders.yml`).

    A path that is absolute, climbs (`..`) or holds odd characters raises Malformed. A store that
    cannot be reached raises Unavailable; nothing else leaves an adapter.
    """

    def read(self, path: str) -> bytes:
        """The whole file. Raises NotFound."""
        ...

    def write(self, path: str, data: bytes) -> None:
        """Create or replace the file: a reader sees the old or the new bytes, never a mixture."""
        ...

    def delete(self, path: str) -> None:
        """Remove the file; a missing one is no error."""
        ...

    def files(self, folder: str = "") -> Iterator[StoredFile]:
        """Every file below the folder, by path; a missing folder is empty."""
        ...

    def ping(self) -> None:
        """Raise Unavailable unless the base folder can be read and written."""
        ...
