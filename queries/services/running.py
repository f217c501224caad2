"""What SQL and metric queries share: warehouse as the caller, record of the run, JSON rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from queries.answers import QueryAnswer
from queries.execution import Fetched, Statement, execute
from queries.models import QueryRun
from queries.requests import JSON_FORMAT
from queries.values import json_rows
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
    """Execute, hold the rows in memory, and note in the run what came of it."""
    return noted(execute(warehouse, statement, tags=tags_of(warehouse, run)), run)


def tags_of(warehouse: Warehouse, run: QueryRun) -> dict[str, str]:
    """What the warehouse is told of the run. Side effect: the run names the warehouse."""
    run.warehouse = warehouse.name
    return {"query_id": str(run.id), "request_id": request_id.get(), "kind": run.kind}


def noted(fetched: Fetched, run: QueryRun) -> Fetched:
    """The same; the run says what came of the statement."""
    run.statement_id = fetched.statement_id
    run.row_count = fetched.row_count
    run.byte_count = fetched.byte_count
    run.truncated = fetched.truncated
    run.engine_ms = fetched.engine_ms
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
        rows=json_rows(fetched.columns, fetched.batches),
        execution_time_ms=fetched.engine_ms,
        truncated=fetched.truncated,
        sql=sql,
        receipt=receipt,
    )


def refuse_what_is_to_come(in_background: bool, export_format: str) -> None:
    """Parts of the contract that this installation does not offer."""
    if in_background:
        raise NotAvailable(
            "`async` is not available here: leave it out, and the answer comes in this response.",
            parameter="async",
        )
    if export_format != JSON_FORMAT:
        raise NotAvailable(
            f"Exporting as {export_format} is not available here: leave export_format out, or say "
            "json.",
            parameter="export_format",
        )
