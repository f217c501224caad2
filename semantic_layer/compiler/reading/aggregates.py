"""What is aggregated and how: a measure of a model, or the inline measure of a simple metric."""

from __future__ import annotations

from typing import Any

from semantic_layer.compiler.reading.checks import check_expression
from semantic_layer.compiler.reading.reader import Record
from semantic_layer.compiler.spec import Aggregation, Measure, NonAdditive, WindowChoice


def aggregate_of(record: Record, name: str, **said: Any) -> Measure:
    """The measure a record describes, its aggregation checked."""
    agg = Aggregation(record.get("agg"))
    expr = record.get("expr")
    if agg is Aggregation.COUNT and expr is not None and expr.strip() == "*":
        expr = "1"
    else:
        check_expression(record)
    params: Record | None = record.get("agg_params")
    percentile = _percentile(record, params, agg)
    if agg is Aggregation.COUNT and record.get("expr") is None:
        message = "count needs 'expr': a column to count its values, or 1 to count rows."
        record.log.add(record.node, record.path_of("expr"), "MISSING_KEY", message)
    return Measure(
        name=name,
        agg=agg,
        expr=None if expr == name and agg is not Aggregation.COUNT else expr,
        percentile=percentile,
        percentile_discrete=_discrete(record, params),
        percentile_approximate=params is not None
        and params.get("use_approximate_percentile", False),
        agg_time_dimension=record.get("agg_time_dimension"),
        non_additive=_non_additive(record.get("non_additive_dimension")),
        at=record.at,
        **said,
    )


def _percentile(record: Record, params: Record | None, agg: Aggregation) -> float | None:
    places = [place for place in (params, record) if place is not None]
    sources = [place for place in places if place.get("percentile") is not None]
    if agg is not Aggregation.PERCENTILE:
        for source in sources:
            message = f"'percentile' goes with agg: percentile, not with {agg}."
            source.issue("percentile", "MISPLACED_KEY", message)
        return None
    if not sources:
        if any(place.spoilt("percentile") for place in places):
            return None
        message = "percentile needs agg_params: {percentile: 0.9}, between 0 and 1."
        record.log.add(record.node, record.path_of("agg_params.percentile"), "MISSING_KEY", message)
        return None
    if len(sources) == 2 and sources[0].get("percentile") != sources[1].get("percentile"):
        message = "'percentile' is written twice with different values: keep one."
        record.issue("percentile", "CONFLICT", message)
    return float(sources[0].get("percentile"))


def _discrete(record: Record, params: Record | None) -> bool:
    by_type = record.get("percentile_type") == "discrete"
    return by_type or (params is not None and params.get("use_discrete_percentile", False))


def _non_additive(record: Record | None) -> NonAdditive | None:
    if record is None:
        return None
    for old, new in (("window_choice", "window_agg"), ("window_groupings", "group_by")):
        if record.get(old) is not None and record.get(new) is not None:
            record.issue(new, "CONFLICT", f"'{old}' and '{new}' mean the same: keep one.")
    choice = record.get("window_choice") or record.get("window_agg") or WindowChoice.MIN
    groupings = record.get("window_groupings") or record.get("group_by") or ()
    return NonAdditive(record.get("name"), WindowChoice(choice), groupings, record.at)
