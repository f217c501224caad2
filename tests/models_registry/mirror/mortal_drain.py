"""A process that drains in children of its own, each of which may be told where to die.

For each line `STEP before|after FOLDER` on stdin a new child drains the outbox into the folder and
kills itself as kill -9 does, at the STEP-th call of the volume. Answers with a line of JSON: the
child's exit code (negative: the signal) and, when it lived, how often it called the volume.
Argument: the name of the database.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import django
from django.conf import settings

settings.DATABASES["default"]["NAME"] = sys.argv[1]
django.setup()

from models_registry.mirror.draining import drain  # noqa: E402  needs the apps
from semantic_layer.adapters.local_volume import LocalVolume  # noqa: E402


class Mortal:
    """A VolumeStore that ends its process at one of its calls."""

    def __init__(self, store: LocalVolume, step: int, moment: str) -> None:
        self.calls = 0
        self._store, self._step, self._moment = store, step, moment

    def read(self, path: str) -> bytes:
        found: bytes = self._at(lambda: self._store.read(path))
        return found

    def write(self, path: str, data: bytes) -> None:
        self._at(lambda: self._store.write(path, data))

    def delete(self, path: str) -> None:
        self._at(lambda: self._store.delete(path))

    def files(self, folder: str = "") -> Iterator[Any]:
        return iter(self._at(lambda: list(self._store.files(folder))))

    def ping(self) -> None:
        self._at(self._store.ping)

    def _at(self, call: Callable[[], Any]) -> Any:
        self.calls += 1
        if (self.calls, self._moment) == (self._step, "before"):
            os.kill(os.getpid(), signal.SIGKILL)
        try:
            return call()
        finally:
            if (self.calls, self._moment) == (self._step, "after"):
                os.kill(os.getpid(), signal.SIGKILL)


def drain_in_child(step: int, moment: str, folder: Path) -> dict[str, int]:
    """Fork before any connection is open: the child has one of its own, which dies with it."""
    readable, writable = os.pipe()
    child = os.fork()
    if child == 0:
        store = Mortal(LocalVolume(folder), step, moment)
        drain(store)
        os.write(writable, str(store.calls).encode())
        os._exit(0)
    os.close(writable)
    with os.fdopen(readable) as said:
        calls = int(said.read() or 0)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return {"exit": code, "calls": calls}


for line in sys.stdin:
    number, when, where = line.rstrip("\n").split(" ", 2)
    sys.stdout.write(json.dumps(drain_in_child(int(number), when, Path(where))) + "\n")
    sys.stdout.flush()
