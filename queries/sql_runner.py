"""SqlRunner: statements that the service wrote, for the apps below, by the one way that people's
own take.
"""

from __future__ import annotations

from dataclasses import replace

from queries.execution import Fetched, Statement
from queries.models import QueryRun
from queries.requests import SqlRequest
from queries.services.running import run_statement, warehouse_of
from queries.services.sql import sql_run
from semantic_layer.ports import Actor, SqlRows, Warehouse

MAX_CHARACTERS = 50_000


class QueriesSqlRunner:
    """Runs with the actor's rights, guard, limits and cache, and records each run as theirs."""

    max_characters = MAX_CHARACTERS

    def dialect(self, actor: Actor) -> str:
        """See the port."""
        return warehouse_of(actor).dialect

    def run(self, actor: Actor, sql: str, *, max_rows: int, timeout_s: float) -> SqlRows:
        """See the port."""

        def fetch(warehouse: Warehouse, statement: Statement, run: QueryRun) -> Fetched:
            within = min(statement.timeout_s, timeout_s)
            return run_statement(warehouse, replace(statement, timeout_s=within), run)

        request = SqlRequest(sql)
        with sql_run(
            actor=actor,
            request=request,
            row_limit=max_rows,
            fetch=fetch,
            max_characters=MAX_CHARACTERS,
        ) as (found, _):
            columns = tuple(column.name for column in found.columns)
            return SqlRows(columns, tuple(found.rows))
