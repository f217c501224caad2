"""SQL as a caller: guard, limits, warehouse, rows as JSON, and a record of it all."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

from django.conf import settings

from queries.answers import QueryAnswer, SqlVerdict
from queries.budgets import rows_allowed
from queries.execution import Fetched
from queries.formatting import Formatted, formatted
from queries.guard import CheckedStatement, check_statement
from queries.models import QueryKind, QueryRun
from queries.receipts import sql_receipt
from queries.recording import Asked, Recorder, queued, recorded
from queries.requests import SqlRequest
from queries.result_cache.scopes import scope_of
from queries.services.running import (
    Fetch,
    answer_of,
    refuse_background,
    run_statement,
    warehouse_of,
)
from queries.services.statements import sql_statement
from semantic_layer.errors import Malformed, SqlError, StatementRefused
from semantic_layer.ports import Actor, Warehouse

DEFAULT_ROWS = 1_000
MAX_PARAMETERS = 256
KNOWN_CHARACTERS = 2_000
"""Longer statements are read anew each time, so that what is remembered stays small."""
# What every engine can bind as a whole number.
_LARGEST_INTEGER = 2**63 - 1
_PARAMETER_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}")


def run_sql(*, actor: Actor, request: SqlRequest) -> QueryAnswer:
    """Run one read-only statement as the caller and answer with at most `limit` rows.

    Raises StatementRefused, SqlError (line and column in details), StatementTimeout, WarehouseError
    or WarehouseUnavailable. Side effect: one query run is recorded, whatever the outcome.
    """
    refuse_background(request.in_background)
    with sql_run(actor=actor, request=request) as (fetched, run):
        return answer_of(fetched, run)


@contextmanager
def sql_run(
    *,
    actor: Actor,
    request: SqlRequest,
    row_limit: int | None = None,
    fetch: Fetch = run_statement,
    record: Recorder = recorded,
    export_format: str = "",
    max_characters: int | None = None,
) -> Iterator[tuple[Fetched, QueryRun]]:
    """Run the statement as the caller; the record of it is written at the end of the block, and
    says so where the block fails.

    `row_limit` replaces that of the request, `max_characters` that of people's statements; `fetch`
    decides where the rows go, `record` which run this is.
    """
    actor.require("execute")
    row_limit = row_limit or _row_limit(actor, request.limit)
    longest = max_characters or settings.QUERY_MAX_CHARACTERS
    _check_text(request, longest)
    warehouse = warehouse_of(actor, request.warehouse_id)
    with record(
        actor=actor,
        kind=QueryKind.SQL,
        sql=request.sql,
        parameters=request.parameters,
        row_limit=row_limit,
    ) as run:
        run.export_format, run.refresh = export_format, request.refresh
        checked = _checked(request, warehouse, longest)
        run.tables = [".".join(table.parts) for table in checked.tables]
        statement = sql_statement(
            actor,
            warehouse,
            checked,
            values=request.parameters,
            row_limit=row_limit,
            refresh=request.refresh,
        )
        fetched = fetch(warehouse, statement, run)
        scope = scope_of(actor, warehouse)
        run.receipt = sql_receipt(
            run, statement, fetched, warehouse, scope=scope, is_ordered=checked.is_ordered
        )
        yield fetched, run


def submit_sql(
    *,
    actor: Actor,
    request: SqlRequest,
    row_limit: int | None = None,
    export_format: str = "",
) -> QueryRun:
    """Queue the statement to be run by a worker, with at most `limit` rows; `row_limit` replaces
    that of the request, with `export_format` the worker writes a file as well.

    Raises StatementRefused, and SqlError where it cannot be read; RateLimited where too many of the
    caller wait. Side effect: one query run is recorded, and a worker told once it is committed.
    """
    actor.require("execute")
    row_limit = row_limit or _row_limit(actor, request.limit)
    _check_text(request)
    warehouse = warehouse_of(actor, request.warehouse_id)
    asked = Asked(QueryKind.SQL, request.sql, request.parameters, row_limit=row_limit)
    with queued(actor=actor, asked=asked) as run:
        run.warehouse, run.export_format = warehouse.name, export_format
        run.refresh = request.refresh
        _checked(request, warehouse).bind(request.parameters)
    return run


def validate_sql(*, actor: Actor, request: SqlRequest) -> SqlVerdict:
    """Whether the guard and the engine would take the statement; nothing is executed.

    Raises WarehouseUnavailable when the engine cannot be asked.
    """
    actor.require("read")
    _check_text(request)
    warehouse = warehouse_of(actor)
    try:
        checked = _checked(request, warehouse)
        warehouse.explain_check(checked.sql, _values(checked, request))
    except (SqlError, StatementRefused) as error:
        place: dict[str, Any] = {
            key: error.details[key] for key in ("line", "column") if key in error.details
        }
        return SqlVerdict(errors=(error.message,), details=place or None)
    return SqlVerdict(warnings=tuple(warning["message"] for warning in checked.warnings))


def format_sql(*, actor: Actor, sql: str) -> Formatted:
    """The statement laid out for reading; nothing of it is changed, checked or executed.

    Raises SqlError for a string or comment that is not closed.
    """
    actor.require("read")
    _check_text(SqlRequest(sql))
    return formatted(sql, warehouse_of(actor).dialect)


def _checked(
    request: SqlRequest, warehouse: Warehouse, longest: int | None = None
) -> CheckedStatement:
    check = _check_known if len(request.sql) <= KNOWN_CHARACTERS else check_statement
    longest = longest or settings.QUERY_MAX_CHARACTERS
    return check(request.sql, warehouse.dialect, max_length=longest)


@lru_cache(maxsize=128)
def _check_known(sql: str, dialect: str, *, max_length: int) -> CheckedStatement:
    """Dashboards ask the same again and again; reading a statement is most of a kept answer."""
    return check_statement(sql, dialect, max_length=max_length)


def _values(checked: CheckedStatement, request: SqlRequest) -> dict[str, Any]:
    """The values to check the statement with: without any, it is checked as it stands."""
    return checked.bind(request.parameters) if request.parameters else {}


def _row_limit(actor: Actor, limit: int | None) -> int:
    if limit is not None and not 1 <= limit <= settings.QUERY_MAX_ROWS:
        raise Malformed(
            f"limit must be from 1 to {settings.QUERY_MAX_ROWS}, not {limit}.", parameter="limit"
        )
    return rows_allowed(actor, limit, min(DEFAULT_ROWS, int(settings.QUERY_MAX_ROWS)))


def _check_text(request: SqlRequest, longest: int | None = None) -> None:
    size, longest = len(request.sql), longest or settings.QUERY_MAX_CHARACTERS
    if size > longest:
        raise Malformed(
            f"The statement has {size} characters; at most {longest} are allowed.",
            code="QUERY_TOO_LONG",
            parameter="query",
        )
    if len(request.parameters) > MAX_PARAMETERS:
        raise Malformed(
            f"At most {MAX_PARAMETERS} parameters are allowed, not {len(request.parameters)}.",
            parameter="parameters",
        )
    for name, value in request.parameters.items():
        _check_parameter(name, value)


def _check_parameter(name: str, value: Any) -> None:
    if not _PARAMETER_NAME.fullmatch(name):
        raise Malformed(
            f"{name[:80]!r} is not a parameter name: use letters, digits and underscores.",
            parameter="parameters",
        )
    too_large = isinstance(value, int) and abs(value) > _LARGEST_INTEGER
    if too_large or (isinstance(value, float) and not math.isfinite(value)):
        raise Malformed(
            f"The parameter {name!r} is too large for a number; send it as text and cast it.",
            parameter=f"parameters.{name}",
        )
