"""One aggregation over the values of a group, nulls as SQL treats them."""

from __future__ import annotations

from collections.abc import Callable
from math import ceil, floor
from typing import Any


def aggregate(measure: dict[str, Any], values: list[Any]) -> Any:
    kind = measure["agg"]
    if kind == "sum_boolean":
        return sum(1 for v in values if v) if values else None
    known = sorted(v for v in values if v is not None)
    if kind == "count":
        return len(known)
    if kind == "count_distinct":
        return len(set(known))
    if not known:
        return None
    if kind == "percentile":
        params = measure["agg_params"]
        choose = discrete if params.get("use_discrete_percentile") else continuous
        return choose(known, params["percentile"])
    return SIMPLE[kind](known)


SIMPLE: dict[str, Callable[[list[Any]], Any]] = {
    "sum": sum,
    "min": min,
    "max": max,
    "average": lambda v: sum(v) / len(v),
    "median": lambda v: continuous(v, 0.5),
}


def continuous(values: list[Any], fraction: float) -> float:
    """Between the two nearest, in proportion."""
    place = fraction * (len(values) - 1)
    low, high = values[floor(place)], values[ceil(place)]
    return float(low + (high - low) * (place - floor(place)))


def discrete(values: list[Any], fraction: float) -> Any:
    """The smallest value at or below which lies at least this part of all."""
    return values[max(ceil(round(fraction * len(values), 9)), 1) - 1]
