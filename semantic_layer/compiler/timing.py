"""Time steps of a leaf: windows, offsets and grain-to-date as joins of the facts with a time spine.

Every step replaces the scope's own time by the spine's, so that grouping, time ranges and filters
on metric_time speak of the time the answer shows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlglot import exp

from semantic_layer.compiler import nodes, times
from semantic_layer.compiler.custom_shift import shift_by_custom_grain
from semantic_layer.compiler.expansion import Accumulate, Leaf, Shift, Step, ToGrain, not_available
from semantic_layer.compiler.frame import Condition, Frame
from semantic_layer.compiler.grouping import KeyColumn, standard_grains
from semantic_layer.compiler.names import METRIC_TIME
from semantic_layer.compiler.nodes import conjunction, disjunction, table
from semantic_layer.compiler.periods import Periods, chosen_periods
from semantic_layer.compiler.query_spec import FieldRef, Predicate
from semantic_layer.compiler.rows import filter_parts
from semantic_layer.compiler.scope import Scope, TimeColumn, default_grain, row_filter
from semantic_layer.compiler.spec import STANDARD_GRAINS, Grain, Window
from semantic_layer.compiler.spines import ALIAS, Spine, spine_for
from semantic_layer.errors import QueryError

_OWN = FieldRef(METRIC_TIME)
EVEN = frozenset(g for g in Grain if g.rank <= Grain.WEEK.rank)


def time_keys(scope: Scope, frame: Frame) -> tuple[KeyColumn, ...]:
    """The group-by columns that are the facts' own time, as metric_time or under its own name."""
    if scope.metric_time is None:
        return ()
    return tuple(k for k in frame.keys if scope.is_time(k.ref))


def applicable_steps(leaf: Leaf, frame: Frame, keys: tuple[KeyColumn, ...]) -> tuple[Step, ...]:
    """The steps that matter to this query. Without time in the group-by a window gathers all rows.

    Raises NEEDS_METRIC_TIME for an offset of a query that knows no time.
    """
    offsets = [step for step in leaf.steps if not isinstance(step, Accumulate)]
    if keys:
        return leaf.steps
    if not offsets:
        return ()
    if frame.uses_metric_time and all(isinstance(step, Shift) for step in offsets):
        return tuple(offsets)
    raise QueryError(
        f"'{leaf.measure.name}' is compared with another period here: add metric_time to group_by.",
        code="NEEDS_METRIC_TIME",
        path="group_by",
        suggestions=[METRIC_TIME],
    )


def refuse_copies(leaf: Leaf, steps: tuple[Step, ...], frame: Frame) -> None:
    """A conversion belongs to one base event at one time: refuse what shows that event at several,
    as the last days of a month are a month after the same one."""
    for step in steps:
        plain = isinstance(step, Shift) and step.window.grain in EVEN
        added = isinstance(step, Shift) and not (frame.graph.spines and step.by_spine)
        if not (plain or added):
            raise not_available(f"The conversions of '{leaf.measure.name}' in such an offset")


def base_grain(
    scope: Scope,
    frame: Frame,
    filters: Sequence[Predicate],
    keys: tuple[KeyColumn, ...],
    steps: tuple[Step, ...],
) -> Grain:
    """The grain facts are moved and gathered at: the periods asked for where offsets move those as
    wholes, else a day (or the facts' own), finer when something asks for it."""
    assert scope.metric_time is not None
    own = scope.metric_time.grain
    assert own is not None
    whole = _moved_as_whole(keys, steps)
    if whole is not None and _stays_whole(whole, scope, frame, filters, steps):
        return max(own, whole, key=_rank)
    wanted = [default_grain(scope.metric_time), *standard_grains(keys)]
    for step in steps:
        name = _unit(step)
        custom = scope.graph.custom_grains.get(name or "") if isinstance(step, Shift) else None
        if custom is not None:
            wanted.append(custom.spine.grain)
        elif name:
            wanted.append(standard(name))
        if isinstance(step, Accumulate) and any(
            spine.grain.rank <= own.rank for spine in scope.graph.spines.values()
        ):
            wanted.append(own)
    return max(own, min(wanted, key=_rank), key=_rank)


def _rank(grain: Grain) -> int:
    return grain.rank


def _moved_as_whole(keys: tuple[KeyColumn, ...], steps: tuple[Step, ...]) -> Grain | None:
    """The finest period asked for, when it is no longer than what it is offset by: a month follows
    a month in full, though one has 31 days and the other 28."""
    grains = standard_grains(keys)
    if not grains or len(grains) < len(keys):
        return None
    finest = min(grains, key=_rank)
    if all(_is_whole(finest, step) for step in steps):
        return finest
    return None


def _is_whole(period: Grain, step: Step) -> bool:
    unit = _unit(step)
    if isinstance(step, Accumulate) or unit is None or unit not in STANDARD_GRAINS:
        return False
    if isinstance(step, ToGrain) and period is Grain.WEEK:
        return False
    return period.rank <= Grain(unit).rank


def _stays_whole(
    grain: Grain, scope: Scope, frame: Frame, filters: Sequence[Predicate], steps: tuple[Step, ...]
) -> bool:
    """Whether time range and conditions take each period of the grain as a whole.

    A condition that cuts periods can still choose them, when it speaks of nothing but time and one
    step finds them in a declared spine.
    """
    if any(b is not None and times.floor(b, grain) != b for b in frame.bounds or ()):
        return False
    cutting = [c for c in _conditions(frame, filters) if _cuts(c, grain, scope)]
    on_spine = bool(scope.graph.spines) and not any(
        isinstance(step, Shift) and not step.by_spine for step in steps
    )
    can_choose = on_spine and len(steps) == 1 and all(_is_about_time(c, scope) for c in cutting)
    return not cutting or can_choose


def choosing_conditions(
    scope: Scope,
    frame: Frame,
    filters: Sequence[Predicate],
    grain: Grain,
    steps: tuple[Step, ...],
) -> tuple[Condition, ...]:
    """The conditions on time that choose whole periods of offset facts: shown is each period in
    which they hold at some time."""
    if not steps or any(isinstance(step, Accumulate) for step in steps):
        return ()
    own = scope.metric_time.grain if scope.metric_time is not None else None
    if own is None or grain.rank <= max(own, Grain.DAY, key=_rank).rank:
        return ()
    return tuple(c for c in _conditions(frame, filters) if _cuts(c, grain, scope))


def _conditions(frame: Frame, filters: Sequence[Predicate]) -> list[Condition]:
    return [*frame.where, *filter_parts(filters, frame)]


def _cuts(condition: Condition, grain: Grain, scope: Scope) -> bool:
    for ref in condition.used:
        if scope.is_time(ref):
            cut = scope.whole_grain(ref)
            if cut is None or not grain.fits(cut):
                return True
    return False


def _is_about_time(condition: Condition, scope: Scope) -> bool:
    return all(map(scope.is_time, condition.used))


def _unit(step: Step) -> str | None:
    """The grain a step counts in."""
    if isinstance(step, ToGrain):
        return step.grain
    if isinstance(step, Accumulate) and step.window is None:
        return step.grain_to_date
    return step.window.grain if step.window is not None else None


def standard(name: str) -> Grain:
    """The standard grain of that name; custom ones are refused here."""
    if name not in STANDARD_GRAINS:
        raise not_available(
            f"A window or an offset to the custom grain '{name}'",
            "Say it in days, weeks, months, quarters or years.",
        )
    return Grain(name)


def within_facts(scope: Scope, grain: Grain, period: exp.Expr) -> exp.Expr:
    """Not beyond the last period of `grain` that has facts: nothing there could be compared."""
    latest = nodes.TimeTrunc(this=exp.Max(this=scope.stored_time().local()), unit=grain)
    select = exp.Select(expressions=[latest])
    select.set("from_", exp.From(this=table(scope.model.table, scope.alias)))
    rules = row_filter(scope.model, scope.alias, scope.binder)
    if rules:
        select.set("where", exp.Where(this=conjunction(rules)))
    return exp.LTE(this=period, expression=exp.Subquery(this=select))


@dataclass
class Timing:
    """Applies the steps of one leaf to its scope."""

    scope: Scope
    frame: Frame
    keys: tuple[KeyColumn, ...]
    grain: Grain
    name: str
    choosing: tuple[Condition, ...] = ()
    level: int = 0
    accumulates: bool = False

    def apply(self, steps: tuple[Step, ...]) -> None:
        """Join what the steps need and let the scope's time be the last one's."""
        if self.grain.is_subdaily and self.frame.zone not in (None, times.UTC):
            raise not_available("Windows and offsets below a day in another time zone than UTC")
        facts = self.scope.time_column(self.scope.member(_OWN))
        self.accumulates = any(isinstance(step, Accumulate) for step in steps)
        moment = facts
        for position, step in enumerate(steps):
            last = position == len(steps) - 1
            if isinstance(step, Accumulate):
                moment = self._accumulate(step, moment, last)
            elif isinstance(step, ToGrain):
                moment = self._to_grain(step, moment, last)
            else:
                moment = self._shift(step, moment, facts)
        self.scope.own_time = moment

    # ------------------------------------------------------------ steps

    def _accumulate(self, step: Accumulate, moment: TimeColumn, last: bool) -> TimeColumn:
        spine = self._spine(last)
        # In whole periods cut(moment) <= spine is moment < spine + 1: the facts need not be cut.
        upper = nodes.TimeAdd(this=spine.value(), count=1, unit=self.grain)
        conditions: list[exp.Expr] = [exp.LT(this=moment.local(), expression=upper)]
        if step.window is not None:
            conditions.append(self._after(spine, step.window, moment))
        elif step.grain_to_date is not None:
            unit = standard(step.grain_to_date)
            first = nodes.TimeTrunc(this=spine.value(), unit=unit)
            fits = self.grain.fits(unit)
            value = moment.local() if fits else moment.truncated(self.grain)
            conditions.append(exp.GTE(this=value, expression=first))
        self.scope.early.append((spine.node, "inner", conjunction(conditions)))
        return spine.column

    def _after(self, spine: Spine, window: Window, moment: TimeColumn) -> exp.Expr:
        """cut(moment) > spine - window."""
        unit = standard(window.grain)
        start = nodes.TimeAdd(this=spine.value(), count=-window.count, unit=unit)
        if not self.grain.fits(unit):
            return exp.GT(this=moment.truncated(self.grain), expression=start)
        after = nodes.TimeAdd(this=start, count=1, unit=self.grain)
        return exp.GTE(this=moment.local(), expression=after)

    def _to_grain(self, step: ToGrain, moment: TimeColumn, last: bool) -> TimeColumn:
        spine = self._spine(last)
        first = nodes.TimeTrunc(this=spine.value(), unit=standard(step.grain))
        self._join_equal(spine, moment, first)
        grains = standard_grains(self.keys)
        if grains and self.grain not in grains and not self.accumulates:
            # A coarser period shows the value of its own first day, not one copy for each day.
            starts: list[exp.Expr] = [
                exp.EQ(this=spine.value(), expression=nodes.TimeTrunc(this=spine.value(), unit=g))
                for g in dict.fromkeys(grains)
            ]
            self.scope.where.append(disjunction(starts))
        return spine.column

    def _shift(self, step: Shift, moment: TimeColumn, facts: TimeColumn) -> TimeColumn:
        custom = self.frame.graph.custom_grains.get(step.window.grain)
        if custom is not None:
            self.level += 1
            name, count = f"{self.name}__shift{self.level}", step.window.count
            return shift_by_custom_grain(self.scope, moment, custom, count, self.keys, name)
        unit = standard(step.window.grain)
        if self.frame.graph.spines and step.by_spine:
            spine = self._spine(False)
            before = nodes.TimeAdd(this=spine.value(), count=-step.window.count, unit=unit)
            self._join_equal(spine, moment, before)
            return spine.column
        # Without a spine arithmetic says the same, as far as the facts reach.
        cut = moment.truncated(self.grain)
        later = nodes.TimeAdd(this=cut, count=step.window.count, unit=unit)
        if self.frame.bounds is None or self.frame.bounds[1] is None:
            grain = max([self.grain, *standard_grains(self.keys)], key=_rank)
            period = nodes.TimeTrunc(this=later.copy(), unit=grain)
            self.scope.where.append(within_facts(self.scope, grain, period))
        return TimeColumn(later, self.grain, times.UTC, None, None)

    def _join_equal(self, spine: Spine, moment: TimeColumn, value: exp.Expr) -> None:
        condition = exp.EQ(this=moment.truncated(self.grain), expression=value)
        self.scope.early.append((spine.node, "inner", condition))

    def _spine(self, last: bool) -> Spine:
        """The next spine; a generated one covers the time range only when nothing moves it
        afterwards."""
        self.level += 1
        suffix = f"_{self.level}" if self.level > 1 else ""
        name, alias = f"{self.name}__spine{suffix}", f"{ALIAS}{suffix}"
        if self.choosing:
            return self._chosen_periods(name, alias)
        return spine_for(
            self.frame.graph,
            self.grain,
            self.frame.bounds if last else None,
            self.frame.binder,
            name=name,
            alias=alias,
            fact=self.scope.stored_time(),
            fact_source=self.scope.own_rows(),
        )

    def _chosen_periods(self, name: str, alias: str) -> Spine:
        """The periods in which the conditions hold at some time of a declared spine."""
        graph, binder, own = self.frame.graph, self.frame.binder, self.scope.metric_time
        assert own is not None
        spine = spine_for(graph, default_grain(own), None, binder, name=name, alias=alias)
        asked = Periods((), None, self.choosing, lambda ref: self.scope.default_grain(ref, own))
        return chosen_periods(spine, asked, graph, binder, self.grain)
