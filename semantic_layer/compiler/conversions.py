"""Conversion metrics: each conversion counts once, at the latest base event before it inside the
window."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from semantic_layer.compiler import nodes
from semantic_layer.compiler.expansion import ConversionMatch, Leaf, aggregate, not_available
from semantic_layer.compiler.expressions import qualified
from semantic_layer.compiler.frame import Frame
from semantic_layer.compiler.nodes import column, conjunction
from semantic_layer.compiler.plan import Aggregate, Compute, Join, Node, Output
from semantic_layer.compiler.query_spec import FieldRef
from semantic_layer.compiler.scope import Scope
from semantic_layer.compiler.spec import STANDARD_GRAINS, Grain, Window
from semantic_layer.errors import QueryError

ENTITY, NUMBER, VALUE = "_entity", "_number", "_converted"
PERIOD, HAPPENED = "_period", "_happened_at"


def conversion_node(leaf: Leaf, base: Scope, events: Scope, frame: Frame, name: str) -> Node:
    """The conversions by the query's keys, as they were at the base event.

    `base` has the query's conditions applied already; `events` is the scope of the conversions.
    """
    match = leaf.conversion
    assert match is not None
    base_name, event_name, pairs_name = f"{name}__base", f"{name}__events", f"{name}__pairs"
    grain = max(_grain(base), _grain(events), key=lambda g: g.rank)
    keys = [Output(key.name, base.value(key.ref)) for key in frame.keys]
    base_rows = [*keys, *_matched(base, match, grain, [p.base_property for p in match.properties])]
    order = PERIOD
    if grain is not _grain(base):
        order = HAPPENED
        base_rows.append(Output(HAPPENED, base.stored_time().truncated(_grain(base))))
    event_rows = _matched(events, match, grain, [p.conversion_property for p in match.properties])
    value = qualified(leaf.measure.expr, events.alias)
    event_rows += [Output(VALUE, value), Output(NUMBER, _row_number(event_rows[:2]))]
    left = Compute(base.source(), base_name, tuple(base_rows))
    right = Compute(events.source(), event_name, tuple(event_rows))
    joined = Join(left, right, "inner", _conditions(match, base_name, event_name))
    happened = (column(order, base_name), column(PERIOD, event_name))
    tied = [column(name, base_name) for name in _undated_keys(base, frame)]
    latest = [
        Output(key.name, _latest(column(key.name, base_name), happened, tied)) for key in keys
    ]
    found = Output(VALUE, exp.Max(this=column(VALUE, event_name)))
    number = Output(NUMBER, column(NUMBER, event_name))
    pairs = Aggregate(joined, pairs_name, (number,), (*latest, found))
    measured = aggregate(leaf.measure, column(VALUE, pairs_name))
    return Aggregate(
        pairs,
        name,
        tuple(Output(key.name, column(key.name, pairs_name)) for key in keys),
        (Output(leaf.column, measured),),
    )


def _grain(scope: Scope) -> Grain:
    """How finely the scope's own time is kept."""
    if scope.metric_time is None or scope.metric_time.grain is None:
        raise QueryError(
            f"Measures of {scope.model.name} have no time dimension, so conversions cannot be "
            f"matched.",
            code="NO_METRIC_TIME",
        )
    return scope.metric_time.grain


def _matched(
    scope: Scope, match: ConversionMatch, grain: Grain, properties: list[str]
) -> list[Output]:
    """What base events and conversions are matched by: entity, time, constant properties.

    Time is compared at the coarser grain of the two: what is known by month only may have happened
    on any day of it.
    """
    found = [
        Output(ENTITY, scope.value(FieldRef(match.entity))),
        Output(PERIOD, scope.stored_time().truncated(grain)),
    ]
    found += [
        Output(f"_property_{n}", scope.value(FieldRef(name))) for n, name in enumerate(properties)
    ]
    return found


def _undated_keys(base: Scope, frame: Frame) -> list[str]:
    """The keys in which base events of one time may differ."""
    return [key.name for key in frame.keys if not base.is_time(key.ref)]


def _latest(
    value: exp.Expr, happened: tuple[exp.Expr, exp.Expr], tied: Sequence[exp.Expr]
) -> exp.Expr:
    """The value of the latest base event; `happened` are the times of base event and conversion.

    Of several at that time the one with the smallest members counts, null the largest: each
    execution answers alike.
    """
    base, event = happened
    if not tied:
        return nodes.FirstBy(this=value, order=base.copy(), last=True)
    parts: list[exp.Expr] = [exp.Sub(this=event.copy(), expression=base.copy())]
    for member in tied:
        parts += [exp.Is(this=member.copy(), expression=exp.Null()), member.copy()]
    return nodes.FirstBy(this=value, order=nodes.Row(expressions=parts), last=False)


def _row_number(order: list[Output]) -> exp.Expr:
    # Any numbering will do: it only tells conversions apart that look the same.
    keys = [exp.Ordered(this=item.expr.copy(), desc=False, nulls_first=False) for item in order]
    return exp.Window(this=exp.RowNumber(), order=exp.Order(expressions=keys))


def _conditions(match: ConversionMatch, base: str, events: str) -> exp.Expr:
    before = column(PERIOD, base)
    parts: list[exp.Expr] = [
        exp.EQ(this=column(ENTITY, base), expression=column(ENTITY, events)),
        exp.LTE(this=before, expression=column(PERIOD, events)),
    ]
    if match.window is not None:
        start = nodes.TimeAdd(
            this=column(PERIOD, events), count=-match.window.count, unit=_unit(match.window)
        )
        parts.append(exp.GT(this=before.copy(), expression=start))
    parts += [
        exp.EQ(this=column(f"_property_{n}", base), expression=column(f"_property_{n}", events))
        for n in range(len(match.properties))
    ]
    return conjunction(parts)


def _unit(window: Window) -> Grain:
    if window.grain not in STANDARD_GRAINS:
        raise not_available(f"A conversion window in the custom grain '{window.grain}'")
    return Grain(window.grain)
