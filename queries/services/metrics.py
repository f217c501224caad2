"""Metric questions as a caller: registry -> compiler -> warehouse -> rows with a receipt."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from typing import Any

from django.conf import settings
from django.utils import timezone

from models_registry.graph_source import load_snapshot
from models_registry.visibility import policy_of
from queries.answers import (
    Compilation,
    DimensionValues,
    QueryAnswer,
    Total,
    dimension_body,
    plain_parameters,
)
from queries.basis import Basis
from queries.budgets import rows_allowed
from queries.execution import Fetched
from queries.models import QueryKind, QueryRun
from queries.receipts import metric_receipt
from queries.recording import Asked, Recorder, queued, recorded
from queries.requests import MetricRequest, ValuesRequest
from queries.services.questions import Question, asked, asked_values
from queries.services.running import (
    Fetch,
    answer_of,
    refuse_background,
    run_statement,
    warehouse_of,
)
from queries.services.statements import answer_scope, metric_statement
from queries.values import json_values
from queries.wrong_values import wrong_value
from semantic_layer.compiler import (
    CompiledQuery,
    group_by_options,
)
from semantic_layer.errors import Malformed, NotAvailable, SqlError, StatementRefused, UserError
from semantic_layer.ports import Actor, Warehouse

_NOT_IN_BACKGROUND = ("totals", "explain")
"""Beside the rows, so not in what is kept of them."""


def run_metric_query(
    *, actor: Actor, request: MetricRequest, basis: Basis | None = None
) -> QueryAnswer:
    """Answer a metric query with rows, the SQL that made them and a receipt; with totals and the
    plan in words, where they are asked for.

    `basis` is what to ask instead of the category's published models. Raises QueryError and its
    kin, NotAvailable, StatementTimeout, WarehouseError or WarehouseUnavailable. Side effect: one
    query run is recorded, whatever the outcome, and one for each level of totals.
    """
    refuse_background(request.in_background)
    basis = basis or Basis.of(load_snapshot(request.category))
    # The rows and their totals are of one moment.
    basis = replace(basis, moment=basis.moment or timezone.now())
    with metric_run(actor=actor, request=request, basis=basis) as (fetched, run):
        answer = answer_of(fetched, run, sql=run.sql, receipt=run.receipt)
    if not (request.query.get("totals") or request.query.get("explain")):
        return answer
    question = asked(actor, warehouse_of(actor).dialect, request, basis)
    return replace(
        answer,
        totals=_totals(actor, request, question) if question.query.totals else None,
        explain=question.compiled().explanation,
    )


def _totals(actor: Actor, request: MetricRequest, question: Question) -> list[Total]:
    """Each level asked of the warehouse by itself: no total is made of rows."""
    warehouse = warehouse_of(actor)
    found = []
    for group_by, level in question.totals():
        with recorded(
            actor=actor, kind=QueryKind.METRIC, request=level.body, category=request.category
        ) as run:
            run.refresh = request.refresh
            fetched = _run(actor, warehouse, level, run)
            found.append(Total(group_by, fetched.rows, fetched.truncated, run.id))
    return found


@contextmanager
def metric_run(
    *,
    actor: Actor,
    request: MetricRequest,
    basis: Basis | None = None,
    row_limit: int | None = None,
    fetch: Fetch = run_statement,
    record: Recorder = recorded,
    export_format: str = "",
) -> Iterator[tuple[Fetched, QueryRun]]:
    """Answer the metric query as the caller; the record of it, with its SQL and receipt, is written
    at the end of the block, and says so where the block fails.

    `row_limit` holds where the query has no limit, `fetch` decides where the rows go, `record`
    which run this is.
    """
    actor.require("execute")
    warehouse = warehouse_of(actor)
    with record(
        actor=actor, kind=QueryKind.METRIC, request=request.query, category=request.category
    ) as run:
        run.export_format, run.refresh = export_format, request.refresh
        question = asked(actor, warehouse.dialect, request, basis)
        yield _run(actor, warehouse, question, run, row_limit, fetch), run


def submit_metric_query(
    *,
    actor: Actor,
    request: MetricRequest,
    row_limit: int | None = None,
    export_format: str = "",
) -> QueryRun:
    """Queue the metric query to be run by a worker, on the models as published by then;
    `row_limit` holds where the query has no limit, with `export_format` the worker writes a file
    as well.

    Raises what compiling it raises; RateLimited where too many of the caller wait. Side effect: one
    query run is recorded, and a worker told once it is committed.
    """
    actor.require("execute")
    for part in _NOT_IN_BACKGROUND:
        if request.query.get(part):
            raise NotAvailable(f"`{part}` does not go with `async`: leave one out.", parameter=part)
    warehouse = warehouse_of(actor)
    asking = Asked(QueryKind.METRIC, request=request.query, category=request.category)
    with queued(actor=actor, asked=asking) as run:
        run.warehouse, run.export_format = warehouse.name, export_format
        run.refresh = request.refresh
        question = asked(actor, warehouse.dialect, request)
        run.row_limit = _row_limit(actor, question.query.limit, row_limit)
        run.sql = question.compiled().sql
    return run


def compile_metrics(*, actor: Actor, request: MetricRequest) -> Compilation:
    """SQL of a metric query; the warehouse is not asked."""
    actor.require("read")
    refuse_background(request.in_background)
    question = asked(actor, warehouse_of(actor).dialect, request)
    compiled = question.compiled()
    return Compilation(compiled, question.models(compiled))


def groupable_dimensions(*, actor: Actor, metrics: Sequence[str], category: str) -> dict[str, Any]:
    """The dimensions that all the metrics can be grouped by, with their grains."""
    actor.require("read")
    graph = load_snapshot(category).graph
    options = group_by_options(graph, tuple(metrics), policy_of(actor))
    found = [dimension_body(option) for option in options]
    return {"metrics": list(metrics), "dimensions": found, "total_count": len(found)}


def dimension_values(*, actor: Actor, request: ValuesRequest) -> DimensionValues:
    """Distinct values of a dimension in order, nulls last; with `search`, those that hold the text.

    Side effect: one query run is recorded, whatever the outcome.
    """
    with values_run(actor=actor, request=request) as (fetched, run):
        values = [value for batch in fetched.batches for value in json_values(batch.column(0))]
        return DimensionValues(
            request.dimension, values, fetched.truncated, run.id, fetched.cache.is_hit
        )


@contextmanager
def values_run(
    *, actor: Actor, request: ValuesRequest, basis: Basis | None = None
) -> Iterator[tuple[Fetched, QueryRun]]:
    """Read the values as the caller; recorded as metric_run does."""
    actor.require("execute")
    warehouse = warehouse_of(actor)
    with recorded(
        actor=actor, kind=QueryKind.VALUES, request=asdict(request), category=request.category
    ) as run:
        run.refresh = request.refresh
        question = asked_values(actor, warehouse.dialect, request, basis)
        yield _run(actor, warehouse, question, run), run


def _run(
    actor: Actor,
    warehouse: Warehouse,
    question: Question,
    run: QueryRun,
    row_limit: int | None = None,
    fetch: Fetch = run_statement,
) -> Fetched:
    """Compile, execute, and note both in the run, the receipt included."""
    row_limit = _row_limit(actor, question.query.limit, row_limit)
    compiled = question.compiled()
    models = question.models(compiled)
    run.sql, run.parameters = compiled.sql, plain_parameters(compiled.parameters)
    run.row_limit, run.model_versions = row_limit, models
    run.tables = list(compiled.sources)
    statement = metric_statement(
        actor, warehouse, question, compiled, row_limit=row_limit, refresh=run.refresh
    )
    try:
        fetched = fetch(warehouse, statement, run)
    except (SqlError, StatementRefused) as error:
        fault = wrong_value(error, question.body) or _fault_of_the_models(error, compiled)
        raise fault from error
    scope = answer_scope(actor, warehouse, question, models)
    run.receipt = metric_receipt(run, statement, fetched, question, compiled, scope)
    return fetched


def _fault_of_the_models(error: UserError, compiled: CompiledQuery) -> SqlError:
    """The statement was ours: what the engine refuses in it, a model's table or expression says.

    A text of a column that could not be converted is not shown: the caller may see numbers only.
    """
    details = {key: told for key, told in error.details.items() if key != "value"}
    text = str(error.details.get("value") or "")
    message = error.message.replace(text, "...") if text else error.message
    return SqlError(
        f"The warehouse refused the SQL of this query: {message} Check the table and the "
        f"expressions of {', '.join(compiled.models) or 'the metric'}.",
        code=error.code,
        **details,
        models=list(compiled.models),
        sql=compiled.sql,
    )


def _row_limit(actor: Actor, limit: int | None, default: int | None) -> int:
    most = int(settings.METRIC_QUERY_MAX_ROWS)
    if limit is not None and not 1 <= limit <= most:
        raise Malformed(f"limit must be from 1 to {most}, not {limit}.", parameter="limit")
    if default is not None:  # a file, which has limits of its own
        return limit or default
    return rows_allowed(actor, limit, most)
