"""Predicates -> SQL conditions in a scope.

A comparison of a time bucket with constants becomes a half-open range on the stored column: it
means the same, needs no function call per row, and lets the engine skip data. Other values are
bound as they are.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlglot import exp

from semantic_layer.compiler import times
from semantic_layer.compiler.binding import Binder
from semantic_layer.compiler.filters import ref_number
from semantic_layer.compiler.infos import Member
from semantic_layer.compiler.nodes import conjunction, disjunction
from semantic_layer.compiler.query_spec import FieldRef, MetricRef
from semantic_layer.compiler.scope import Scope, TimeColumn, check_grain
from semantic_layer.compiler.spec import DimensionType, Grain
from semantic_layer.compiler.value_types import check_times, check_values

Refs = tuple[FieldRef | MetricRef, ...]
ResolveMetric = Callable[[MetricRef], exp.Expr]

_FLIPPED: dict[type[exp.Expr], type[exp.Expr]] = {
    exp.EQ: exp.EQ,
    exp.NEQ: exp.NEQ,
    exp.LT: exp.GT,
    exp.LTE: exp.GTE,
    exp.GT: exp.LT,
    exp.GTE: exp.LTE,
}
_TIME_CASTS = frozenset({exp.DType.DATE, exp.DType.TIMESTAMP})


def condition(tree: exp.Expr, refs: Refs, scope: Scope, metric: ResolveMetric) -> exp.Expr:
    """The condition with names resolved in the scope and values bound. `tree` is not changed."""
    holder = exp.Paren(this=tree.copy())
    for node in list(holder.find_all(*_FLIPPED, exp.Between, exp.In)):
        ranged = _time_range(node, refs, scope)
        if ranged is not None:
            node.replace(ranged)
        else:
            _check_types(node, refs, scope)
    for column in list(holder.find_all(exp.Column)):
        if not _is_reference(column):
            continue
        ref = refs[ref_number(column)]
        if isinstance(ref, MetricRef):
            column.replace(metric(ref))
        else:
            column.replace(filter_value(ref, scope))
    result: exp.Expr = scope.binder.bound(holder).this
    result.pop()
    return result


def _check_types(node: exp.Expr, refs: Refs, scope: Scope) -> None:
    _, field_node, values = _sides(node)
    if field_node is None or not _is_reference(field_node):
        return
    ref = refs[ref_number(field_node)]
    if isinstance(ref, MetricRef) or ref.date_part or ref.grain in scope.graph.custom_grains:
        return
    dimension = scope.member(ref).dimension
    if dimension is not None:
        check_values(ref, dimension.spec, values)


def _is_reference(column: exp.Column) -> bool:
    return not column.args.get("table") and column.name.startswith("__ref")


def filter_value(ref: FieldRef, scope: Scope) -> exp.Expr:
    """A field inside a condition: a time without a grain is compared as it is stored, unless
    written as an object."""
    member = scope.member(ref)
    if not _is_time(member) or ref.grain or ref.date_part or ref.from_object:
        return scope.value(ref)
    return scope.time_column(member).local()


def _is_time(member: Member) -> bool:
    return member.dimension is not None and member.dimension.type is DimensionType.TIME


# ---------------------------------------------------------------- time buckets against constants


def _time_range(node: exp.Expr, refs: Refs, scope: Scope) -> exp.Expr | None:
    """The range a comparison of a time field with constants means; None for any other
    comparison."""
    op, field_node, values = _sides(node)
    if field_node is None or not _is_reference(field_node):
        return None
    ref = refs[ref_number(field_node)]
    if isinstance(ref, MetricRef) or ref.date_part is not None:
        return None
    if ref.grain in scope.graph.custom_grains:
        return None
    texts = [_constant_text(value) for value in values]
    member = scope.member(ref)
    if not _is_time(member) or any(text is None for text in texts):
        return None
    grain = _grain(ref, member, scope)
    column = scope.time_column(member)
    zone = column.query_zone or column.zone
    moments = [times.local(times.parse_moment(t or "", ref.path), zone) for t in texts]
    return time_condition(column, grain, op, moments, scope.binder)


def _sides(node: exp.Expr) -> tuple[type[exp.Expr], exp.Column | None, list[exp.Expr]]:
    """Comparison, field and constants of a node, the field brought to the left."""
    if isinstance(node, exp.Between):
        values = [node.args["low"], node.args["high"]]
        return exp.Between, node.this if isinstance(node.this, exp.Column) else None, values
    if isinstance(node, exp.In):
        field_node = node.this if isinstance(node.this, exp.Column) else None
        return exp.In, field_node, node.expressions
    if isinstance(node.this, exp.Column):
        return type(node), node.this, [node.expression]
    if isinstance(node.expression, exp.Column):
        return _FLIPPED[type(node)], node.expression, [node.this]
    return type(node), None, []


def _constant_text(node: exp.Expr) -> str | None:
    if isinstance(node, exp.Cast) and node.to.this in _TIME_CASTS:
        node = node.this
    if isinstance(node, exp.Literal) and node.is_string:
        return node.name
    return None


def _grain(ref: FieldRef, member: Member, scope: Scope) -> Grain:
    dimension = member.dimension
    assert dimension is not None
    assert dimension.grain is not None
    grain = scope.standard_grain(ref)
    if grain is None:
        return scope.default_grain(ref, dimension) if ref.from_object else dimension.grain
    check_grain(ref, grain, dimension)
    return grain


def time_condition_of(
    tree: exp.Expr,
    refs: Refs,
    column: TimeColumn,
    binder: Binder,
    *,
    grain: Callable[[FieldRef], Grain | None],
    value: Callable[[FieldRef], exp.Expr],
) -> exp.Expr:
    """A condition on metric_time alone, about the column of a time spine.

    `grain` is what a name is compared with constants at (None: as `value` gives it).
    """
    holder = exp.Paren(this=tree.copy())
    for node in list(holder.find_all(*_FLIPPED, exp.Between, exp.In)):
        op, field_node, values = _sides(node)
        texts = [_constant_text(item) for item in values]
        if field_node is None:
            continue
        ref = refs[ref_number(field_node)]
        at = grain(ref) if isinstance(ref, FieldRef) else None
        if isinstance(ref, FieldRef) and at is not None:
            check_times(ref, values)
        if at is not None and not any(text is None for text in texts):
            moments = [times.local(times.parse_moment(t or "", ref.path), times.UTC) for t in texts]
            node.replace(time_condition(column, at, op, moments, binder))
    for found in list(holder.find_all(exp.Column)):
        if _is_reference(found):
            named = refs[ref_number(found)]
            assert isinstance(named, FieldRef)
            found.replace(value(named))
    result: exp.Expr = binder.bound(holder).this
    result.pop()
    return result


def time_condition(
    column: TimeColumn, grain: Grain, op: type[exp.Expr], moments: list[datetime], binder: Binder
) -> exp.Expr:
    """`trunc(column, grain) op moments` as a range of the stored column, nulls staying null."""
    first = moments[0]
    if op is exp.GTE:
        return bound(column, exp.GTE, times.ceiling(first, grain), binder)
    if op is exp.GT:
        return bound(column, exp.GTE, _next(first, grain), binder)
    if op is exp.LT:
        return bound(column, exp.LT, times.ceiling(first, grain), binder)
    if op is exp.LTE:
        return bound(column, exp.LT, _next(first, grain), binder)
    if op is exp.Between:
        low = bound(column, exp.GTE, times.ceiling(first, grain), binder)
        return exp.Paren(
            this=exp.And(
                this=low, expression=bound(column, exp.LT, _next(moments[1], grain), binder)
            )
        )
    parts = [_equal(column, grain, moment, binder) for moment in moments]
    same = exp.Paren(this=disjunction(parts) if len(parts) > 1 else conjunction(parts))
    return exp.Not(this=same) if op is exp.NEQ else same


def _next(moment: datetime, grain: Grain) -> datetime:
    return times.add(times.floor(moment, grain), 1, grain)


def _equal(column: TimeColumn, grain: Grain, moment: datetime, binder: Binder) -> exp.Expr:
    # No bucket starts at a moment that is not aligned: the empty range is false, and null for a
    # null.
    end = moment if times.floor(moment, grain) != moment else times.add(moment, 1, grain)
    low = bound(column, exp.GTE, moment, binder)
    return exp.And(this=low, expression=bound(column, exp.LT, end, binder))


def bound(column: TimeColumn, op: type[exp.Expr], moment: datetime, binder: Binder) -> exp.Expr:
    """The stored column against one local moment, in the column's own type and zone."""
    if column.shifts and column.typed:
        stored = times.between_zones(moment, column.query_zone or column.zone, column.zone)
        return op(this=column.expr.copy(), expression=binder.value(stored))
    return op(this=column.local(), expression=binder.value(times.constant(moment)))
