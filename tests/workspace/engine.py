"""What runs the statements of the test workspace: real Spark (spark_engine.py), or a script."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from threading import Event, Lock
from typing import Any, Protocol
from uuid import uuid4

import pyarrow as pa

from tests.workspace.state import Person


class StatementFailed(Exception):
    """The statement's own error, worded as Spark words it: `[CLASS] text`."""


@dataclass
class Asked:
    """One statement: who asked, what, with which values and limits; `cancelled` is set by others.

    `tags` are what the query history would show.
    """

    person: Person
    sql: str
    parameters: Mapping[str, Any]
    configuration: Mapping[str, str]
    row_limit: int | None
    tags: str
    id: str = field(default_factory=lambda: uuid4().hex)
    cancelled: Event = field(default_factory=Event)


class Engine(Protocol):
    """Runs statements; one session each per person."""

    def run(self, asked: Asked) -> pa.Table:
        """The rows. Raises StatementFailed."""
        ...

    def cancel(self, asked: Asked) -> None:
        """Let a running statement end; it may raise whatever it likes then."""
        ...


Answer = pa.Table | Callable[[Asked], pa.Table] | Exception


class ScriptedEngine:
    """Answers what it was told, and fails on everything else: for tests of the way, not of SQL."""

    def __init__(self) -> None:
        self._answers: dict[str, Answer] = {}
        self._lock = Lock()

    def when(self, sql: str, answer: Answer) -> None:
        """The statement is answered so from now on; an exception is raised."""
        with self._lock:
            self._answers[sql] = answer

    def hold(self, sql: str) -> Event:
        """The statement runs until it is cancelled; the event tells that it began."""
        began = Event()

        def held(asked: Asked) -> pa.Table:
            began.set()
            asked.cancelled.wait(60)
            raise StatementFailed("[OPERATION_CANCELED] cancelled")

        self.when(sql, held)
        return began

    def run(self, asked: Asked) -> pa.Table:
        with self._lock:
            answer = self._answers.get(asked.sql)
        if answer is None:
            raise StatementFailed(f"[NOT_SCRIPTED] nobody told the engine of {asked.sql!r}")
        if isinstance(answer, Exception):
            raise answer
        return answer(asked) if callable(answer) else answer

    def cancel(self, asked: Asked) -> None:
        """Nothing more: `asked.cancelled` is set, which is what held statements wait for."""
