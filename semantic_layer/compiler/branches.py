"""Leaves -> branches: one aggregate per model, filters and time, at the grain of the query's
group-by.

Measures that read the same rows share a branch. Branches meet only after they are aggregated, so
no fact can multiply another.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sqlglot import exp

from semantic_layer.compiler import nodes
from semantic_layer.compiler.branch import Branch, branch_scope
from semantic_layer.compiler.conversions import conversion_node
from semantic_layer.compiler.earlier import Part, aggregated_once, part_of
from semantic_layer.compiler.every_period import BASE_TIME, EveryPeriod
from semantic_layer.compiler.expansion import Accumulate, Leaf, Step, aggregate
from semantic_layer.compiler.expressions import qualified
from semantic_layer.compiler.frame import Condition, Frame, names_time
from semantic_layer.compiler.gathering import Gathered, again, gather
from semantic_layer.compiler.grouping import KeyColumn
from semantic_layer.compiler.names import METRIC_TIME
from semantic_layer.compiler.nodes import column
from semantic_layer.compiler.plan import Aggregate, Node, Output
from semantic_layer.compiler.query_spec import FieldRef
from semantic_layer.compiler.rows import (
    add_condition,
    add_conditions,
    add_time_range,
    filter_parts,
)
from semantic_layer.compiler.scope import Scope
from semantic_layer.compiler.semiadditive import keep_last_rows
from semantic_layer.compiler.spec import Grain, PeriodAggregation
from semantic_layer.compiler.timing import (
    Timing,
    applicable_steps,
    base_grain,
    choosing_conditions,
    refuse_copies,
    time_keys,
)

_Rows = tuple[object, ...]
"""What leaves have in common that read the same rows: model, filters, time, and how."""
_Groups = Mapping[tuple[_Rows, tuple[Step, ...]], list[Leaf]]


def build_branches(leaves: Sequence[Leaf], frame: Frame, prefix: str = "") -> tuple[Branch, ...]:
    """One branch for each set of leaves with the same model, filters, time and steps."""
    groups: dict[tuple[_Rows, tuple[Step, ...]], list[Leaf]] = {}
    for leaf in leaves:
        groups.setdefault((_rows(leaf, frame), leaf.steps), []).append(leaf)
    names: list[str] = []
    taken: dict[str, int] = {}
    for first, *_ in groups.values():
        model = first.rows.model
        taken[model] = taken.get(model, 0) + 1
        suffix = f"_{taken[model]}" if taken[model] > 1 else ""
        names.append(f"{prefix}{model}__agg{suffix}")
    shared = _shared(groups, names, frame)
    return tuple(
        shared.get(name) or _BranchBuilder(name, members, frame).build()
        for name, members in zip(names, groups.values(), strict=True)
    )


def _rows(leaf: Leaf, frame: Frame) -> _Rows:
    rows = leaf.rows
    time = rows.time_dimension if _needs_time(leaf, frame) else None
    semi = leaf.measure.spec.non_additive
    return rows.model, leaf.filter_keys, time, leaf.on_spine, semi, leaf.conversion


def _shared(groups: _Groups, names: Sequence[str], frame: Frame) -> dict[str, Branch]:
    """The branches that can be had from one aggregate with the same branch earlier."""
    found: dict[str, Branch] = {}
    parts: dict[_Rows, list[Part]] = {}
    for name, ((rows, steps), members) in zip(names, groups.items(), strict=True):
        if (part := part_of(name, members, steps, frame)) is not None:
            parts.setdefault(rows, []).append(part)
    for same in parts.values():
        now = next((part for part in same if part.shift is None), None)
        earlier = [part for part in same if part.shift is not None]
        if now is not None and earlier:
            found |= aggregated_once(now, earlier, frame)
    return found


def _needs_time(leaf: Leaf, frame: Frame) -> bool:
    own = frame.uses_metric_time or frame.graph.keeps_history
    return own or bool(leaf.steps) or leaf.on_spine or any(names_time(f.refs) for f in leaf.filters)


@dataclass
class _BranchBuilder:
    name: str
    leaves: list[Leaf]
    frame: Frame
    keys: tuple[KeyColumn, ...] = ()
    steps: tuple[Step, ...] = ()
    grain: Grain = Grain.DAY

    def build(self) -> Branch:
        first = self.leaves[0]
        scope = branch_scope(first, self.frame)
        self.keys = time_keys(scope, self.frame)
        self.steps = applicable_steps(first, self.frame, self.keys)
        if self.steps or self.keys:
            self.grain = base_grain(scope, self.frame, first.filters, self.keys, self.steps)
        if first.conversion is not None:
            return self._conversions(first, scope)
        node, models = self._facts(scope)
        return Branch(self.name, tuple(self.leaves), node, models)

    def _move(self, scope: Scope) -> None:
        """Let the scope's time be what the steps make of it."""
        if self.steps:
            Timing(
                scope, self.frame, self.keys, self.grain, self.name, self._choosing(scope)
            ).apply(self.steps)

    def _choosing(self, scope: Scope) -> tuple[Condition, ...]:
        filters = self.leaves[0].filters
        return choosing_conditions(scope, self.frame, filters, self.grain, self.steps)

    def _conversions(self, leaf: Leaf, base: Scope) -> Branch:
        assert leaf.conversion is not None
        refuse_copies(leaf, self.steps, self.frame)
        self._move(base)
        add_conditions(base, self.frame, leaf.filters)
        events = branch_scope(replace(leaf, base=None), self.frame)
        for item in filter_parts(leaf.conversion.filters, self.frame):
            add_condition(events, self.frame, item)
        node: Node = conversion_node(leaf, base, events, self.frame, self._facts_name)
        node = self._on_spine(node, base, self.name)
        models = dict.fromkeys((*base.model_names, *events.model_names))
        return Branch(self.name, (leaf,), node, tuple(models))

    # ------------------------------------------------------------ aggregate

    @property
    def _every_period(self) -> bool:
        return self.leaves[0].on_spine and bool(self.keys)

    @property
    def _facts_name(self) -> str:
        return f"{self.name}__facts" if self._every_period else self.name

    def _on_spine(self, facts: Node, scope: Scope, name: str, moment: Grain | None = None) -> Node:
        """The facts called `_facts_name` as a node called `name`, which has the missing periods
        too."""
        if not self._every_period:
            return facts
        spine = EveryPeriod(scope, self.frame, self.keys, self.leaves, name)
        return spine.join(facts, self._facts_name, moment)

    def _facts(self, scope: Scope) -> tuple[Node, tuple[str, ...]]:
        """The aggregate of the branch, and the models it reads."""
        gathered = self._gathered(f"{self.name}__parts")
        if gathered is not None:
            scope.base, scope.own_time = gathered.node, gathered.time
        self._move(scope)
        keys = tuple(Output(k.name, self._key(k, scope, gathered)) for k in self.frame.keys)
        self._add_conditions(scope, gathered)
        self._keep_last(scope)
        values = tuple(Output(x.column, self._value(x, scope, gathered)) for x in self.leaves)
        models = gathered.models if gathered is not None else scope.model_names
        window = next((s for s in self.steps if isinstance(s, Accumulate)), None)
        if window is None or any(k.ref.grain == self.grain for k in self.keys) or not self.keys:
            facts = Aggregate(scope.source(), self._facts_name, keys, values)
            return self._on_spine(facts, scope, self.name), models
        name = f"{self.name}__base"
        base = Output(BASE_TIME, scope.time_column(scope.member(FieldRef(METRIC_TIME))).local())
        facts_name = self._facts_name if self._every_period else name
        facts = Aggregate(scope.source(), facts_name, (base, *keys), values)
        node = self._on_spine(facts, scope, name, self.grain)
        return _per_period(node, name, self.name, (keys, values), window.period_agg), models

    def _gathered(self, name: str) -> Gathered | None:
        scope = branch_scope(self.leaves[0], self.frame)
        return gather(self.leaves, self.steps, scope, self.frame, self.keys, self.grain, name)

    def _key(self, key: KeyColumn, scope: Scope, gathered: Gathered | None) -> exp.Expr:
        if gathered is not None and key not in self.keys:
            return column(key.name, gathered.node.name)
        return scope.value(key.ref)

    def _value(self, leaf: Leaf, scope: Scope, gathered: Gathered | None) -> exp.Expr:
        if gathered is not None:
            return again(leaf, gathered.node.name)
        return aggregate(leaf.measure, qualified(leaf.measure.expr, scope.alias))

    def _add_conditions(self, scope: Scope, gathered: Gathered | None) -> None:
        choosing = self._choosing(scope)
        if gathered is None:
            add_conditions(scope, self.frame, self.leaves[0].filters, without=choosing)
            return
        add_time_range(scope, self.frame.bounds)
        for item in gathered.later:
            if not any(item.tree is other.tree for other in choosing):
                add_condition(scope, self.frame, item)

    def _keep_last(self, scope: Scope) -> None:
        """Semi-additive measures choose their rows among the same rows, read once more."""
        rule = self.leaves[0].measure.spec.non_additive
        if rule is None:
            return
        twin = branch_scope(self.leaves[0], self.frame)
        self._move(twin)
        add_conditions(twin, self.frame, self.leaves[0].filters)
        gathers = any(isinstance(step, Accumulate) for step in self.steps)
        keys = None if gathers else self.keys
        keep_last_rows(scope, rule, twin, keys, f"{self.name}__rows")


def _per_period(
    inner: Node,
    inner_name: str,
    name: str,
    columns: tuple[tuple[Output, ...], tuple[Output, ...]],
    period_agg: PeriodAggregation,
) -> Aggregate:
    """A coarser period shows its first, last or average value of the base grain; `columns` are the
    keys and the values."""
    keys, values = columns
    outer_keys = tuple(Output(k.name, column(k.name, inner_name)) for k in keys)
    outer_values = []
    for value in values:
        stored = column(value.name, inner_name)
        if period_agg is PeriodAggregation.AVERAGE:
            outer_values.append(Output(value.name, nodes.Average(this=stored)))
            continue
        last = period_agg is PeriodAggregation.LAST
        chosen = nodes.FirstBy(this=stored, order=column(BASE_TIME, inner_name), last=last)
        outer_values.append(Output(value.name, chosen))
    return Aggregate(inner, name, outer_keys, tuple(outer_values))
