"""Looking at processes from outside."""

from __future__ import annotations

import time
from pathlib import Path

from semantic_layer.embedded.process import started_at
from tests.waiting import PATIENCE_S


def gone(pid: int, *, within_s: float = PATIENCE_S) -> bool:
    """Whether the process ends in time."""
    deadline = time.monotonic() + within_s
    while started_at(pid) is not None:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def processes_of(var: Path) -> dict[int, str]:
    """Living processes started for this var/, by number: all inherit VAR_DIR. Linux only."""
    wanted = f"VAR_DIR={var}".encode()
    found: dict[int, str] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if wanted in (folder / "environ").read_bytes().split(b"\0"):
                command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                if command and started_at(int(folder.name)):
                    found[int(folder.name)] = command
        except OSError:
            continue
    return found
