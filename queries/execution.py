"""One statement on the warehouse, from submission to rows in memory, within its limits."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from semantic_layer.errors import StatementCancelled, StatementTimeout, WarehouseError
from semantic_layer.ports import Limits, ResultColumn, RunHandle, RunState, RunStatus, Warehouse

if TYPE_CHECKING:
    import pyarrow as pa

POLL_S = 5.0
# The adapter ends a statement at its time limit; only one that fails to do so is cut off from here.
GRACE_S = 5.0


@dataclass(frozen=True)
class Statement:
    """SQL that passed the guard or came from the compiler, with the rows wanted and the seconds it
    may take.
    """

    sql: str
    row_limit: int
    timeout_s: float
    parameters: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Fetched:
    """A result in memory, cut to the row limit; `truncated` exactly when more rows existed."""

    columns: tuple[ResultColumn, ...]
    batches: tuple[pa.RecordBatch, ...]
    row_count: int
    byte_count: int
    truncated: bool
    statement_id: str
    engine_ms: float


def execute(warehouse: Warehouse, statement: Statement, *, tags: Mapping[str, str]) -> Fetched:
    """Run the statement and fetch its rows, one more than wanted to know whether it was cut.

    Raises SqlError, StatementRefused, WarehouseError, WarehouseUnavailable, StatementTimeout or
    StatementCancelled. Whatever is raised, nothing of the statement is left in the engine.
    """
    limits = Limits(max_rows=statement.row_limit + 1, timeout_s=statement.timeout_s)
    started = time.perf_counter()
    handle = warehouse.submit(statement.sql, statement.parameters, limits=limits, tags=tags)
    try:
        _succeeded(warehouse, handle, statement.timeout_s)
        columns = warehouse.columns(handle)
        engine_ms = (time.perf_counter() - started) * 1000
        batches, truncated = _cut(tuple(warehouse.batches(handle)), statement.row_limit)
    except BaseException:
        warehouse.cancel(handle)
        raise
    return Fetched(
        columns=columns,
        batches=batches,
        row_count=sum(batch.num_rows for batch in batches),
        byte_count=sum(batch.nbytes for batch in batches),
        truncated=truncated,
        statement_id=handle.statement_id,
        engine_ms=round(engine_ms, 3),
    )


def _succeeded(warehouse: Warehouse, handle: RunHandle, timeout_s: float) -> None:
    status = _terminal(warehouse, handle, timeout_s)
    if status.state is RunState.SUCCEEDED:
        return
    if status.state is RunState.FAILED:
        raise status.error or WarehouseError("The warehouse failed while running the statement.")
    if status.state is RunState.CANCELLED:
        raise StatementCancelled("The query was cancelled.")
    raise StatementTimeout(
        f"The query took longer than {timeout_s:g} seconds and was cancelled in the warehouse. "
        "Read a shorter time range or fewer rows, or aggregate more.",
        timeout_s=timeout_s,
    )


def _terminal(warehouse: Warehouse, handle: RunHandle, timeout_s: float) -> RunStatus:
    end = time.monotonic() + timeout_s + GRACE_S
    while (status := warehouse.poll(handle, wait_s=POLL_S)).state is RunState.RUNNING:
        if time.monotonic() > end:
            return RunStatus(RunState.TIMED_OUT)
    return status


def _cut(
    batches: tuple[pa.RecordBatch, ...], row_limit: int
) -> tuple[tuple[pa.RecordBatch, ...], bool]:
    """The first `row_limit` rows, and whether there were more."""
    kept: list[pa.RecordBatch] = []
    left = row_limit
    for batch in batches:
        if batch.num_rows > left:
            if left:
                kept.append(batch.slice(0, left))
            return tuple(kept), True
        kept.append(batch)
        left -= batch.num_rows
    return tuple(kept), False
