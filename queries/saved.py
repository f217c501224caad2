"""A saved query of the registry as part of a metric query."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from semantic_layer.compiler import SemanticGraph
from semantic_layer.errors import QueryError, UnknownField, did_you_mean

SAVED_QUERY = "saved_query"
_FIXED = ("metrics", "group_by")


def with_saved_query(query: Mapping[str, Any], graph: SemanticGraph) -> Mapping[str, Any]:
    """The query with its `saved_query` written out.

    The saved query says metrics and group_by; conditions of both must hold; order and limit of the
    request replace the saved ones. Raises UnknownField, and QueryError where metrics or group_by
    are given as well.
    """
    if SAVED_QUERY not in query:
        return query
    name = query[SAVED_QUERY]
    saved = graph.saved_queries.get(name)
    if saved is None:
        raise UnknownField(
            f"There is no saved query {name!r}.",
            path=SAVED_QUERY,
            suggestions=did_you_mean(str(name), graph.saved_queries),
        )
    for key in _FIXED:
        if query.get(key):
            raise QueryError(
                f"The saved query {name!r} says its {key} itself: leave {key} out.", path=key
            )
    merged: dict[str, Any] = {
        "order_by": list(saved.order_by),
        **({"limit": saved.limit} if saved.limit is not None else {}),
        **{key: value for key, value in query.items() if key != SAVED_QUERY},
        "metrics": list(saved.metrics),
        "group_by": list(saved.group_by),
    }
    asked = query.get("where") or []
    merged["where"] = [
        *(condition.source for condition in saved.where),
        *(asked if isinstance(asked, list) else [asked]),
    ]
    return merged
