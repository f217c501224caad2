"""Leaves -> branches: one aggregate per model, filters and time, at the grain of the query's
group-by.

Measures that read the same rows share a branch. Branches meet only after they are aggregated, so
no fact can multiply another.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlglot import exp

from semantic_layer.compiler import nodes
from semantic_layer.compiler.conversions import conversion_node
from semantic_layer.compiler.expansion import Accumulate, Leaf, Step, aggregate, not_available
from semantic_layer.compiler.expressions import qualified
from semantic_layer.compiler.frame import Condition, Frame, names_time
from semantic_layer.compiler.gathering import Gathered, again, gather
from semantic_layer.compiler.grouping import KeyColumn, standard_grains
from semantic_layer.compiler.infos import DimensionInfo
from semantic_layer.compiler.names import METRIC_TIME
from semantic_layer.compiler.nodes import column, conjunction
from semantic_layer.compiler.periods import Periods, shown_periods
from semantic_layer.compiler.plan import Aggregate, Compute, Filter, Join, Node, Output
from semantic_layer.compiler.query_spec import FieldRef
from semantic_layer.compiler.rows import (
    add_condition,
    add_conditions,
    add_time_range,
    filter_parts,
)
from semantic_layer.compiler.scope import Scope, default_grain
from semantic_layer.compiler.semiadditive import keep_last_rows
from semantic_layer.compiler.spec import Grain, PeriodAggregation
from semantic_layer.compiler.spines import finest, spine_for
from semantic_layer.compiler.timing import (
    Timing,
    applicable_steps,
    base_grain,
    refuse_copies,
    time_keys,
)

BASE_TIME = "_base_time"


@dataclass(frozen=True, eq=False)
class Branch:
    """Leaves that read the same rows, and their aggregate: a node called `name` with keys and
    measures."""

    name: str
    leaves: tuple[Leaf, ...]
    node: Node
    models: tuple[str, ...]


def build_branches(leaves: Sequence[Leaf], frame: Frame, prefix: str = "") -> tuple[Branch, ...]:
    """One branch for each set of leaves with the same model, filters, time and steps."""
    groups: dict[tuple[object, ...], list[Leaf]] = {}
    for leaf in leaves:
        rows = leaf.rows
        time = rows.time_dimension if _needs_time(leaf, frame) else None
        semi = leaf.measure.spec.non_additive
        key = (rows.model, leaf.filter_keys, time, leaf.steps, leaf.on_spine, semi, leaf.conversion)
        groups.setdefault(key, []).append(leaf)
    branches: list[Branch] = []
    taken: dict[str, int] = {}
    for members in groups.values():
        model = members[0].rows.model
        taken[model] = taken.get(model, 0) + 1
        suffix = f"_{taken[model]}" if taken[model] > 1 else ""
        branches.append(_BranchBuilder(f"{prefix}{model}__agg{suffix}", members, frame).build())
    return tuple(branches)


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
            self.grain = base_grain(scope, self.keys, self.steps)
        if first.conversion is not None:
            return self._conversions(first, scope)
        on_spine = first.on_spine and bool(self.keys)
        name = f"{self.name}__facts" if on_spine else self.name
        node, models = self._facts(scope, name)
        if on_spine:
            node = self._on_spine(node, name, scope, self.keys)
        return Branch(self.name, tuple(self.leaves), node, models)

    def _move(self, scope: Scope) -> None:
        """Let the scope's time be what the steps make of it."""
        if self.steps:
            Timing(scope, self.frame, self.keys, self.grain, self.name).apply(self.steps)

    def _conversions(self, leaf: Leaf, base: Scope) -> Branch:
        assert leaf.conversion is not None
        refuse_copies(leaf, self.steps, self.frame)
        self._move(base)
        add_conditions(base, self.frame, leaf.filters)
        events = branch_scope(replace(leaf, base=None), self.frame)
        for item in filter_parts(leaf.conversion.filters, self.frame):
            add_condition(events, self.frame, item)
        node = conversion_node(leaf, base, events, self.frame, self.name)
        models = dict.fromkeys((*base.model_names, *events.model_names))
        return Branch(self.name, (leaf,), node, tuple(models))

    # ------------------------------------------------------------ aggregate

    def _facts(self, scope: Scope, name: str) -> tuple[Node, tuple[str, ...]]:
        """The aggregate of the branch, and the models it reads."""
        gathered = self._gathered(f"{name}__parts")
        if gathered is not None:
            scope.base, scope.own_time = gathered.node, gathered.time
        self._move(scope)
        keys = tuple(Output(k.name, self._key(k, scope, gathered)) for k in self.frame.keys)
        self._add_conditions(scope, gathered)
        self._keep_last(scope)
        values = tuple(Output(x.column, self._value(x, scope, gathered)) for x in self.leaves)
        models = gathered.models if gathered is not None else scope.model_names
        window = next((s for s in self.steps if isinstance(s, Accumulate)), None)
        if window is None or any(k.ref.grain == self.grain for k in self.keys):
            return Aggregate(scope.source(), name, keys, values), models
        base = Output(BASE_TIME, scope.time_column(scope.member(FieldRef(METRIC_TIME))).local())
        inner = Aggregate(scope.source(), f"{name}__base", (base, *keys), values)
        return _per_period(inner, name, keys, values, window.period_agg), models

    def _gathered(self, name: str) -> Gathered | None:
        scope = branch_scope(self.leaves[0], self.frame)
        return gather(self.leaves, self.steps, scope, self.frame, self.keys, self.grain, name)

    def _key(self, key: KeyColumn, scope: Scope, gathered: Gathered | None) -> exp.Expr:
        if gathered is not None and key not in self.keys:
            return column(key.name, gathered.node.name)
        return scope.value(key.ref)

    def _value(self, leaf: Leaf, scope: Scope, gathered: Gathered | None) -> exp.Expr:
        if gathered is not None:
            return again(leaf, gathered)
        return aggregate(leaf.measure, qualified(leaf.measure.expr, scope.alias))

    def _add_conditions(self, scope: Scope, gathered: Gathered | None) -> None:
        if gathered is None:
            add_conditions(scope, self.frame, self.leaves[0].filters)
            return
        add_time_range(scope, self.frame.bounds)
        for item in gathered.later:
            add_condition(scope, self.frame, item)

    def _keep_last(self, scope: Scope) -> None:
        """Semi-additive measures choose their rows among the same rows, read once more."""
        rule = self.leaves[0].measure.spec.non_additive
        if rule is None:
            return
        if any(isinstance(step, Accumulate) for step in self.steps):
            name = self.leaves[0].measure.name
            raise not_available(f"A cumulative metric over the semi-additive measure '{name}'")
        twin = branch_scope(self.leaves[0], self.frame)
        self._move(twin)
        add_conditions(twin, self.frame, self.leaves[0].filters)
        keep_last_rows(scope, rule, twin, self.frame, self.keys, f"{self.name}__rows")

    # ------------------------------------------------------------ time spine

    def _on_spine(
        self, facts: Node, facts_name: str, scope: Scope, keys: tuple[KeyColumn, ...]
    ) -> Node:
        """All periods of the spine, with the aggregate where there is one."""
        periods, name = self._periods(scope, keys)
        match = conjunction(
            [k.matched(column(k.name, name), column(k.name, facts_name)) for k in keys]
        )
        node: Node = Join(periods, facts, "left", match)
        owner = {k.name: name for k in keys}
        for item in self._selected_conditions(keys):
            node = Filter(node, _on_output(item, self.frame, owner, facts_name))
        outputs = [
            Output(k.name, column(k.name, owner.get(k.name, facts_name))) for k in self.frame.keys
        ]
        outputs += [Output(leaf.column, column(leaf.column, facts_name)) for leaf in self.leaves]
        return Compute(node, self.name, tuple(outputs))

    def _periods(self, scope: Scope, keys: tuple[KeyColumn, ...]) -> tuple[Aggregate, str]:
        """The distinct time keys of the spine inside the query's time conditions."""
        assert scope.metric_time is not None
        # As fine as the facts: range, conditions, date parts and custom grains may cut within the
        # periods asked for.
        grain = finest([*standard_grains(keys), default_grain(scope.metric_time)])
        spine = spine_for(
            self.frame.graph,
            grain,
            self.frame.bounds,
            self.frame.binder,
            name=f"{self.name}__periods",
            fact=scope.stored_time(),
            fact_source=scope.own_rows(),
        )
        name = f"{self.name}__times"
        about_time = [
            item
            for item in self.frame.where
            if item.used and all(self._is_time(ref, scope) for ref in item.used)
        ]

        def default(ref: FieldRef) -> Grain:
            assert scope.metric_time is not None
            return scope.default_grain(ref, scope.metric_time)

        asked = Periods(keys, self.frame.bounds, about_time, default)
        return shown_periods(spine, asked, self.frame.graph, self.frame.binder, name), name

    def _is_time(self, ref: object, scope: Scope) -> bool:
        return isinstance(ref, FieldRef) and scope.is_own_time(scope.member(ref))

    def _selected_conditions(self, keys: tuple[KeyColumn, ...]) -> list[Condition]:
        """Conditions to apply once more: those that speak of nothing but columns of the answer."""
        return [
            item
            for item in self.frame.where
            if item.used
            and all(_selected(ref, self.frame) is not None for ref in item.used)
            and not all(_selected(ref, self.frame) in keys for ref in item.used)
        ]


def _selected(ref: object, frame: Frame) -> KeyColumn | None:
    if not isinstance(ref, FieldRef):
        return None
    return next((k for k in frame.keys if k.answers_to(ref.column)), None)


def _on_output(item: Condition, frame: Frame, owner: dict[str, str], facts: str) -> exp.Expr:
    holder = exp.Paren(this=item.tree.copy())
    for found, ref in zip(list(holder.find_all(exp.Column)), item.used, strict=True):
        key = _selected(ref, frame)
        assert key is not None
        found.replace(column(key.name, owner.get(key.name, facts)))
    result: exp.Expr = frame.binder.bound(holder).this
    result.pop()
    return result


def _per_period(
    inner: Aggregate,
    name: str,
    keys: tuple[Output, ...],
    values: tuple[Output, ...],
    period_agg: PeriodAggregation,
) -> Aggregate:
    """A coarser period shows its first, last or average value of the base grain."""
    outer_keys = tuple(Output(k.name, column(k.name, inner.name)) for k in keys)
    outer_values = []
    for value in values:
        stored = column(value.name, inner.name)
        if period_agg is PeriodAggregation.AVERAGE:
            outer_values.append(Output(value.name, nodes.Average(this=stored)))
            continue
        last = period_agg is PeriodAggregation.LAST
        chosen = nodes.FirstBy(this=stored, order=column(BASE_TIME, inner.name), last=last)
        outer_values.append(Output(value.name, chosen))
    return Aggregate(inner, name, outer_keys, tuple(outer_values))


def branch_scope(leaf: Leaf, frame: Frame) -> Scope:
    """The scope of the leaf's own model, its metric_time settled."""
    model = frame.graph.models[leaf.rows.model]
    return Scope(
        frame.graph,
        model,
        frame.binder,
        metric_time=_time_of(leaf, frame),
        query_zone=frame.zone,
        metric_time_grain=frame.metric_time_grain,
    )


def _time_of(leaf: Leaf, frame: Frame) -> DimensionInfo | None:
    name = leaf.rows.time_dimension
    return frame.graph.models[leaf.rows.model].dimensions[name] if name else None
