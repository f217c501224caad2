"""The four steps from question to SQL text, and what is told about them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from semantic_layer.compiler.access import restricted
from semantic_layer.compiler.dialects import check_dialect, render
from semantic_layer.compiler.explain import explain
from semantic_layer.compiler.graph import SemanticGraph
from semantic_layer.compiler.lower import lower
from semantic_layer.compiler.members import plan_members
from semantic_layer.compiler.places import placed_in
from semantic_layer.compiler.planner import QueryPlan, plan_query
from semantic_layer.compiler.query_spec import AccessPolicy, CompiledQuery, MetricQuery
from semantic_layer.errors import QueryError


def compile_query(
    query: MetricQuery,
    graph: SemanticGraph,
    *,
    policy: AccessPolicy | None = None,
    dialect: str,
    now: datetime | None = None,
) -> CompiledQuery:
    """SQL text and parameters that answer the query. Same arguments, same bytes; no I/O.

    `policy` None sees everything. `now` (aware) is needed for relative time ranges only.
    Raises QueryError and its kin with `path` and suggestions, UnsupportedByWarehouse for the
    dialect.
    """
    check_dialect(dialect)
    if query.min_max_only and query.metrics:
        raise QueryError(
            "Bounds are of group-by columns alone: leave `metrics` out, or `min_max_only`.",
            path="min_max_only",
        )
    graph = restricted(graph, policy)
    with placed_in(query.where):
        plan = (plan_query if query.metrics else plan_members)(query, graph, now)
    # Before lowering, which uses the plan's expressions up.
    explanation = explain(plan.root, plan.parameters) if query.explain else None
    return CompiledQuery(
        sql=render(lower(plan.root), dialect),
        dialect=dialect,
        columns=plan.columns,
        parameters=plan.parameters,
        models=plan.models,
        metrics=plan.metrics,
        sources=tuple(sorted({graph.models[m].spec.relation.name for m in plan.models})),
        time_zone=plan.time_zone,
        time_range=_range(plan),
        notes=plan.notes,
        explanation=explanation,
    )


def compile_totals(
    query: MetricQuery,
    graph: SemanticGraph,
    *,
    policy: AccessPolicy | None = None,
    dialect: str,
    now: datetime | None = None,
) -> tuple[Total, ...]:
    """The totals of a query, each computed from the definition at its own level.

    The grand total first, then one more group-by name at a time, short of all of them. Raises
    QueryError like `compile_query`.
    """
    if not query.metrics:
        raise QueryError(
            "Totals are of metrics: name some in `metrics`, or leave `totals` out.",
            code="INVALID_QUERY",
            path="totals",
        )
    whole = compile_query(query, graph, policy=policy, dialect=dialect, now=now)
    levels: dict[tuple[str, ...], Total] = {}
    for count in range(len(query.group_by)):
        level = replace(
            query,
            group_by=query.group_by[:count],
            order_by=(),
            limit=None,
            totals=False,
            explain=False,
        )
        compiled = compile_query(level, graph, policy=policy, dialect=dialect, now=now)
        levels.setdefault(_keys(compiled), Total(_keys(compiled), level, compiled))
    levels.pop(_keys(whole), None)  # a name asked twice made a level that is no total
    return tuple(levels.values())


@dataclass(frozen=True)
class Total:
    """One level of totals: its group-by columns, and the query that asks for it."""

    group_by: tuple[str, ...]
    query: MetricQuery
    compiled: CompiledQuery


def _keys(compiled: CompiledQuery) -> tuple[str, ...]:
    return tuple(column.name for column in compiled.columns if column.role == "dimension")


def _range(plan: QueryPlan) -> tuple[str | None, str | None] | None:
    if plan.bounds is None:
        return None
    start, end = plan.bounds
    return (start.isoformat() if start else None, end.isoformat() if end else None)
