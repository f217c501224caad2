"""The periods an answer shows by itself: rows of a time spine inside the range and the conditions
on time, cut to the time columns asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from sqlglot import exp

from semantic_layer.compiler import nodes
from semantic_layer.compiler.binding import Binder
from semantic_layer.compiler.conditions import bound, time_condition_of
from semantic_layer.compiler.frame import Condition
from semantic_layer.compiler.graph import SemanticGraph
from semantic_layer.compiler.grouping import KeyColumn
from semantic_layer.compiler.plan import Aggregate, Filter, Join, Node, Output
from semantic_layer.compiler.query_spec import FieldRef
from semantic_layer.compiler.scope import TimeColumn, custom_join
from semantic_layer.compiler.spec import Grain
from semantic_layer.compiler.spines import Spine, periods_of
from semantic_layer.compiler.times import Bounds


@dataclass(frozen=True, eq=False)
class Periods:
    """Which periods: `default_grain` is what a time written as an object without a grain means,
    `moment` a column for the spine's own time, when that is shown too."""

    keys: Sequence[KeyColumn]
    bounds: Bounds | None
    where: Sequence[Condition]
    default_grain: Callable[[FieldRef], Grain]
    moment: str | None = None


def condition_grains(conditions: Sequence[Condition]) -> list[Grain]:
    """The standard grains that conditions name: a spine must be as fine for them to hold or not."""
    names = [ref.grain for c in conditions for ref in c.used if isinstance(ref, FieldRef)]
    return [grain for grain in Grain if grain in names]


def shown_periods(
    spine: Spine, asked: Periods, graph: SemanticGraph, binder: Binder, name: str
) -> Aggregate:
    """One row for each distinct tuple of the time columns."""
    rows = _rows_of(spine, asked, graph, binder)
    outputs = [Output(key.name, rows.value(key.ref)) for key in asked.keys]
    if asked.moment is not None:
        outputs.insert(0, Output(asked.moment, spine.value()))
    return Aggregate(rows.node, name, tuple(outputs), ())


def chosen_periods(
    spine: Spine, asked: Periods, graph: SemanticGraph, binder: Binder, grain: Grain
) -> Spine:
    """The periods of `grain` with at least one row of the spine inside range and conditions."""
    rows = _rows_of(spine, asked, graph, binder)
    return periods_of(rows.node, spine.column, grain, f"{spine.name}__chosen")


def _rows_of(spine: Spine, asked: Periods, graph: SemanticGraph, binder: Binder) -> _SpineRows:
    rows = _SpineRows(spine.node, spine.column, graph, asked.default_grain)
    for op, moment in zip((exp.GTE, exp.LT), asked.bounds or (None, None), strict=True):
        if moment is not None:
            rows.node = Filter(rows.node, bound(spine.column, op, moment, binder))
    for item in asked.where:
        condition = time_condition_of(
            item.tree, item.refs, spine.column, binder, grain=rows.grain, value=rows.value
        )
        rows.node = Filter(rows.node, condition)
    return rows


@dataclass
class _SpineRows:
    """Rows of a spine, and what names of time mean there. Custom grains are joined in when asked
    for."""

    node: Node
    time: TimeColumn
    graph: SemanticGraph
    default_grain: Callable[[FieldRef], Grain]
    joined: set[str] = field(default_factory=set)

    def grain(self, ref: FieldRef) -> Grain | None:
        """The grain a comparison with constants is made at; None for what is no period's start."""
        if ref.date_part is not None or ref.grain in self.graph.custom_grains:
            return None
        if ref.grain is None and ref.from_object:
            return self.default_grain(ref)
        return Grain(ref.grain or self.time.grain)

    def value(self, ref: FieldRef) -> exp.Expr:
        """The time as the name shows it."""
        custom = self.graph.custom_grains.get(ref.grain or "")
        if custom is not None:
            if ref.column not in self.joined:
                self.joined.add(ref.column)
                self.node = Join(self.node, *custom_join(self.time, custom, ref.column))
            return nodes.column(custom.column, ref.column)
        if ref.date_part is not None:
            return nodes.TimePart(this=self.time.local(), part=ref.date_part)
        if ref.grain is None and not ref.from_object:
            return self.time.local()
        return self.time.truncated(Grain(ref.grain or self.default_grain(ref)))
