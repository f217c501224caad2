"""Metrics that a table could have and its model does not, by the catalog's analysis."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from catalog.analysis import TableName
from catalog.generation import Proposal, propose, propose_by_names
from semantic_layer.errors import NotFound
from semantic_layer.ports import Actor, ColumnInfo

_IDEA_CONFIDENCE = 0.6
"""Of a metric that a language model thought of: it answers, and nobody measured its worth."""


def suggest_metrics(
    *, actor: Actor, table: TableName, columns: Sequence[Mapping[str, Any]]
) -> tuple[list[dict[str, Any]], Proposal]:
    """Metrics by confidence, each with the measures it needs, and what they were made of.

    A table that cannot be found is judged by the names and types of the columns that were sent.
    Raises NotFound where none were. Side effect: statements as the person.
    """
    actor.require("execute")
    try:
        proposal = propose(actor=actor, table=table)
    except NotFound:
        if not columns:
            raise
        infos = [_column(column, at) for at, column in enumerate(columns, 1)]
        proposal = propose_by_names(table, infos)
    return _suggestions(proposal), proposal


def _column(column: Mapping[str, Any], position: int) -> ColumnInfo:
    return ColumnInfo(
        name=column["name"],
        data_type=column.get("data_type") or column.get("type") or "",
        nullable=True,
        position=position,
        comment=column.get("comment"),
    )


def _suggestions(proposal: Proposal) -> list[dict[str, Any]]:
    draft = proposal.draft
    measures = {measure["name"]: measure for measure in draft.definition["measures"]}
    metrics = {metric["name"]: metric for metric in draft.definition["metrics"]}
    by_key = {one.key: one for one in proposal.analysis.metrics}
    found = []
    for name in draft.added["metrics"]:
        metric = metrics[name]
        origin = by_key.get(draft.keys.get(("metrics", name), ""))
        needed = [m for m in _measures_of(metric, metrics) if m in draft.added["measures"]]
        found.append(
            {
                "name": name,
                "label": metric.get("label"),
                "description": metric.get("description") or "",
                "type": metric["type"],
                "definition": metric,
                "measures": [measures[one] for one in needed],
                "confidence": round(origin.confidence if origin else _IDEA_CONFIDENCE, 3),
                "evidence": dict(origin.evidence) if origin else {},
                "key": origin.key if origin else f"metric:idea:{name}",
            }
        )
    return sorted(found, key=lambda one: -float(one["confidence"]))


def _measures_of(metric: Mapping[str, Any], metrics: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Measures that the metric is made of, its inputs' too, each once."""
    params = metric["type_params"]
    found: list[str] = [params["measure"]] if isinstance(params.get("measure"), str) else []
    for name in (params.get("numerator"), params.get("denominator"), *params.get("metrics", ())):
        if isinstance(name, str) and name in metrics:
            found += _measures_of(metrics[name], metrics)
    return list(dict.fromkeys(found))
