"""One statement on the warehouse, from submission to its rows, within its limits: all of them in
memory, or one batch after the other.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from queries.cacheability import CacheNote, CacheUse
from queries.fingerprints import ResultDigest
from queries.rows import JsonRows, Written
from queries.wall_clocks import plain_batches, plain_columns
from queries.watching import LOOK_S, look
from semantic_layer.api.tracing import span
from semantic_layer.errors import (
    InvalidInput,
    StatementCancelled,
    StatementTimeout,
    WarehouseError,
)
from semantic_layer.ports import Limits, ResultColumn, RunHandle, RunState, RunStatus, Warehouse

if TYPE_CHECKING:
    import pyarrow as pa

# The adapter ends a statement at its time limit; only one that fails to do so is cut off from here.
GRACE_S = 5.0


@dataclass(frozen=True)
class Statement:
    """SQL that passed the guard or came from the compiler, with the rows wanted, the seconds it
    may take, the bytes that may be held in memory (None: what the rows take), how many of its
    kind one person may run at once, and which columns are read off a wall clock.
    """

    sql: str
    row_limit: int
    timeout_s: float
    parameters: Mapping[str, Any] = field(default_factory=dict)
    cache: CacheUse = field(default_factory=CacheUse)
    max_bytes: int | None = None
    at_once: int = 1
    wall_clocks: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Fetched:
    """A result cut to the row limit; `truncated` exactly when more rows existed.

    `batches` are empty where the rows went elsewhere, to a file for example; the counts tell.
    """

    columns: tuple[ResultColumn, ...]
    batches: tuple[pa.RecordBatch, ...]
    row_count: int
    byte_count: int
    truncated: bool
    statement_id: str
    engine_ms: float
    digest: ResultDigest | None = None
    cache: CacheNote = field(default_factory=CacheNote)
    written: Written = field(default_factory=Written, compare=False, repr=False)

    @property
    def holds_rows(self) -> bool:
        """Whether `batches` are all there is of it."""
        return bool(self.batches) or not self.row_count

    @cached_property
    def rows(self) -> JsonRows:
        """The rows as JSON values."""
        return JsonRows(self.columns, self.batches, self.written)


@dataclass
class RowStream:
    """The rows of a succeeded statement, to be iterated once; the counts are of what has passed."""

    columns: tuple[ResultColumn, ...]
    statement_id: str
    engine_ms: float
    row_limit: int
    source: Iterator[pa.RecordBatch]
    max_bytes: int | None = None
    row_count: int = 0
    byte_count: int = 0
    truncated: bool = False

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        """The first `row_limit` rows. The source is read to its end, which frees the statement."""
        for batch in self.source:
            look()
            left = self.row_limit - self.row_count
            self.truncated = self.truncated or batch.num_rows > left
            kept = batch.slice(0, left)
            if kept.num_rows or not batch.num_rows:
                self.row_count += kept.num_rows
                self.byte_count += kept.nbytes
                if self.max_bytes is not None and self.byte_count > self.max_bytes:
                    raise too_many_bytes(self.max_bytes)
                yield kept

    def fetched(self, batches: tuple[pa.RecordBatch, ...] = ()) -> Fetched:
        """What came of it, once iterated."""
        return Fetched(
            columns=self.columns,
            batches=batches,
            row_count=self.row_count,
            byte_count=self.byte_count,
            truncated=self.truncated,
            statement_id=self.statement_id,
            engine_ms=self.engine_ms,
        )


def execute(warehouse: Warehouse, statement: Statement, *, tags: Mapping[str, str]) -> Fetched:
    """Run the statement and hold its rows in memory. Raises like `streamed`."""
    with streamed(warehouse, statement, tags=tags) as rows:
        rows.max_bytes = statement.max_bytes
        return rows.fetched(tuple(rows))


@contextmanager
def streamed(
    warehouse: Warehouse,
    statement: Statement,
    *,
    tags: Mapping[str, str],
    submitted: Callable[[RunHandle], None] | None = None,
) -> Iterator[RowStream]:
    """Run the statement and hand out its rows, one more read than wanted to know whether it was
    cut. `submitted` is told the statement's handle as soon as there is one, and again with the
    engine's own id where that comes later; then the watch is told the progress as well.

    Raises SqlError, StatementRefused, WarehouseError, WarehouseUnavailable, StatementTimeout or
    StatementCancelled, or what the watch says (watching.py). Whatever is raised, here or in the
    block, nothing of the statement is left in the engine.
    """
    limits = Limits(
        max_rows=statement.row_limit + 1,
        timeout_s=statement.timeout_s,
        tell_progress=submitted is not None,
    )
    started = time.perf_counter()
    handle = warehouse.submit(statement.sql, statement.parameters, limits=limits, tags=tags)
    try:
        told = submitted or _nobody
        told(handle)
        with span("warehouse", warehouse=warehouse.name, **tags):
            statement_id = _succeeded(warehouse, handle, statement.timeout_s, told)
        columns = plain_columns(warehouse.columns(handle), statement.wall_clocks, warehouse.dialect)
        engine_ms = round((time.perf_counter() - started) * 1000, 3)
        source = plain_batches(warehouse.batches(handle), statement.wall_clocks)
        yield RowStream(columns, statement_id, engine_ms, statement.row_limit, source)
    except BaseException:
        warehouse.cancel(handle)
        raise


def _nobody(handle: RunHandle) -> None:
    """Nobody wants to know."""


def _succeeded(
    warehouse: Warehouse, handle: RunHandle, timeout_s: float, told: Callable[[RunHandle], None]
) -> str:
    """The engine's id of the statement, once it succeeded."""
    status = _terminal(warehouse, handle, timeout_s, told)
    if status.state is RunState.SUCCEEDED:
        return status.statement_id or handle.statement_id
    if status.state is RunState.FAILED:
        raise status.error or WarehouseError("The warehouse failed while running the statement.")
    if status.state is RunState.CANCELLED:
        raise StatementCancelled("The query was cancelled.")
    raise timed_out(timeout_s)


def timed_out(timeout_s: float) -> StatementTimeout:
    """The error of a query that took too long."""
    return StatementTimeout(
        f"The query took longer than {timeout_s:g} seconds and was cancelled in the warehouse. "
        "Read a shorter time range or fewer rows, or aggregate more.",
        timeout_s=timeout_s,
    )


def too_many_bytes(allowed: int) -> InvalidInput:
    """The error of a result beyond what the caller may hold in memory."""
    return InvalidInput(
        f"The result is larger than the {allowed / 2**20:,.0f} MB that your role allows in one "
        "answer. Ask for fewer rows or columns, aggregate more, or export it.",
        code="RESULT_TOO_LARGE",
        max_bytes=allowed,
    )


def _terminal(
    warehouse: Warehouse, handle: RunHandle, timeout_s: float, told: Callable[[RunHandle], None]
) -> RunStatus:
    end = time.monotonic() + timeout_s + GRACE_S
    known = handle.statement_id
    while (status := warehouse.poll(handle, wait_s=LOOK_S)).state is RunState.RUNNING:
        if status.statement_id not in (None, known):
            known = str(status.statement_id)
            told(replace(handle, statement_id=known))
        look(status.progress)
        if time.monotonic() > end:
            return RunStatus(RunState.TIMED_OUT)
    return status
