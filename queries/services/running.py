"""What SQL and metric queries share: warehouse as the caller, record of the run, JSON rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from queries.answers import QueryAnswer
from queries.execution import Fetched, Statement, execute
from queries.models import QueryRun
from queries.result_cache import through_cache
from queries.slots import place
from semantic_layer import wiring
from semantic_layer.api.context import request_id
from semantic_layer.errors import InvalidInput, NotAvailable
from semantic_layer.ports import Actor, Warehouse

Fetch = Callable[[Warehouse, Statement, QueryRun], Fetched]
"""How the rows of a statement are got, and what is noted of them in the run."""


def warehouse_of(actor: Actor, warehouse_id: str | None = None) -> Warehouse:
    """The warehouse as the caller; naming another one than there is, is an error."""
    warehouse = wiring.warehouse(actor.credential)
    if warehouse_id is not None and warehouse_id != warehouse.name:
        raise InvalidInput(
            f"There is no warehouse {warehouse_id!r}: leave warehouse_id out, or say "
            f"{warehouse.name!r}.",
            code="UNKNOWN_WAREHOUSE",
        )
    return warehouse


def run_statement(warehouse: Warehouse, statement: Statement, run: QueryRun) -> Fetched:
    """Get the rows into memory, kept or read now, and note in the run what came of it."""
    tags = tags_of(warehouse, run)

    def read(statement: Statement) -> Fetched:
        with place(run.actor_id or run.actor_email, statement.at_once):
            return execute(warehouse, statement, tags=tags)

    return noted(through_cache(statement, read), run)


def tags_of(warehouse: Warehouse, run: QueryRun) -> dict[str, str]:
    """What the warehouse is told of the run. Side effect: the run names the warehouse."""
    run.warehouse = warehouse.name
    tags = {"query_id": str(run.id), "request_id": request_id.get(), "kind": run.kind}
    metrics = (run.request or {}).get("metrics") or ()
    names = [one["name"] if isinstance(one, Mapping) else str(one) for one in metrics]
    return {**tags, "metrics": ",".join(names)} if names else tags


def noted(fetched: Fetched, run: QueryRun) -> Fetched:
    """The same; the run says what came of the statement."""
    run.statement_id = fetched.statement_id
    run.row_count = fetched.row_count
    run.byte_count = fetched.byte_count
    run.truncated = fetched.truncated
    run.engine_ms = fetched.engine_ms
    run.cached = fetched.cache.is_hit
    return fetched


def answer_of(
    fetched: Fetched,
    run: QueryRun,
    *,
    sql: str | None = None,
    receipt: Mapping[str, Any] | None = None,
) -> QueryAnswer:
    """The fetched rows as JSON values."""
    return QueryAnswer(
        query_id=run.id,
        statement_id=fetched.statement_id,
        columns=[column.name for column in fetched.columns],
        column_types=[column.type for column in fetched.columns],
        rows=fetched.rows,
        execution_time_ms=fetched.engine_ms,
        truncated=fetched.truncated,
        cached=fetched.cache.is_hit,
        cache=fetched.cache,
        sql=sql,
        receipt=receipt,
    )


def refuse_background(in_background: bool) -> None:
    """For what is answered at once, or not at all."""
    if in_background:
        raise NotAvailable(
            "`async` is for running a query, into rows or into a file: leave it out here.",
            parameter="async",
        )
