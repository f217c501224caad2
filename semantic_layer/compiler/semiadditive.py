"""Semi-additive measures: of each grouping only the rows at its first or last time count."""

from __future__ import annotations

from sqlglot import exp

from semantic_layer.compiler.grouping import KeyColumn
from semantic_layer.compiler.nodes import column, conjunction
from semantic_layer.compiler.plan import Aggregate, Output
from semantic_layer.compiler.query_spec import FieldRef
from semantic_layer.compiler.scope import Scope
from semantic_layer.compiler.spec import NonAdditive, WindowChoice

CHOSEN, SHOWN = "_chosen_time", "_shown_time"


def keep_last_rows(
    scope: Scope,
    rule: NonAdditive,
    twin: Scope,
    keys: tuple[KeyColumn, ...] | None,
    name: str,
) -> None:
    """Join the scope to the first or last time of each grouping and of each time period asked for;
    `keys` None: of what a window gathers for each time.

    `twin` reads the same rows under the same conditions. Other group-by columns do not split the
    choice.
    """
    groupings = [FieldRef(item) for item in rule.window_groupings]
    outputs = [Output(f"_grouping_{item.name}", twin.value(item)) for item in groupings]
    same_time = scope.metric_time is not None and scope.metric_time.name == rule.dimension
    periods = keys if keys is not None and same_time else ()
    outputs += [Output(key.name, twin.value(key.ref)) for key in periods]
    gathers = keys is None
    if gathers:
        outputs.append(Output(SHOWN, _shown(twin)))
    choose = exp.Min if rule.window_choice is WindowChoice.MIN else exp.Max
    chosen = Output(CHOSEN, choose(this=_moment(twin, rule.dimension, stored=gathers)))
    rows = Aggregate(twin.source(), name, tuple(outputs), (chosen,))
    moment = _moment(scope, rule.dimension, stored=gathers)
    matches: list[exp.Expr] = [exp.EQ(this=moment, expression=column(CHOSEN, name))]
    for item in groupings:
        other = column(f"_grouping_{item.name}", name)
        matches.append(exp.NullSafeEQ(this=scope.value(item), expression=other))
    for key in periods:
        matches.append(key.matched(scope.value(key.ref), column(key.name, name)))
    if gathers:
        matches.append(exp.EQ(this=_shown(scope), expression=column(SHOWN, name)))
    scope.late.append((rows, "inner", conjunction(matches)))


def _shown(scope: Scope) -> exp.Expr:
    """The time a window is gathered for."""
    assert scope.own_time is not None
    return scope.own_time.local()


def _moment(scope: Scope, dimension: str, *, stored: bool) -> exp.Expr:
    """The time the choice is made by, cut at its own grain in the query's zone; `stored`: as the
    facts have it, whatever window shows them at another."""
    member = scope.member(FieldRef(scope.model.local_name(dimension)))
    own = stored and scope.is_own_time(member)
    time = scope.stored_time() if own else scope.time_column(member)
    return time.truncated(time.grain)
