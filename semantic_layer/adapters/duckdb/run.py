"""One statement's life: waiting, running, then exactly one terminal state."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from threading import Event, Lock
from time import monotonic
from typing import Any

import duckdb
import pyarrow as pa

from semantic_layer.adapters.columns import unique_columns
from semantic_layer.adapters.duckdb.database import Database, leak
from semantic_layer.adapters.duckdb.failures import (
    is_fatal,
    is_interrupt,
    shifted,
    translated,
)
from semantic_layer.adapters.duckdb.names import type_name
from semantic_layer.adapters.duckdb.options import DuckDBOptions
from semantic_layer.adapters.duckdb.plain import plain_batch, plain_schema
from semantic_layer.adapters.duckdb.spool import Spool
from semantic_layer.errors import (
    SemanticLayerError,
    StatementRefused,
    WarehouseError,
    WarehouseUnavailable,
)
from semantic_layer.ports import Limits, ResultColumn, RunState, RunStatus

logger = logging.getLogger(__name__)

_BATCH_ROWS = 8192
_TELL_PROGRESS = "SET enable_progress_bar_print = false; SET enable_progress_bar = true"


@dataclass(frozen=True)
class Statement:
    """What was asked: the user's own text, its bound values, its bounds."""

    sql: str
    parameters: Mapping[str, Any]
    limits: Limits


@dataclass
class Run:
    """A submitted statement. `stop` may be called from any thread, `execute` runs in one."""

    statement: Statement
    principal: str
    options: DuckDBOptions
    started: float = field(default_factory=monotonic)
    ended: float | None = None
    columns: tuple[ResultColumn, ...] = ()
    spool: Spool | None = None
    engine_broken: bool = False
    done: Event = field(default_factory=Event)
    _state: RunState = RunState.RUNNING
    _error: SemanticLayerError | None = None
    _wanted: RunState | None = None
    _begun: bool = False
    _cursor: duckdb.DuckDBPyConnection | None = None
    _lock: Lock = field(default_factory=Lock)

    @property
    def status(self) -> RunStatus:
        return RunStatus(self._state, self._error)

    @property
    def progress(self) -> float | None:
        """0 to 1 while it runs, where it was asked for and the engine knows."""
        with self._lock:
            if not self.statement.limits.tell_progress or self._cursor is None:
                return None
            percentage = self._cursor.query_progress()
        return None if percentage < 0 else min(percentage / 100, 1.0)

    @property
    def deadline(self) -> float:
        return self.started + self.statement.limits.timeout_s

    def stop(self, wanted: RunState) -> None:
        """Ask the engine to stop; the first reason given is the one that counts.

        Call again until `done`: an interrupt that arrives between two steps of the engine is lost.
        """
        with self._lock:
            if self.done.is_set():
                return
            self._wanted = self._wanted or wanted
            if self._cursor is not None:
                self._cursor.interrupt()
            if not self._begun:
                self._end_waiting(self._wanted)
                self.done.set()

    def _end_waiting(self, wanted: RunState) -> None:
        """What never got a turn has not timed out in the engine: the warehouse is too busy."""
        if wanted is not RunState.TIMED_OUT:
            self._end(wanted)
            return
        waited = f"{self.statement.limits.timeout_s:g} seconds"
        self._end(
            RunState.FAILED,
            WarehouseUnavailable(
                f"The warehouse was too busy to start the statement within {waited}; try again."
            ),
        )

    @property
    def stopping(self) -> RunState | None:
        return self._wanted

    def execute(self, database: Database) -> None:
        """Run to the end on this database. Raises nothing: what went wrong becomes the state."""
        try:
            if not self._begin(database):
                return
            assert self._cursor is not None
            self._fetch(self._cursor)
            self._end(self._wanted or RunState.SUCCEEDED)
        except SemanticLayerError as error:
            self._end(RunState.FAILED, error)
        except (duckdb.Error, OSError, pa.ArrowException) as error:
            self._fail(error)
        except Exception:
            # The top of a worker thread: whatever it is, whoever polls must hear that it ended.
            logger.exception("A statement failed in an unexpected way.")
            self._end(RunState.FAILED, WarehouseError("The warehouse failed on the statement."))
        finally:
            self._release()

    def _begin(self, database: Database) -> bool:
        with self._lock:
            if self.done.is_set():
                return False
            self._begun = True
        cursor = database.cursor()
        if self.statement.limits.tell_progress:
            cursor.execute(_TELL_PROGRESS)
        with self._lock:
            self._cursor = cursor
        return True

    def fail(self, error: SemanticLayerError) -> None:
        """End a run that never reached the engine."""
        self._end(RunState.FAILED, error)
        self.done.set()

    def abandon(self) -> None:
        """In a forked child: its threads are gone, and closing the cursor would crash on them."""
        if self._cursor is not None:
            leak(self._cursor)

    def _fetch(self, cursor: duckdb.DuckDBPyConnection) -> None:
        statement, limits = self.statement, self.statement.limits
        relation = cursor.sql(statement.sql, params=dict(statement.parameters) or None)
        if relation is None:
            raise StatementRefused("The statement returns no rows: send a SELECT.")
        self.columns = unique_columns(
            relation.columns, [type_name(kind) for kind in relation.types]
        )
        with relation.to_arrow_reader(_BATCH_ROWS) as reader:
            schema = _named(plain_schema(reader.schema), self.columns)
            spool = self.spool = Spool(
                schema,
                self.options.temp_dir,
                memory_bytes=self.options.spool_memory_bytes,
                max_bytes=self.options.max_result_bytes,
            )
            left = limits.max_rows
            while self._wanted is None and (left is None or left > 0):
                batch = next(reader, None)
                if batch is None:
                    break
                batch = pa.RecordBatch.from_arrays(plain_batch(batch).columns, schema=schema)
                if left is not None:
                    batch = batch.slice(0, left)
                    left -= batch.num_rows
                spool.append(batch)

    def _fail(self, error: Exception) -> None:
        if self._wanted is not None and is_interrupt(error):
            self._end(self._wanted)
            return
        self.engine_broken = is_fatal(error)
        sql = self.statement.sql
        known = translated(error, sql, memory_limit=self.options.memory_limit)
        if not known.details and self._cursor is not None:
            known = self._placed(error, known)
        if isinstance(known, WarehouseError):
            logger.error("DuckDB failed: %s", error)
        self._end(RunState.FAILED, known)

    def _placed(self, error: Exception, known: SemanticLayerError) -> SemanticLayerError:
        """The same error with its place: only the engine's statement path draws it, not the
        streaming one.
        """
        cursor, statement = self._cursor, self.statement
        assert cursor is not None
        try:
            # On a line of its own, so that only line numbers shift.
            cursor.execute("ROLLBACK")
            cursor.execute(f"EXPLAIN\n{statement.sql}", dict(statement.parameters) or None)
        except duckdb.Error as again:
            if str(again).startswith(str(error).rstrip()):
                told = translated(
                    again, f"\n{statement.sql}", memory_limit=self.options.memory_limit
                )
                return shifted(told, -1)
        return known

    def _end(self, state: RunState, error: SemanticLayerError | None = None) -> None:
        self._state, self._error, self.ended = state, error, monotonic()
        if state != RunState.SUCCEEDED:
            self.free()

    def free(self) -> None:
        """Drop the rows; safe to call twice."""
        if self.spool is not None:
            self.spool.close()
            self.spool = None

    def _release(self) -> None:
        with self._lock:
            cursor, self._cursor = self._cursor, None
        if cursor is not None:
            with suppress(duckdb.Error):
                cursor.close()
        # Destroyed before anyone hears of the end: whoever waits may end the process right then.
        del cursor
        self.done.set()


def _named(schema: pa.Schema, columns: tuple[ResultColumn, ...]) -> pa.Schema:
    return pa.schema(
        [field.with_name(column.name) for field, column in zip(schema, columns, strict=True)]
    )
