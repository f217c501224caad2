"""The Warehouse port on DuckDB: statements run in this process on files attached read-only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from semantic_layer.adapters.duckdb.engine import DuckDBEngine
from semantic_layer.adapters.duckdb.failures import shifted, translated
from semantic_layer.adapters.duckdb.options import DuckDBOptions
from semantic_layer.adapters.duckdb.run import Run, Statement
from semantic_layer.adapters.duckdb.statement import check_statement
from semantic_layer.adapters.known_runs import KnownRuns
from semantic_layer.errors import (
    SemanticLayerError,
    WarehouseError,
    WarehouseUnavailable,
)
from semantic_layer.ports import Limits, ResultColumn, RunHandle, RunState, RunStatus

_CHECKED = 512


class DuckDBWarehouse:
    """Runs statements of any principal in this process.

    `catalogs` maps catalog names to files; see DuckDBOptions for the rest of `options`. Handles
    live in this process alone: another one can neither fetch nor cancel them. Results nobody
    fetched are dropped after 15 minutes.
    """

    name = "duckdb"
    dialect = "duckdb"
    same_for_everybody = True

    def __init__(
        self,
        catalogs: Mapping[str, Path],
        *,
        default_catalog: str | None = None,
        principal: str = "local",
        **options: Any,
    ) -> None:
        self.engine = DuckDBEngine(
            DuckDBOptions(dict(catalogs), default_catalog=default_catalog, **options)
        )
        self.principal = principal
        self._runs: KnownRuns[Run] = KnownRuns()
        self._check = lru_cache(maxsize=_CHECKED)(self._check_uncached)

    def for_principal(self, principal: str) -> DuckDBWarehouse:
        """The same engine seen by one principal, whose handles nobody else can use."""
        other = object.__new__(DuckDBWarehouse)
        other.__dict__.update(self.__dict__, principal=principal)
        return other

    def submit(
        self,
        sql: str,
        parameters: Mapping[str, Any],
        *,
        limits: Limits,
        tags: Mapping[str, str],
    ) -> RunHandle:
        """See the port. `tags` have no use here: the engine keeps no history."""
        self._check(sql)
        run = Run(Statement(sql, dict(parameters), limits), self.principal, self.engine.options)
        self.engine.start(run)
        return RunHandle(self.name, self._runs.add(run), self.principal)

    def poll(self, handle: RunHandle, *, wait_s: float = 0.0) -> RunStatus:
        run = self._run(handle)
        if run is None:
            return RunStatus(RunState.FAILED, _unknown(handle))
        run.done.wait(wait_s)
        return run.status if run.done.is_set() else RunStatus(RunState.RUNNING, None, run.progress)

    def columns(self, handle: RunHandle) -> tuple[ResultColumn, ...]:
        return self._succeeded(handle).columns

    def batches(self, handle: RunHandle) -> Iterator[pa.RecordBatch]:
        return self._drain(handle, self._succeeded(handle))

    def cancel(self, handle: RunHandle) -> None:
        run = self._run(handle)
        if run is not None:
            run.stop(RunState.CANCELLED)
            if run.done.is_set():
                run.free()

    def ping(self) -> None:
        try:
            with self.engine.database() as database:
                cursor = database.cursor()
                try:
                    cursor.execute("SELECT 1").fetchone()
                finally:
                    cursor.close()
        except duckdb.Error as error:
            raise WarehouseUnavailable("DuckDB does not answer.") from error

    def explain_check(self, sql: str, parameters: Mapping[str, Any] | None = None) -> None:
        """Bind the statement without running it: unknown tables, columns and types are told with
        their place.

        Values that were not given count as NULL. Raises SqlError, StatementRefused,
        WarehouseUnavailable.
        """
        explained = self._check(sql)
        if explained is None:
            return
        with self.engine.database() as database:
            cursor = database.cursor()
            try:
                # On a line of its own, so that only line numbers shift.
                (statement,) = cursor.extract_statements(f"EXPLAIN\n{explained}")
                values = {name: (parameters or {}).get(name) for name in statement.named_parameters}
                cursor.execute(statement, values or None)
            except duckdb.Error as error:
                raise shifted(self._translated(error, f"\n{explained}"), -1) from error
            finally:
                cursor.close()

    def close(self) -> None:
        """Stop everything; the warehouse takes no work afterwards."""
        self.engine.close()
        self._runs.free()

    def _check_uncached(self, sql: str) -> str | None:
        with self.engine.database() as database:
            cursor = database.connection.cursor()
            try:
                return check_statement(cursor, sql)
            except duckdb.Error as error:
                raise self._translated(error, sql) from error
            finally:
                cursor.close()

    def _translated(self, error: duckdb.Error, sql: str) -> SemanticLayerError:
        return translated(error, sql, memory_limit=self.engine.options.memory_limit)

    def _run(self, handle: RunHandle) -> Run | None:
        run = self._runs.get(handle.statement_id)
        return (
            run if run is not None and run.principal == handle.principal == self.principal else None
        )

    def _succeeded(self, handle: RunHandle) -> Run:
        run = self._run(handle)
        if run is None:
            raise _unknown(handle)
        status = run.status if run.done.is_set() else RunStatus(RunState.RUNNING)
        if status.error is not None:
            raise status.error
        if status.state != RunState.SUCCEEDED:
            raise WarehouseError(f"The statement has no rows: it is {status.state}.")
        return run

    def _drain(self, handle: RunHandle, run: Run) -> Iterator[pa.RecordBatch]:
        spool, run.spool = run.spool, None
        if spool is None:
            raise WarehouseError("The rows of this statement were fetched already.")
        try:
            yield from spool.read()
        finally:
            spool.close()
            self._runs.remove(handle.statement_id)


def _unknown(handle: RunHandle) -> WarehouseError:
    return WarehouseError(
        f"Statement {handle.statement_id} is not known to this process: it was fetched already, "
        "expired, or the process was restarted. Run it again."
    )
