"""Semi-additive measures: of each grouping only the rows at its first or last time count."""

from __future__ import annotations

from sqlglot import exp

from semantic_layer.compiler.frame import Frame
from semantic_layer.compiler.grouping import KeyColumn
from semantic_layer.compiler.nodes import column, conjunction
from semantic_layer.compiler.plan import Aggregate, Output
from semantic_layer.compiler.query_spec import FieldRef
from semantic_layer.compiler.scope import Scope
from semantic_layer.compiler.spec import NonAdditive, WindowChoice

CHOSEN = "_chosen_time"


def keep_last_rows(
    scope: Scope,
    rule: NonAdditive,
    twin: Scope,
    frame: Frame,
    keys: tuple[KeyColumn, ...],
    name: str,
) -> None:
    """Join the scope to the first or last time of each grouping and of each time period asked for.

    `twin` reads the same rows under the same conditions. Other group-by columns do not split the
    choice.
    """
    groupings = [FieldRef(item) for item in rule.window_groupings]
    outputs = [Output(f"_grouping_{item.name}", twin.value(item)) for item in groupings]
    same_time = scope.metric_time is not None and scope.metric_time.name == rule.dimension
    periods = keys if same_time else ()
    outputs += [Output(key.name, twin.value(key.ref)) for key in periods]
    choose = exp.Min if rule.window_choice is WindowChoice.MIN else exp.Max
    chosen = Output(CHOSEN, choose(this=_moment(twin, rule.dimension)))
    rows = Aggregate(twin.source(), name, tuple(outputs), (chosen,))
    matches: list[exp.Expr] = [
        exp.EQ(this=_moment(scope, rule.dimension), expression=column(CHOSEN, name))
    ]
    for item in groupings:
        other = column(f"_grouping_{item.name}", name)
        matches.append(exp.NullSafeEQ(this=scope.value(item), expression=other))
    for key in periods:
        matches.append(key.matched(scope.value(key.ref), column(key.name, name)))
    scope.late.append((rows, "inner", conjunction(matches)))


def _moment(scope: Scope, dimension: str) -> exp.Expr:
    """The time the choice is made by, cut at its own grain in the query's zone."""
    name = scope.model.local_name(dimension)
    member = scope.member(FieldRef(name))
    time = scope.time_column(member)
    return time.truncated(time.grain)
