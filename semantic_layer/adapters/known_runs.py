"""The statements of this process by id, until fetched or too old."""

from __future__ import annotations

from threading import Event, Lock
from time import monotonic
from typing import Generic, Protocol, TypeVar
from uuid import uuid4

KEEP_S = 900.0


class Ending(Protocol):
    """A statement: `done` once it ended, at `ended` on the monotonic clock."""

    done: Event
    ended: float | None

    def free(self) -> None:
        """Let go of its rows; safe to call twice."""
        ...


R = TypeVar("R", bound=Ending)


class KnownRuns(Generic[R]):
    """Results nobody fetched are let go 15 minutes after their end, as others come."""

    def __init__(self) -> None:
        self._by_id: dict[str, R] = {}
        self._lock = Lock()

    def add(self, run: R) -> str:
        """Its new id."""
        statement_id = str(uuid4())
        with self._lock:
            self._by_id[statement_id] = run
            expired = [key for key, known in self._by_id.items() if _is_expired(known)]
            dropped = [self._by_id.pop(key) for key in expired]
        for known in dropped:
            known.free()
        return statement_id

    def get(self, statement_id: str) -> R | None:
        return self._by_id.get(statement_id)

    def remove(self, statement_id: str) -> None:
        with self._lock:
            self._by_id.pop(statement_id, None)

    def free(self) -> None:
        """Drop every result."""
        with self._lock:
            runs, self._by_id = list(self._by_id.values()), {}
        for run in runs:
            run.free()


def _is_expired(run: Ending) -> bool:
    return run.done.is_set() and run.ended is not None and monotonic() - run.ended > KEEP_S
