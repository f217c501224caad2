"""Time spines: the rows of time itself, from a declared table or generated inside the same
statement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlglot import exp

from semantic_layer.compiler import nodes, times
from semantic_layer.compiler.binding import Binder
from semantic_layer.compiler.graph import SemanticGraph
from semantic_layer.compiler.plan import Aggregate, Node, Output, TimeSpine
from semantic_layer.compiler.scope import TimeColumn
from semantic_layer.compiler.spec import Grain
from semantic_layer.compiler.times import Bounds
from semantic_layer.errors import QueryError

# No model or entity can be called so: their names begin with a letter.
ALIAS = "_spine"
COLUMN = "_period"


@dataclass(frozen=True, eq=False)
class Spine:
    """One row per period: what to join, and its time, written in the query's own zone. `name` is
    free for a WITH query over it."""

    node: Node
    column: TimeColumn
    name: str

    def value(self) -> exp.Expr:
        return self.column.expr.copy()


def spine_for(
    graph: SemanticGraph,
    grain: Grain,
    bounds: Bounds | None,
    binder: Binder,
    *,
    name: str,
    alias: str = ALIAS,
    fact: TimeColumn | None = None,
    fact_source: Node | None = None,
) -> Spine:
    """The spine for periods of `grain`: the coarsest declared one that is fine enough, else a
    generated one.

    A declared spine finer than `grain` is cut to distinct periods (a WITH query called `name`). A
    generated one covers `bounds`, and reaches from the fact's first to its last period where a
    bound is missing.
    Raises TIME_RANGE_NEEDED when nothing says from when to when.
    """
    declared = [s for s in graph.spines.values() if s.grain.rank <= grain.rank]
    if not declared:
        spine = _generated(grain, bounds, binder, alias, fact, fact_source)
        return Spine(spine, _column(COLUMN, alias, grain), name)
    best = max(declared, key=lambda s: s.grain.rank)
    spine = TimeSpine(alias, best.column, best.grain, best.relation.parts)
    stored = _column(best.column, alias, best.grain)
    if best.grain is grain:
        return Spine(spine, stored, name)
    return periods_of(spine, stored, grain, name)


def periods_of(node: Node, time: TimeColumn, grain: Grain, name: str) -> Spine:
    """The distinct periods of `grain` in rows of finer times."""
    periods = Aggregate(node, name, (Output(COLUMN, time.truncated(grain)),), ())
    return Spine(periods, _column(COLUMN, name, grain), name)


def _column(name: str, table: str, grain: Grain) -> TimeColumn:
    return TimeColumn(nodes.column(name, table), grain, times.UTC, None, None)


def _generated(
    grain: Grain,
    bounds: Bounds | None,
    binder: Binder,
    alias: str,
    fact: TimeColumn | None,
    fact_source: Node | None,
) -> TimeSpine:
    start, end = bounds or (None, None)
    if fact is None and (start is None or end is None):
        raise QueryError(
            "Time alone needs a range here, as the project declares no time spine: add "
            "time_range {'start': ..., 'end': ...}.",
            code="TIME_RANGE_NEEDED",
            path="time_range",
        )
    first = _moment(binder, times.floor(start, grain)) if start is not None else None
    last = _moment(binder, times.ceiling(end, grain)) if end is not None else None
    source = None
    if fact is not None and (first is None or last is None):
        source = fact_source
        first = first or exp.Min(this=fact.truncated(grain))
        after = nodes.TimeAdd(this=exp.Max(this=fact.truncated(grain)), count=1, unit=grain)
        last = last or after
    return TimeSpine(alias, COLUMN, grain, start=first, end=last, source=source)


def has_declared(graph: SemanticGraph, grain: Grain) -> bool:
    """Whether the project declares a spine that is as fine."""
    return any(spine.grain.rank <= grain.rank for spine in graph.spines.values())


def _moment(binder: Binder, value: date | datetime) -> exp.Expr:
    # A series steps in timestamps, whatever the type of the bound value.
    return exp.Cast(this=binder.value(value), to=exp.DataType.build("timestamp"))


def finest(grains: Sequence[Grain]) -> Grain:
    """The finest of at least one grain."""
    return min(grains, key=lambda g: g.rank)
