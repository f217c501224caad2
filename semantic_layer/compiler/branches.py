"""Leaves -> branches: one aggregate per model, filters and time, at the grain of the query's group-by.

Measures that read the same rows share a branch. Branches meet only after they are aggregated, so no fact can
multiply another.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlglot import exp

from semantic_layer.compiler.binding import Binder
from semantic_layer.compiler.conditions import bound, condition
from semantic_layer.compiler.expansion import Leaf, aggregate, not_available
from semantic_layer.compiler.expressions import qualified
from semantic_layer.compiler.filters import conjuncts
from semantic_layer.compiler.graph import SemanticGraph
from semantic_layer.compiler.grouping import KeyColumn
from semantic_layer.compiler.infos import DimensionInfo
from semantic_layer.compiler.names import METRIC_TIME
from semantic_layer.compiler.plan import Aggregate, Output
from semantic_layer.compiler.query_spec import FieldRef, MetricRef, Predicate
from semantic_layer.compiler.scope import Scope
from semantic_layer.compiler.spec import Grain
from semantic_layer.compiler.times import Bounds
from semantic_layer.compiler.validation import settle_grain


@dataclass(frozen=True, eq=False)
class Condition:
    """One conjunct of the query's `where` that applies to rows, before aggregation."""

    tree: exp.Expr
    refs: tuple[FieldRef | MetricRef, ...]


@dataclass(frozen=True, eq=False)
class Frame:
    """What all branches of a query share."""

    graph: SemanticGraph
    binder: Binder
    keys: tuple[KeyColumn, ...]
    where: tuple[Condition, ...]
    bounds: Bounds | None
    zone: str | None
    metric_time_grain: Grain | None

    @property
    def uses_metric_time(self) -> bool:
        return (
            self.bounds is not None
            or any(key.is_metric_time for key in self.keys)
            or any(_names_time(c.refs) for c in self.where)
        )


@dataclass(frozen=True, eq=False)
class Branch:
    """Leaves that read the same rows, and their aggregate."""

    name: str
    leaves: tuple[Leaf, ...]
    node: Aggregate
    models: tuple[str, ...]


def build_branches(leaves: Sequence[Leaf], frame: Frame) -> tuple[Branch, ...]:
    """One branch for each set of leaves with the same model, filters and time dimension."""
    groups: dict[tuple[str, tuple[str, ...], str | None, bool], list[Leaf]] = {}
    for leaf in leaves:
        time = leaf.measure.time_dimension if _needs_time(leaf, frame) else None
        key = (leaf.measure.model, leaf.filter_keys, time, leaf.on_spine)
        groups.setdefault(key, []).append(leaf)
    branches: list[Branch] = []
    taken: dict[str, int] = {}
    for (model, _, _, _), members in groups.items():
        taken[model] = taken.get(model, 0) + 1
        suffix = f"_{taken[model]}" if taken[model] > 1 else ""
        branches.append(_branch(f"{model}__agg{suffix}", members, frame))
    return tuple(branches)


def _needs_time(leaf: Leaf, frame: Frame) -> bool:
    keeps_history = frame.graph.keeps_history
    return frame.uses_metric_time or keeps_history or any(_names_time(f.refs) for f in leaf.filters)


def _names_time(refs: Sequence[FieldRef | MetricRef]) -> bool:
    return any(isinstance(ref, FieldRef) and ref.name.startswith(METRIC_TIME) for ref in refs)


def _branch(name: str, leaves: list[Leaf], frame: Frame) -> Branch:
    first = leaves[0]
    if first.on_spine and any(key.is_metric_time for key in frame.keys):
        raise not_available("Metrics joined to a time spine")
    scope = branch_scope(first, frame)
    keys = tuple(Output(key.name, scope.value(key.ref)) for key in frame.keys)
    add_conditions(scope, frame, first.filters)
    values = tuple(
        Output(
            leaf.measure.name, aggregate(leaf.measure, qualified(leaf.measure.expr, scope.alias))
        )
        for leaf in leaves
    )
    node = Aggregate(scope.source(), name, keys, values)
    return Branch(name, tuple(leaves), node, scope.model_names)


def branch_scope(leaf: Leaf, frame: Frame) -> Scope:
    """The scope of the leaf's own model, its metric_time settled."""
    model = frame.graph.models[leaf.measure.model]
    return Scope(
        frame.graph,
        model,
        frame.binder,
        metric_time=_time_of(leaf, frame),
        query_zone=frame.zone,
        metric_time_grain=frame.metric_time_grain,
    )


def _time_of(leaf: Leaf, frame: Frame) -> DimensionInfo | None:
    name = leaf.measure.time_dimension
    return frame.graph.models[leaf.measure.model].dimensions[name] if name else None


def add_conditions(scope: Scope, frame: Frame, filters: Sequence[Predicate]) -> None:
    """Time range, the query's conditions and the leaf's own filters, in this order."""
    add_time_range(scope, frame.bounds)
    for item in frame.where:
        scope.where.append(condition(item.tree, item.refs, scope, refuse_metric))
    for predicate in filters:
        refs = tuple(
            settle_grain(ref, frame.graph) if isinstance(ref, FieldRef) else ref
            for ref in predicate.refs
        )
        for tree in conjuncts(predicate.tree):
            scope.where.append(condition(tree, refs, scope, refuse_metric))


def add_time_range(scope: Scope, bounds: Bounds | None) -> None:
    """The half-open range on the scope's metric_time, against the stored column."""
    if bounds is None:
        return
    column = scope.time_column(scope.member(FieldRef(METRIC_TIME, path="time_range")))
    start, end = bounds
    if start is not None:
        scope.where.append(bound(column, exp.GTE, start, scope.binder))
    if end is not None:
        scope.where.append(bound(column, exp.LT, end, scope.binder))


def refuse_metric(ref: MetricRef) -> exp.Expr:
    """Metric() in a filter of rows."""
    raise not_available(f"Metric('{ref.name}', ...) in a filter")
