"""Metric questions as a caller: registry -> compiler -> warehouse -> rows with a receipt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils import timezone

from models_registry.graph_source import Snapshot, load_snapshot
from models_registry.models import DocumentKind
from queries.answers import Compilation, DimensionValues, QueryAnswer
from queries.execution import Fetched, Statement
from queries.models import QueryKind, QueryRun
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
from semantic_layer.compiler import (
    AccessPolicy,
    CompiledQuery,
    compile_query,
    group_by_options,
    parse_query,
)
from semantic_layer.errors import Malformed
from semantic_layer.ports import Actor, Warehouse


@dataclass(frozen=True)
class _Compiled:
    """A compilation and what it was made from."""

    compiled: CompiledQuery
    snapshot: Snapshot
    now: datetime
    row_limit: int

    @property
    def models(self) -> dict[str, int | None]:
        documents = self.snapshot.documents
        found = {
            name: documents.get((DocumentKind.SEMANTIC_MODEL.value, name))
            for name in self.compiled.models
        }
        return {name: stored.number if stored else None for name, stored in found.items()}


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
        made = _compile(actor, warehouse, request)
        fetched, receipt = _run(actor, warehouse, made, run)
        return answer_of(fetched, run, sql=made.compiled.sql, receipt=receipt)


def compile_metrics(*, actor: Actor, request: MetricRequest) -> Compilation:
    """SQL of a metric query; the warehouse is not asked."""
    actor.require("read")
    refuse_what_is_to_come(request.in_background, request.export_format)
    made = _compile(actor, warehouse_of(actor), request)
    return Compilation(made.compiled, made.models)


def groupable_dimensions(*, actor: Actor, metrics: Sequence[str], category: str) -> dict[str, Any]:
    """The dimensions that all the metrics can be grouped by, with their grains."""
    actor.require("read")
    graph = load_snapshot(category).graph
    options = group_by_options(graph, tuple(metrics), policy_of(actor))
    found = [option.as_dict() for option in options]
    return {"metrics": list(metrics), "dimensions": found, "total_count": len(found)}


def dimension_values(*, actor: Actor, request: ValuesRequest) -> DimensionValues:
    """Distinct values of a dimension in order, nulls last; with `search`, those that hold the text.

    Side effect: one query run is recorded, whatever the outcome.
    """
    actor.require("execute")
    warehouse = warehouse_of(actor)
    asked = MetricRequest(_values_query(request), request.category)
    with recorded(
        actor=actor,
        kind=QueryKind.VALUES,
        request={"dimension": request.dimension, "search": request.search, **asked.query},
        category=request.category,
    ) as run:
        made = _compile(actor, warehouse, asked)
        fetched, _ = _run(actor, warehouse, made, run)
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


def _compile(actor: Actor, warehouse: Warehouse, request: MetricRequest) -> _Compiled:
    snapshot = load_snapshot(request.category)
    now = timezone.now()
    query = parse_query(with_saved_query(request.query, snapshot.graph))
    compiled = compile_query(
        query, snapshot.graph, policy=policy_of(actor), dialect=warehouse.dialect, now=now
    )
    return _Compiled(compiled, snapshot, now, _row_limit(query.limit))


def _run(
    actor: Actor, warehouse: Warehouse, made: _Compiled, run: QueryRun
) -> tuple[Fetched, dict[str, Any]]:
    compiled = made.compiled
    run.sql, run.parameters = compiled.sql, dict(compiled.parameters)
    run.row_limit, run.model_versions = made.row_limit, made.models
    statement = Statement(
        compiled.sql, made.row_limit, settings.QUERY_TIMEOUT_S, compiled.parameters
    )
    read_at = timezone.now()
    fetched = run_statement(warehouse, statement, run)
    provenance = Provenance(
        compiled, made.snapshot.category, made.snapshot.key, made.models, made.now
    )
    run.receipt = receipt_of(
        provenance,
        statement,
        fetched,
        query_id=str(run.id),
        warehouse=warehouse.name,
        data_scope=actor.data_scope,
        read_at=read_at,
    )
    return fetched, run.receipt


def _row_limit(limit: int | None) -> int:
    most = int(settings.METRIC_QUERY_MAX_ROWS)
    if limit is None:
        return most
    if not 1 <= limit <= most:
        raise Malformed(f"limit must be from 1 to {most}, not {limit}.", parameter="limit")
    return limit


def _values_query(request: ValuesRequest) -> Mapping[str, Any]:
    query: dict[str, Any] = {
        "metrics": list(request.metrics),
        "group_by": [request.dimension],
        "order_by": [request.dimension],
        "limit": request.limit,
    }
    if request.search:
        pattern = "".join(f"\\{char}" if char in "\\%_" else char for char in request.search)
        query["where"] = [{"field": request.dimension, "op": "ilike", "value": f"%{pattern}%"}]
    return query
