"""Metric questions as a caller: registry -> compiler -> warehouse -> rows with a receipt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils import timezone

from models_registry.graph_source import Snapshot, load_snapshot
from models_registry.models import DocumentKind
from queries.answers import (
    Compilation,
    DimensionValues,
    QueryAnswer,
    dimension_body,
    plain_parameters,
)
from queries.execution import Fetched, Statement
from queries.models import QueryKind, QueryRun
from queries.raw_metrics import compile_raw_metric, raw_metric_of
from queries.receipts import Provenance, receipt_of
from queries.recording import recorded
from queries.requests import MetricRequest, ValuesRequest
from queries.saved import with_saved_query
from queries.services.running import (
    answer_of,
    refuse_what_is_to_come,
    run_statement,
    warehouse_of,
)
from queries.values import json_values
from queries.values_query import values_query
from semantic_layer.compiler import (
    AccessPolicy,
    CompiledQuery,
    MetricInfo,
    MetricQuery,
    compile_query,
    group_by_options,
    parse_query,
    restricted,
)
from semantic_layer.errors import Malformed, NotAvailable, SqlError, StatementRefused, UserError
from semantic_layer.ports import Actor, Warehouse

_TO_COME = ("totals", "compare", "explain")


@dataclass(frozen=True)
class _Question:
    """A metric query that was read, with all that its compilation depends on."""

    query: MetricQuery
    snapshot: Snapshot
    policy: AccessPolicy
    dialect: str
    now: datetime

    def compiled(self) -> CompiledQuery:
        raw = self._raw_metric()
        if raw is not None:
            return compile_raw_metric(raw, self.dialect)
        return self._compiled(self.query.limit)

    def sql_to_run(self, compiled: CompiledQuery) -> str:
        """The compiled SQL, made to read one row more than asked: to know whether more exist.

        The compiler writes the limit last, so only its number has to change; compiling again would
        cost as much as all the rest of a small query.
        """
        limit = self.query.limit
        if limit is None or self._raw_metric() is not None:
            return compiled.sql
        if compiled.sql.endswith(f"LIMIT {limit}"):
            return f"{compiled.sql.removesuffix(str(limit))}{limit + 1}"
        return self._compiled(limit + 1).sql

    def _raw_metric(self) -> MetricInfo | None:
        return raw_metric_of(self.query, restricted(self.snapshot.graph, self.policy))

    def models(self, compiled: CompiledQuery) -> dict[str, int | None]:
        """The models that were used and the version of each."""
        documents = self.snapshot.documents
        found = {
            name: documents.get((DocumentKind.SEMANTIC_MODEL.value, name))
            for name in compiled.models
        }
        return {name: stored.number if stored else None for name, stored in found.items()}

    def _compiled(self, limit: int | None) -> CompiledQuery:
        return compile_query(
            replace(self.query, limit=limit),
            self.snapshot.graph,
            policy=self.policy,
            dialect=self.dialect,
            now=self.now,
        )


def run_metric_query(*, actor: Actor, request: MetricRequest) -> QueryAnswer:
    """Answer a metric query with rows, the SQL that made them and a receipt.

    Raises QueryError and its kin, NotAvailable, StatementTimeout, WarehouseError or
    WarehouseUnavailable. Side effect: one query run is recorded, whatever the outcome.
    """
    actor.require("execute")
    refuse_what_is_to_come(request.in_background, request.export_format)
    warehouse = warehouse_of(actor)
    with recorded(
        actor=actor, kind=QueryKind.METRIC, request=request.query, category=request.category
    ) as run:
        question = _asked(actor, warehouse, request)
        compiled, fetched = _run(actor, warehouse, question, run)
        return answer_of(fetched, run, sql=compiled.sql, receipt=run.receipt)


def compile_metrics(*, actor: Actor, request: MetricRequest) -> Compilation:
    """SQL of a metric query; the warehouse is not asked."""
    actor.require("read")
    refuse_what_is_to_come(request.in_background, request.export_format)
    question = _asked(actor, warehouse_of(actor), request)
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
    actor.require("execute")
    warehouse = warehouse_of(actor)
    with recorded(
        actor=actor, kind=QueryKind.VALUES, request=asdict(request), category=request.category
    ) as run:
        snapshot = load_snapshot(request.category)
        question = _question(actor, warehouse, values_query(request), snapshot)
        _, fetched = _run(actor, warehouse, question, run)
        values = [value for batch in fetched.batches for value in json_values(batch.column(0))]
        return DimensionValues(request.dimension, values, fetched.truncated, run.id)


def policy_of(actor: Actor) -> AccessPolicy:
    """Whom the access rules of models apply to; admins see everything."""
    return AccessPolicy(
        email=actor.email,
        roles=actor.roles,
        groups=frozenset(actor.groups),
        unrestricted=actor.may("admin"),
    )


def _asked(actor: Actor, warehouse: Warehouse, request: MetricRequest) -> _Question:
    snapshot = load_snapshot(request.category)
    query = parse_query(with_saved_query(request.query, snapshot.graph))
    for part in _TO_COME:
        if getattr(query, part):
            # Left out silently, the answer would be another one than asked for.
            raise NotAvailable(f"`{part}` is not available here: leave it out.", parameter=part)
    return _question(actor, warehouse, query, snapshot)


def _question(
    actor: Actor, warehouse: Warehouse, query: MetricQuery, snapshot: Snapshot
) -> _Question:
    return _Question(query, snapshot, policy_of(actor), warehouse.dialect, timezone.now())


def _run(
    actor: Actor, warehouse: Warehouse, question: _Question, run: QueryRun
) -> tuple[CompiledQuery, Fetched]:
    """Compile, execute, and note both in the run, the receipt included."""
    row_limit = _row_limit(question.query.limit)
    compiled = question.compiled()
    models = question.models(compiled)
    run.sql, run.parameters = compiled.sql, plain_parameters(compiled.parameters)
    run.row_limit, run.model_versions = row_limit, models
    statement = Statement(
        question.sql_to_run(compiled), row_limit, settings.QUERY_TIMEOUT_S, compiled.parameters
    )
    read_at = timezone.now()
    try:
        fetched = run_statement(warehouse, statement, run)
    except (SqlError, StatementRefused) as error:
        raise _fault_of_the_models(error, compiled) from error
    run.receipt = receipt_of(
        Provenance(
            compiled, question.snapshot.category, question.snapshot.key, models, question.now
        ),
        statement,
        fetched,
        query_id=str(run.id),
        warehouse=warehouse.name,
        data_scope=actor.data_scope,
        read_at=read_at,
    )
    return compiled, fetched


def _fault_of_the_models(error: UserError, compiled: CompiledQuery) -> SqlError:
    """The statement was ours: what the engine refuses in it, a model's table or expression says."""
    return SqlError(
        f"The warehouse refused the SQL of this query: {error.message} Check the table and the "
        f"expressions of {', '.join(compiled.models) or 'the metric'}.",
        code=error.code,
        **error.details,
        models=list(compiled.models),
        sql=compiled.sql,
    )


def _row_limit(limit: int | None) -> int:
    most = int(settings.METRIC_QUERY_MAX_ROWS)
    if limit is None:
        return most
    if not 1 <= limit <= most:
        raise Malformed(f"limit must be from 1 to {most}, not {limit}.", parameter="limit")
    return limit
