"""Offsets in a custom grain: the n-th row of a period goes to the n-th row of the one after it."""

from __future__ import annotations

from sqlglot import exp

from semantic_layer.compiler import nodes, times
from semantic_layer.compiler.grouping import KeyColumn
from semantic_layer.compiler.infos import CustomGrain
from semantic_layer.compiler.nodes import column, conjunction
from semantic_layer.compiler.plan import Compute, Filter, Node, Output, Source
from semantic_layer.compiler.scope import Scope, TimeColumn
from semantic_layer.compiler.spines import ALIAS

DAY, NUMBER, PERIOD = "_day", "_row_in_period", "_period_number"


def shift_by_custom_grain(
    scope: Scope,
    moment: TimeColumn,
    custom: CustomGrain,
    count: int,
    keys: tuple[KeyColumn, ...],
    name: str,
) -> TimeColumn:
    """Join the facts to the spine's rows `count` periods later; the time they show then.

    Asked for by that very grain, all rows of a period go to the next one, whatever their lengths.
    """
    before, after = f"{name}__from", f"{name}__to"
    grain = custom.spine.grain
    whole = bool(keys) and all(key.ref.grain == custom.name for key in keys)
    happened = exp.EQ(this=moment.truncated(grain), expression=column(DAY, before))
    following = exp.Add(this=column(PERIOD, before), expression=exp.Literal.number(count))
    same_place: exp.Expr = exp.Literal.number(1) if whole else column(NUMBER, before)
    matches: list[exp.Expr] = [
        exp.EQ(this=column(PERIOD, after), expression=following),
        exp.EQ(this=column(NUMBER, after), expression=same_place),
    ]
    scope.early.append((_numbered(custom, before), "inner", happened))
    scope.early.append((_numbered(custom, after), "inner", conjunction(matches)))
    return TimeColumn(column(DAY, after), grain, times.UTC, None, None)


def _numbered(custom: CustomGrain, name: str) -> Node:
    """The spine's rows with the number of their period and their place in it; days outside any are
    left out."""
    spine = custom.spine
    alias = ALIAS
    period, day = column(custom.column, alias), column(spine.column, alias)
    inside = exp.Not(this=exp.Is(this=period, expression=exp.Null()))
    rows = Filter(Source(spine.relation.parts, alias), inside)
    place = exp.Window(this=exp.RowNumber(), partition_by=[period.copy()], order=_order(day.copy()))
    number = exp.Window(this=exp.DenseRank(), order=_order(period.copy()))
    start = nodes.TimeTrunc(this=day, unit=spine.grain)
    columns = (Output(DAY, start), Output(NUMBER, place), Output(PERIOD, number))
    return Compute(rows, name, columns)


def _order(by: exp.Expr) -> exp.Order:
    return exp.Order(expressions=[exp.Ordered(this=by, desc=False, nulls_first=False)])
