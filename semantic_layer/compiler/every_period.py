"""A branch's aggregate beside every period of the time spine: periods without facts appear, as
nulls."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlglot import exp

from semantic_layer.compiler.expansion import Accumulate, Leaf, filled
from semantic_layer.compiler.frame import Condition, Frame
from semantic_layer.compiler.grouping import KeyColumn, standard_grains
from semantic_layer.compiler.nodes import column, conjunction
from semantic_layer.compiler.periods import Periods, condition_grains, shown_periods
from semantic_layer.compiler.plan import Aggregate, Compute, Filter, Join, Node, Output
from semantic_layer.compiler.query_spec import FieldRef
from semantic_layer.compiler.rows import filter_parts
from semantic_layer.compiler.scope import Scope, default_grain
from semantic_layer.compiler.spec import Grain
from semantic_layer.compiler.spines import finest, spine_for

BASE_TIME = "_base_time"


@dataclass(frozen=True, eq=False)
class EveryPeriod:
    """What is joined: the leaves' columns by the frame's keys, of which `keys` are the facts' own
    time. The result is called `name`."""

    scope: Scope
    frame: Frame
    keys: tuple[KeyColumn, ...]
    leaves: Sequence[Leaf]
    name: str

    def join(self, facts: Node, facts_name: str, moment: Grain | None) -> Compute:
        """All periods of the spine, with the facts where there are any.

        With `moment`, facts and answer have the column BASE_TIME at that grain as well.
        """
        periods, name = self._periods(moment)
        matches: list[exp.Expr] = [
            k.matched(column(k.name, name), column(k.name, facts_name)) for k in self.keys
        ]
        if moment is not None:
            there = column(BASE_TIME, facts_name)
            matches = [exp.EQ(this=column(BASE_TIME, name), expression=there)]
        match = conjunction(matches)
        node: Node = Join(periods, facts, "left", match)
        owner = {k.name: name for k in self.keys}
        for item in self._selected_conditions():
            node = Filter(node, self._on_output(item, owner, facts_name))
        outputs = [Output(BASE_TIME, column(BASE_TIME, name))] if moment is not None else []
        outputs += [
            Output(k.name, column(k.name, owner.get(k.name, facts_name))) for k in self.frame.keys
        ]
        outputs += [Output(leaf.column, _value(leaf, facts_name)) for leaf in self.leaves]
        return Compute(node, self.name, tuple(outputs))

    def _periods(self, moment: Grain | None) -> tuple[Aggregate, str]:
        """The distinct time keys of the spine inside the range and the conditions on time."""
        graph, binder, scope = self.frame.graph, self.frame.binder, self.scope
        assert scope.metric_time is not None
        # As fine as the facts: range, conditions, date parts and custom grains may cut within the
        # periods asked for.
        conditions = self._time_conditions()
        asked_for = [*standard_grains(self.keys), *condition_grains(conditions)]
        grain = moment or finest([*asked_for, default_grain(scope.metric_time)])
        spine = spine_for(
            graph,
            grain,
            self.frame.bounds,
            binder,
            name=f"{self.name}__periods",
            fact=scope.stored_time(),
            fact_source=scope.own_rows(),
        )

        def default(ref: FieldRef) -> Grain:
            assert scope.metric_time is not None
            return scope.default_grain(ref, scope.metric_time)

        column_name = BASE_TIME if moment is not None else None
        asked = Periods(self.keys, self.frame.bounds, conditions, default, column_name)
        name = f"{self.name}__times"
        return shown_periods(spine, asked, graph, binder, name), name

    def _time_conditions(self) -> list[Condition]:
        """The conditions of query and leaf that speak of nothing but the facts' own time."""
        own = filter_parts(self.leaves[0].filters, self.frame)
        return [
            item
            for item in (*self.frame.where, *own)
            if item.used and all(map(self.scope.is_time, item.used))
        ]

    # ------------------------------------------------------------ conditions once more

    def _selected_conditions(self) -> list[Condition]:
        """Conditions to apply once more: those that speak of nothing but columns of the answer."""
        return [
            item
            for item in self.frame.where
            if item.used
            and all(self._selected(ref) is not None for ref in item.used)
            and not all(self._selected(ref) in self.keys for ref in item.used)
        ]

    def _selected(self, ref: object) -> KeyColumn | None:
        if not isinstance(ref, FieldRef):
            return None
        return next((k for k in self.frame.keys if k.answers_to(ref.column)), None)

    def _on_output(self, item: Condition, owner: dict[str, str], facts: str) -> exp.Expr:
        holder = exp.Paren(this=item.tree.copy())
        for found, ref in zip(list(holder.find_all(exp.Column)), item.used, strict=True):
            key = self._selected(ref)
            assert key is not None
            found.replace(column(key.name, owner.get(key.name, facts)))
        result: exp.Expr = self.frame.binder.bound(holder).this
        result.pop()
        return result


def _value(leaf: Leaf, facts_name: str) -> exp.Expr:
    """The leaf's column; what an average over periods takes the missing ones for."""
    window = next((s for s in leaf.steps if isinstance(s, Accumulate)), None)
    return filled(column(leaf.column, facts_name), window.fill if window is not None else None)
