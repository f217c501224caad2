"""The metric query that lists the values of a dimension."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlglot import exp

from queries.requests import ValuesRequest
from semantic_layer.compiler import MetricQuery, parse_query

_WILDCARDS = "\\%_"


def values_query(request: ValuesRequest) -> MetricQuery:
    """Distinct values in order; with `search`, those that hold the text in whatever case."""
    body: dict[str, Any] = {
        "metrics": list(request.metrics),
        "group_by": [request.dimension],
        "order_by": [request.dimension],
        "limit": request.limit,
    }
    if request.search:
        pattern = "".join(f"\\{char}" if char in _WILDCARDS else char for char in request.search)
        body["where"] = {"field": request.dimension, "op": "ilike", "value": f"%{pattern}%"}
    return _on_text(parse_query(body))


def _on_text(query: MetricQuery) -> MetricQuery:
    """Its condition on the dimension as text, so that numbers and dates can be searched too."""
    return replace(
        query,
        where=tuple(
            replace(condition, key=f"text:{condition.key}", tree=_cast(condition.tree))
            for condition in query.where
        ),
    )


def _cast(tree: exp.Expr) -> exp.Expr:
    match = tree.copy()
    match.set("this", exp.cast(match.this, exp.DType.TEXT))
    return match
