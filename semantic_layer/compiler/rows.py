"""Which rows of a branch count: the query's conditions and time range, and the filters of its
leaves."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from semantic_layer.compiler.conditions import bound, condition
from semantic_layer.compiler.filters import conjuncts
from semantic_layer.compiler.frame import Condition, Frame
from semantic_layer.compiler.names import METRIC_TIME
from semantic_layer.compiler.query_spec import FieldRef, Predicate
from semantic_layer.compiler.scope import Scope
from semantic_layer.compiler.times import Bounds
from semantic_layer.compiler.validation import settle_grain


def add_conditions(
    scope: Scope,
    frame: Frame,
    filters: Sequence[Predicate],
    *,
    without: Sequence[Condition] = (),
) -> None:
    """Time range, the query's conditions and the leaf's own filters, in this order; `without` are
    those that are met elsewhere."""
    add_time_range(scope, frame.bounds)
    for item in (*frame.where, *filter_parts(filters, frame)):
        if not any(item.tree is other.tree for other in without):
            add_condition(scope, frame, item)


def add_condition(scope: Scope, frame: Frame, item: Condition) -> None:
    """One conjunct, its names resolved in the scope."""
    scope.where.append(
        condition(
            item.tree, item.refs, scope, lambda ref: frame.metric_in_filter(frame, scope, ref)
        )
    )


def filter_parts(filters: Sequence[Predicate], frame: Frame) -> list[Condition]:
    """The conjuncts of filters written in models and metrics."""
    parts: list[Condition] = []
    for predicate in filters:
        refs = tuple(
            settle_grain(ref, frame.graph) if isinstance(ref, FieldRef) else ref
            for ref in predicate.refs
        )
        parts += [Condition(tree, refs) for tree in conjuncts(predicate.tree)]
    return parts


def add_time_range(scope: Scope, bounds: Bounds | None) -> None:
    """The half-open range on the scope's metric_time, against the stored column."""
    if bounds is None:
        return
    time = scope.time_column(scope.member(FieldRef(METRIC_TIME, path="time_range")))
    for op, moment in zip((exp.GTE, exp.LT), bounds, strict=True):
        if moment is not None:
            scope.where.append(bound(time, op, moment, scope.binder))
