"""Metrics that are raw SQL, as older files have them: they run alone, as written, and are
ungoverned.
"""

from __future__ import annotations

from queries.guard import check_statement
from semantic_layer.compiler import CompiledQuery, MetricInfo, MetricQuery, SemanticGraph
from semantic_layer.compiler.spec import MetricType

UNGOVERNED = "ungoverned: the metric is raw SQL, run as written"
UTC = "UTC"


def raw_metric_of(query: MetricQuery, graph: SemanticGraph) -> MetricInfo | None:
    """The raw SQL metric that the query asks for and nothing else; None leaves it to the compiler.

    A limit is allowed, since it cuts the answer without giving it a meaning.
    """
    if len(query.metrics) != 1:
        return None
    info = graph.metrics.get(query.metrics[0])
    if info is None or info.type is not MetricType.SQL:
        return None
    alone = MetricQuery(metrics=query.metrics, limit=query.limit)
    return info if query == alone else None


def compile_raw_metric(info: MetricInfo, dialect: str) -> CompiledQuery:
    """The metric's statement, held against the guard like any SQL of a person.

    Raises StatementRefused or SqlError. Its columns are known only once it has run.
    """
    statement = info.spec.sql or ""
    checked = check_statement(statement, dialect, max_length=len(statement) + 1)
    return CompiledQuery(
        sql=checked.sql,
        dialect=dialect,
        columns=(),
        parameters=checked.bind({}),
        models=(info.model,) if info.model else (),
        metrics=(info.name,),
        sources=tuple(
            ".".join(part for part in (t.catalog, t.schema, t.name) if part) for t in checked.tables
        ),
        time_zone=UTC,
        notes=(UNGOVERNED,),
    )
