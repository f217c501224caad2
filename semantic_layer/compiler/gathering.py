"""Sums, counts and extremes that move in time, in two steps: per period first, then over the
periods that a window or an offset brings together.

It then moves a few rows per period instead of every fact, with the same result: these aggregates
can be taken of their own parts. Distinct counts, medians and averages cannot, and move the facts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlglot import exp

from semantic_layer.compiler import times
from semantic_layer.compiler.expansion import Leaf, Step, aggregate
from semantic_layer.compiler.expressions import qualified
from semantic_layer.compiler.frame import Condition, Frame
from semantic_layer.compiler.grouping import KeyColumn
from semantic_layer.compiler.nodes import column
from semantic_layer.compiler.plan import Aggregate, Output
from semantic_layer.compiler.rows import add_condition, filter_parts
from semantic_layer.compiler.scope import Scope, TimeColumn
from semantic_layer.compiler.spec import Aggregation, Grain

PERIOD = "_happened_in"

_AGAIN: dict[Aggregation, type[exp.Expr]] = {
    Aggregation.SUM: exp.Sum,
    Aggregation.COUNT: exp.Sum,
    Aggregation.SUM_BOOLEAN: exp.Sum,
    Aggregation.MIN: exp.Min,
    Aggregation.MAX: exp.Max,
}


@dataclass(frozen=True, eq=False)
class Gathered:
    """The facts per period: `node`, its own time, and the conditions that wait for the time
    shown."""

    node: Aggregate
    time: TimeColumn
    later: tuple[Condition, ...]
    models: tuple[str, ...]


def can_be_added(leaf: Leaf) -> bool:
    """Whether the measure can be taken of its own parts."""
    return leaf.measure.agg in _AGAIN and leaf.measure.spec.non_additive is None


def _can_gather(leaves: Sequence[Leaf], steps: tuple[Step, ...], frame: Frame) -> bool:
    """Whether anything moves, every measure can be taken of its own parts, and there are groups.

    The one row of a query without any is there with nothing in it, and counts 0.
    """
    return bool(steps) and bool(frame.keys) and all(map(can_be_added, leaves))


def gather(
    leaves: Sequence[Leaf],
    steps: tuple[Step, ...],
    scope: Scope,
    frame: Frame,
    time_keys: tuple[KeyColumn, ...],
    grain: Grain,
    name: str,
) -> Gathered | None:
    """Aggregate the facts per period of `grain` and the other keys. `scope` is used up.

    None where that would not do: nothing that moves, a measure that is not the sum of its parts, a
    condition that ties time to something else, or a history to be looked up at the time shown.
    """
    if not _can_gather(leaves, steps, frame):
        return None
    conditions = [*frame.where, *filter_parts(leaves[0].filters, frame)]
    later: list[Condition] = []
    now: list[Condition] = []
    for item in conditions:
        about_time = [scope.is_time(ref) for ref in item.used]
        if any(about_time) and not all(about_time):
            return None
        (later if any(about_time) else now).append(item)
    period = Output(PERIOD, scope.stored_time().truncated(grain))
    others = [Output(k.name, scope.value(k.ref)) for k in frame.keys if k not in time_keys]
    for item in now:
        add_condition(scope, frame, item)
    if scope.looks_up_history:
        return None
    values = [
        Output(leaf.column, aggregate(leaf.measure, qualified(leaf.measure.expr, scope.alias)))
        for leaf in leaves
    ]
    node = Aggregate(scope.source(), name, (period, *others), tuple(values))
    time = TimeColumn(column(PERIOD, name), grain, times.UTC, None, None, is_cut=True)
    return Gathered(node, time, tuple(later), scope.model_names)


def again(leaf: Leaf, parts: str) -> exp.Expr:
    """The measure over its parts, which stand in a table of that name."""
    return _AGAIN[leaf.measure.agg](this=column(leaf.column, parts))
