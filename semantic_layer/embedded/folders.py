"""The folder that holds all that `manage.py up` makes, and the lock that lets one start use it."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import shutil
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from semantic_layer.embedded.process import StartError

SOCKET_PATH_BYTES = 103  # sun_path holds 108 on Linux and 104 on macOS, with the closing zero
NEEDED_BYTES = 400_000_000
OWNER_NOTE = "made-by-manage-up"


@dataclass(frozen=True)
class Folders:
    """Where things lie under one root (`var/`)."""

    root: Path

    @property
    def run(self) -> Path:
        return self.root / "run"

    @property
    def log(self) -> Path:
        return self.root / "log"

    @property
    def figures(self) -> Path:
        """What the processes count, until the next start."""
        return self.run / "figures"

    @property
    def secrets(self) -> Path:
        return self.root / "secrets"

    def make(self) -> None:
        """Create them; secrets and sockets closed to others."""
        for folder, mode in ((self.root, 0o755), (self.run, 0o755), (self.log, 0o755)):
            folder.mkdir(mode=mode, parents=True, exist_ok=True)
        self.secrets.mkdir(mode=0o700, exist_ok=True)

    def check_space(self) -> None:
        """Refuse to begin what a full disk would break in the middle."""
        free = shutil.disk_usage(self.root).free
        if free < NEEDED_BYTES:
            raise StartError(
                f"Only {free // 1_000_000} MB are free for {self.root}, at least "
                f"{NEEDED_BYTES // 1_000_000} MB are needed: make room, or set VAR_DIR to a folder "
                "on another disk."
            )


class Lock:
    """An exclusive lock on a folder that the kernel drops when its holder dies, however it dies."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: IO[str] | None = None

    def take(self) -> None:
        """Raises StartError naming the holder where there is one."""
        file = self.path.open("a+", encoding="utf-8")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            file.seek(0)
            holder = file.read()
            file.close()
            if error.errno not in (errno.EWOULDBLOCK, errno.EAGAIN):
                raise StartError(f"{self.path} cannot be locked: {error}.") from error
            raise StartError(_already_running(holder)) from error
        self._file = file
        self.tell({"pid": os.getpid()})

    def tell(self, facts: dict[str, object]) -> None:
        """Write what the next who tries may want to know."""
        assert self._file is not None, "the lock is not held"
        self._file.seek(0)
        self._file.truncate()
        json.dump(facts, self._file)
        self._file.flush()

    def release(self) -> None:
        if self._file:
            self._file.truncate(0)
            self._file.close()
            self._file = None


def _already_running(holder: str) -> str:
    try:
        facts = json.loads(holder)
    except ValueError:
        facts = {}
    where = f", url {facts['url']}" if facts.get("url") else " (still starting)"
    return (
        f"Already running: pid {facts.get('pid', 'unknown')}{where}. "
        "Stop that one with Ctrl-C, or set VAR_DIR to another folder for a second service."
    )


def socket_fits(path: Path) -> bool:
    """Whether the path is short enough for a Unix socket."""
    return len(os.fsencode(path)) <= SOCKET_PATH_BYTES


def free_loopback_port() -> int:
    """A TCP port nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
