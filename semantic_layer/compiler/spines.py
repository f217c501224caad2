"""Time spines: the rows of time itself, from a declared table or generated inside the same statement."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from semantic_layer.compiler import nodes, times
from semantic_layer.compiler.binding import Binder
from semantic_layer.compiler.graph import SemanticGraph
from semantic_layer.compiler.plan import Node, TimeSpine
from semantic_layer.compiler.scope import TimeColumn
from semantic_layer.compiler.spec import Grain
from semantic_layer.compiler.times import Bounds
from semantic_layer.errors import QueryError

ALIAS = "time_spine"
GENERATED_COLUMN = "period"


def spine_for(
    graph: SemanticGraph,
    grain: Grain,
    bounds: Bounds | None,
    binder: Binder,
    *,
    fact: TimeColumn | None = None,
    fact_source: Node | None = None,
    alias: str = ALIAS,
) -> TimeSpine:
    """The spine to use for periods of `grain`: the coarsest declared one that is fine enough, else a generated one.

    A generated spine covers `bounds`, and from the fact's first to its last period where a bound is missing.
    Raises TIME_RANGE_NEEDED when neither says from when to when.
    """
    declared = [s for s in graph.spines.values() if s.grain.rank <= grain.rank]
    if declared:
        best = max(declared, key=lambda s: s.grain.rank)
        return TimeSpine(alias, best.column, best.grain, best.relation.parts)
    start, end = bounds or (None, None)
    if fact is None and (start is None or end is None):
        raise QueryError(
            "Time alone needs a range here, as the project declares no time spine: add "
            "time_range {'start': ..., 'end': ...}.",
            code="TIME_RANGE_NEEDED",
            path="time_range",
        )
    lowest = moment(binder, times.floor(start, grain)) if start is not None else None
    highest = moment(binder, times.ceiling(end, grain)) if end is not None else None
    if lowest is not None and highest is not None:
        return TimeSpine(alias, GENERATED_COLUMN, grain, start=lowest, end=highest)
    assert fact is not None
    return TimeSpine(
        alias,
        GENERATED_COLUMN,
        grain,
        start=lowest or exp.Min(this=fact.truncated(grain)),
        end=highest or nodes.TimeAdd(this=exp.Max(this=fact.truncated(grain)), count=1, unit=grain),
        source=fact_source,
    )


def moment(binder: Binder, value: object) -> exp.Expr:
    """A bound timestamp: generated series step in timestamps, whatever the value's own type."""
    assert hasattr(value, "isoformat")
    placeholder = binder.value(value)  # type: ignore[arg-type]
    return exp.Cast(this=placeholder, to=exp.DataType.build("timestamp"))


def spine_column(spine: TimeSpine) -> TimeColumn:
    """The spine's time as a column of a scope; it is written in the query's own zone."""
    return TimeColumn(nodes.column(spine.column, spine.alias), spine.grain, times.UTC, None, None)


def finest(grains: Sequence[Grain]) -> Grain:
    return min(grains, key=lambda g: g.rank)
