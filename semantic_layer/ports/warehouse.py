"""What runs SQL."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from semantic_layer.errors import SemanticLayerError

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class Limits:
    """Bounds of one statement: rows fetched (None: no cap), seconds until it is cancelled.

    `tell_progress` is for statements that somebody will watch: where telling costs something, it is
    spared otherwise.
    """

    max_rows: int | None
    timeout_s: float
    tell_progress: bool = False


@dataclass(frozen=True)
class ResultColumn:
    """One column of a result: unique name, type as the warehouse writes it (`DECIMAL(18,2)`)."""

    name: str
    type: str


class RunState(StrEnum):
    """Where a statement is. The last four are terminal."""

    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    TIMED_OUT = "timed_out"


@dataclass(frozen=True)
class RunHandle:
    """A submitted statement; plain strings, so that another process can cancel it."""

    warehouse: str
    statement_id: str
    principal: str


@dataclass(frozen=True)
class RunStatus:
    """What is known of a statement now.

    `error` is set exactly when it failed; `progress` is 0..1 where the engine tells.
    `statement_id` is the engine's own once it is known, where the handle's was given before: with
    it another process can cancel the statement.
    """

    state: RunState
    error: SemanticLayerError | None = None
    progress: float | None = None
    statement_id: str | None = None


class Warehouse(Protocol):
    """Runs one read-only statement at a time per handle, as one principal.

    `name` identifies it in receipts and cache keys, `dialect` is the compiler's word. One that
    shows the same rows to every principal says so by `same_for_everybody = True`.
    """

    name: str
    dialect: str

    def submit(
        self,
        sql: str,
        parameters: Mapping[str, Any],
        *,
        limits: Limits,
        tags: Mapping[str, str],
    ) -> RunHandle:
        """Start the statement and return at once. Parameters are bound by name, never pasted.

        Raises SqlError or StatementRefused when it is refused before it runs,
        WarehouseUnavailable when the warehouse takes no work. Side effect: a running statement
        that must be fetched or cancelled.
        """
        ...

    def poll(self, handle: RunHandle, *, wait_s: float = 0.0) -> RunStatus:
        """State of the statement, waiting up to `wait_s` seconds for a terminal one.

        Past `limits.timeout_s` it is cancelled in the engine and TIMED_OUT.
        """
        ...

    def columns(self, handle: RunHandle) -> tuple[ResultColumn, ...]:
        """Columns of a succeeded statement: duplicate names already made unique (`a`, `a_2`)."""
        ...

    def batches(self, handle: RunHandle) -> Iterator[pa.RecordBatch]:
        """The rows of a succeeded statement, once, in order, at most `limits.max_rows`.

        Frees the statement when exhausted or closed.
        """
        ...

    def cancel(self, handle: RunHandle) -> None:
        """Stop the statement in the engine and free it; a finished handle is no error."""
        ...

    def explain_check(self, sql: str, parameters: Mapping[str, Any] | None = None) -> None:
        """Bind the statement in the engine without running it; values that are not given count as
        NULL.

        Raises SqlError or StatementRefused with the place, WarehouseUnavailable.
        """
        ...

    def ping(self) -> None:
        """Raise WarehouseUnavailable unless the warehouse would take a statement now, or start
        for one. Never starts it: that costs money."""
        ...


@runtime_checkable
class StatementBinder(Protocol):
    """A warehouse that can look up the names and types of a statement without running it."""

    def explain_check(self, sql: str, parameters: Mapping[str, Any] | None = None) -> None:
        """Raise the SqlError running it would raise for an unknown table, column or function, or
        for types that do not fit. Values that are not given count as null."""
        ...
