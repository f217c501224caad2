"""A branch beside the same one earlier, as a comparison or an offset shows it: the facts are read
and aggregated once, and the periods of the result are moved.

Only where each period moves in full, and to a period of its own or with measures that can be added
up again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlglot import exp

from semantic_layer.compiler import nodes, times
from semantic_layer.compiler.branch import Branch, branch_scope
from semantic_layer.compiler.conditions import bound
from semantic_layer.compiler.expansion import Leaf, Shift, Step, aggregate
from semantic_layer.compiler.expressions import qualified
from semantic_layer.compiler.frame import Frame
from semantic_layer.compiler.gathering import again, can_be_added
from semantic_layer.compiler.grouping import KeyColumn
from semantic_layer.compiler.nodes import column, conjunction
from semantic_layer.compiler.plan import Aggregate, Compute, Filter, Node, Output, Shared
from semantic_layer.compiler.rows import add_condition, add_time_range, filter_parts
from semantic_layer.compiler.scope import Scope, TimeColumn
from semantic_layer.compiler.spec import STANDARD_GRAINS, Grain
from semantic_layer.compiler.timing import EVEN, base_grain, time_keys, within_facts


@dataclass(frozen=True, eq=False)
class Part:
    """One of the branches: `shift` is how much later its periods are shown, None for not at all."""

    name: str
    leaves: Sequence[Leaf]
    shift: Shift | None = None

    def interval(self, bounds: times.Bounds, grain: Grain) -> times.Bounds:
        """When the facts happened that are shown inside the bounds."""
        if self.shift is None:
            return bounds
        count, unit = self.shift.window.count, Grain(self.shift.window.grain)
        start, end = bounds
        return (
            times.before_shift(start, count, unit, grain) if start is not None else None,
            times.before_shift(end, count, unit, grain) if end is not None else None,
        )


def part_of(
    name: str, leaves: Sequence[Leaf], steps: tuple[Step, ...], frame: Frame
) -> Part | None:
    """The branch as a part, unless it has more to do than show the rows, or show them later."""
    first = leaves[0]
    if first.on_spine or first.conversion is not None or first.measure.spec.non_additive:
        return None
    if not steps:
        return Part(name, leaves)
    step = steps[0]
    if len(steps) > 1 or not isinstance(step, Shift) or step.window.grain not in STANDARD_GRAINS:
        return None
    # A declared spine says by itself which periods there are.
    by_spine = step.by_spine and bool(frame.graph.spines)
    return None if by_spine else Part(name, leaves, step)


def aggregated_once(now: Part, earlier: Sequence[Part], frame: Frame) -> dict[str, Branch]:
    """The branches by name, over one aggregate; none where each has to read the facts by itself.

    All parts have the same model, filters and time.
    """
    scope = branch_scope(now.leaves[0], frame)
    keys = time_keys(scope, frame)
    parts = (now, *earlier)
    grain = _shared_grain(scope, frame, keys, earlier)
    if grain is None or not all(_moves(part, grain) for part in parts):
        return {}
    conditions = [*frame.where, *filter_parts(now.leaves[0].filters, frame)]
    if any(scope.is_time(ref) for item in conditions for ref in item.used):
        return {}
    outputs = [Output(key.name, scope.value(key.ref)) for key in frame.keys]
    for item in conditions:
        add_condition(scope, frame, item)
    if scope.looks_up_history:
        return {}
    return _Sharing(scope, frame, keys, grain, parts).branches(outputs)


def _shared_grain(
    scope: Scope, frame: Frame, keys: tuple[KeyColumn, ...], earlier: Sequence[Part]
) -> Grain | None:
    """The one grain that time is asked for by, when all parts move whole periods of it."""
    grain = keys[0].standard_grain if keys else None
    if grain is None or grain.is_subdaily or any(k.standard_grain is not grain for k in keys):
        return None
    for part in earlier:
        leaf = part.leaves[0]
        if base_grain(scope, frame, leaf.filters, keys, leaf.steps) is not grain:
            return None
    bounds = frame.bounds or (None, None)
    whole = all(b is None or times.floor(b, grain) == b for b in bounds)
    return grain if whole else None


def _moves(part: Part, grain: Grain) -> bool:
    """Whether the part's periods can be moved once they are aggregated."""
    if part.shift is None:
        return True
    if part.shift.window.count < 1 or not grain.fits(Grain(part.shift.window.grain)):
        return False
    return _keeps_apart(part.shift, grain) or all(map(can_be_added, part.leaves))


def _keeps_apart(shift: Shift, grain: Grain) -> bool:
    """Whether no two periods become one, as 29 and 28 February do a year later."""
    return (grain in EVEN) == (shift.window.grain in EVEN)


@dataclass(frozen=True, eq=False)
class _Sharing:
    scope: Scope
    frame: Frame
    time_keys: tuple[KeyColumn, ...]
    grain: Grain
    parts: Sequence[Part]

    def branches(self, keys: list[Output]) -> dict[str, Branch]:
        bounds = self.frame.bounds or (None, None)
        intervals = [part.interval(bounds, self.grain) for part in self.parts]
        # An open side of the range is open for all of them.
        starts = [start for start, _ in intervals if start is not None]
        ends = [end for _, end in intervals if end is not None]
        whole = (min(starts, default=None), max(ends, default=None))
        add_time_range(self.scope, whole)
        leaves = {leaf.column: leaf for part in self.parts for leaf in part.leaves}
        alias = self.scope.alias
        values = [
            Output(name, aggregate(leaf.measure, qualified(leaf.measure.expr, alias)))
            for name, leaf in leaves.items()
        ]
        name = f"{self.parts[0].name}__periods"
        once = Aggregate(self.scope.source(), name, tuple(keys), tuple(values))
        models = self.scope.model_names
        return {
            part.name: Branch(
                part.name, tuple(part.leaves), self._shown(part, once, interval, whole), models
            )
            for part, interval in zip(self.parts, intervals, strict=True)
        }

    def _shown(
        self, part: Part, once: Aggregate, interval: times.Bounds, whole: times.Bounds
    ) -> Node:
        """The part's periods of them all, at the time they are shown."""
        happened = column(self.time_keys[0].name, once.name)
        time = TimeColumn(happened, self.grain, times.UTC, None, None, is_cut=True)
        limits: list[exp.Expr] = [
            bound(time, op, moment, self.frame.binder)
            for op, moment, other in zip((exp.GTE, exp.LT), interval, whole, strict=True)
            if moment is not None and moment != other
        ]
        if part.shift is None and not limits:
            return Shared(once, part.name)
        if part.shift is not None and whole[1] is None:
            limits.append(within_facts(self.scope, self.grain, _later(happened.copy(), part.shift)))
        node: Node = Shared(once, once.name)
        node = Filter(node, conjunction(limits)) if limits else node
        keys = tuple(self._key(key, once.name, part.shift) for key in self.frame.keys)
        if part.shift is None or _keeps_apart(part.shift, self.grain):
            values = [Output(x.column, column(x.column, once.name)) for x in part.leaves]
            return Compute(node, part.name, (*keys, *values))
        values = [Output(x.column, again(x, once.name)) for x in part.leaves]
        return Aggregate(node, part.name, keys, tuple(values))

    def _key(self, key: KeyColumn, table: str, shift: Shift | None) -> Output:
        value = column(key.name, table)
        if shift is None or key not in self.time_keys:
            return Output(key.name, value)
        return Output(key.name, _later(value, shift))


def _later(value: exp.Expr, shift: Shift) -> exp.Expr:
    unit = Grain(shift.window.grain)
    return nodes.TimeAdd(this=value, count=shift.window.count, unit=unit)
