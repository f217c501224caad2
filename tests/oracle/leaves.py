"""A measure by the asked keys: every row at its times, filtered, chosen, grouped, aggregated."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from tests.oracle.aggregates import aggregate
from tests.oracle.conditions import fields_in, holds, parts_of
from tests.oracle.joins import NULLS, Sight, value_of
from tests.oracle.periods import coarsest, cut, finest
from tests.oracle.steps import (
    Bounds,
    Clock,
    Step,
    applicable,
    base_grain,
    choosing,
    in_range,
    moved,
)
from tests.oracle.world import (
    TERM,
    Field,
    Key,
    Model,
    Refused,
    Row,
    World,
    clock_of,
    dimension,
    expression,
    field_of,
    grain_of,
    local,
)

METRIC_IN_FILTER = re.compile(r"Metric\('(\w+)', group_by=\['(\w+)'\]\)")
Values = dict[Key, Any]


@dataclass(frozen=True)
class Question:
    """What is asked of a leaf: keys, the query's conditions and range, and what the metrics around
    it add. `by_entity` answers `Metric()` in a filter."""

    group_by: tuple[Field, ...]
    where: tuple[Any, ...]
    bounds: Bounds
    metric_grain: str
    by_entity: Callable[[str, str], Values]
    filters: tuple[Any, ...] = ()
    steps: tuple[Step, ...] = ()
    period_agg: str = "first"

    def inside(self, filters: Any, *steps: Step) -> Question:
        """The question put to something further in."""
        return replace(self, filters=(*self.filters, *filters), steps=(*steps, *self.steps))

    @property
    def asks_time(self) -> bool:
        names = [*self.group_by, *map(field_of, fields_in(self.where))]
        return self.bounds != (None, None) or any(f.is_metric_time for f in names)


@dataclass(frozen=True)
class Facts:
    """The rows behind a measure, as one question sees them."""

    world: World
    measure: dict[str, Any]
    model: Model
    question: Question

    @property
    def clock(self) -> Clock:
        name = clock_of(self.model, self.measure)
        question = self.question
        conditions = tuple(parts_of(self.conditions))
        return Clock(self.world, self.model, name, question.group_by, question.bounds, conditions)

    @property
    def steps(self) -> tuple[Step, ...]:
        return applicable(self.question.steps, self.clock, self.question.asks_time)

    @property
    def conditions(self) -> list[Any]:
        return [*self.question.where, *self.question.filters]

    def sight(self, row: Row) -> Sight:
        sight = Sight(self.model, row, self.clock.name, None, self.question.metric_grain)
        item = dimension(self.model, str(self.clock.name)) or {}
        return replace(sight, shown=local(self.world, item, sight.happened))

    def look(self, sight: Sight) -> Callable[[str], Any]:
        """What a filter's names are for the sight."""

        def value(name: str) -> Any:
            found = METRIC_IN_FILTER.match(name)
            if found is None:
                return value_of(self.world, sight, field_of(name), whole=True)
            metric, entity = found.groups()
            key = value_of(self.world, sight, field_of(entity))
            values = self.question.by_entity(metric, entity)
            return None if key is None else values.get((key,))

        return value

    def sights(self) -> list[Sight]:
        """All rows at all their times that pass every condition. Refuses what means nothing even
        where there are no rows."""
        nothing = self.sight(NULLS)
        for field in self.question.group_by:
            value_of(self.world, nothing, field)
        holds(self.conditions, self.look(nothing))
        for name in fields_in(self.conditions):
            self.look(nothing)(name)
        if self.question.bounds != (None, None) and self.clock.name is None:
            raise Refused("the measure has no time dimension")
        rows = [self.sight(row) for row in self.world.rows[self.model["name"]]]
        steps = self.steps
        clock, grain = self.clock, self.question.metric_grain
        seen = moved(rows, steps, clock, grain)
        chosen = choosing(clock, steps, grain)
        remaining = [c for c in parts_of(self.conditions) if c not in chosen]
        return self.chosen(
            [
                sight
                for sight in seen
                if in_range(sight.shown, self.question.bounds)
                and holds(remaining, self.look(sight)) is True
            ]
        )

    def chosen(self, sights: list[Sight]) -> list[Sight]:
        """Of a semi-additive measure the sights at the first or last time of each grouping."""
        rule = self.measure.get("non_additive_dimension")
        if rule is None:
            return sights
        own = rule["name"] == self.clock.name
        gathered = any(step.gathers for step in self.steps)
        item = dimension(self.model, rule["name"]) or {}

        def time(sight: Sight) -> Any:
            # As stored where it is not moved: the later of two hours of one name is the later one.
            shown = own and bool(self.steps) and not gathered
            found = sight.shown if shown else sight.row[expression(item)]
            return None if found is None else cut(found, grain_of(item))

        def group(sight: Sight) -> Key:
            names = [field_of(name) for name in rule.get("window_groupings", ())]
            fields = (*names, *(self.clock.keys if own and not gathered else ()))
            key = tuple(value_of(self.world, sight, field) for field in fields)
            return (sight.shown, *key) if gathered else key

        best: dict[Key, Any] = {}
        choose = min if rule.get("window_choice", "min") == "min" else max
        for sight in sights:
            if (found := time(sight)) is not None:
                best[group(sight)] = choose(best.get(group(sight), found), found)
        return [s for s in sights if time(s) is not None and time(s) == best.get(group(s))]

    def key(self, sight: Sight) -> Key:
        return tuple(value_of(self.world, sight, field) for field in self.question.group_by)

    def value(self, sight: Sight) -> Any:
        expr = expression(self.measure)
        return int(expr) if expr.isdigit() else sight.row[expr]


def leaf(
    world: World,
    measure_name: str,
    question: Question,
    on_spine: bool = False,
    fill: Any = None,
) -> Values:
    """The measure by the question's keys; without keys always one row. `fill` stands for nulls in
    an average over the periods of the spine."""
    model, measure = world.measure(measure_name)
    facts = Facts(world, measure, model, question)
    sights = facts.sights()
    on_spine = on_spine and bool(facts.clock.keys)
    if not _is_coarser(facts):
        values = grouped(facts, sights)
        return joined_to_spine(facts, values) if on_spine else values
    values = by_base_period(facts, sights)
    if not on_spine:
        return per_period(facts, values)
    every = joined_to_spine(facts, values, _base(facts))
    if question.period_agg == "average":
        every = {key: fill if value is None else value for key, value in every.items()}
    return per_period(facts, every)


def grouped(facts: Facts, sights: list[Sight]) -> Values:
    groups: dict[Key, list[Any]] = {} if facts.question.group_by else {(): []}
    for sight in sights:
        groups.setdefault(facts.key(sight), []).append(facts.value(sight))
    return {key: aggregate(facts.measure, values) for key, values in groups.items()}


def _base(facts: Facts) -> str:
    return base_grain(facts.clock, facts.steps, facts.question.metric_grain)


def _is_coarser(facts: Facts) -> bool:
    """Whether a cumulative metric is asked for by coarser periods than it gathers."""
    if not any(step.gathers for step in facts.steps):
        return False
    return _base(facts) not in facts.clock.key_grains(facts.question.metric_grain)


def by_base_period(facts: Facts, sights: list[Sight]) -> Values:
    """The aggregate by the period it was gathered for, then the keys."""
    groups: dict[Key, list[Any]] = {}
    for sight in sights:
        groups.setdefault((sight.shown, *facts.key(sight)), []).append(facts.value(sight))
    return {key: aggregate(facts.measure, values) for key, values in groups.items()}


def per_period(facts: Facts, values: Values) -> Values:
    """The first, last or average of the base periods in each coarser one."""
    groups: dict[Key, list[Any]] = {}
    for key in sorted(values, key=lambda key: key[0]):
        groups.setdefault(key[1:], []).append(values[key])
    how = CHOSEN[facts.question.period_agg]
    return {key: how(found) for key, found in groups.items()}


def _average(values: list[Any]) -> Any:
    known = [v for v in values if v is not None]
    return sum(known) / len(known) if known else None


CHOSEN: dict[str, Callable[[list[Any]], Any]] = {
    "first": lambda values: values[0],
    "last": lambda values: values[-1],
    "average": _average,
}


def joined_to_spine(facts: Facts, values: Values, base: str | None = None) -> Values:
    """Every period of the spine, with the aggregate where there is one; conditions on time cut the
    spine, the query's others are put once more where the answer shows what they speak of.

    With `base` the keys begin with a period of that grain, and meet by it.
    """
    question, clock = facts.question, facts.clock
    time = [n for n, f in enumerate(question.group_by) if f in clock.keys]
    about_time = [c for c in clock.conditions if clock.about_time(c)]
    found: Values = {}
    for moment in clock.spine(base or _spine_grain(facts, about_time), clock.bounds):
        if not clock.allows(moment, about_time):
            continue
        sight = replace(facts.sight(NULLS), shown=moment)
        shown = {n: value_of(facts.world, sight, question.group_by[n]) for n in time}
        lead = () if base is None else (moment,)
        matches = [k for k in values if _meets(k, lead, shown)]
        for key in matches:
            found[key] = values[key]
        if not matches:
            found[lead + tuple(shown.get(n) for n in range(len(question.group_by)))] = None
    again = [c for c in parts_of(question.where) if c not in about_time and _is_shown(facts, c)]
    start = 0 if base is None else 1
    return {k: v for k, v in found.items() if holds(again, _shown(question, k[start:])) is True}


def _meets(key: Key, lead: Key, shown: dict[int, Any]) -> bool:
    if lead:
        return key[:1] == lead
    return all(key[n] == value for n, value in shown.items())


def _spine_grain(facts: Facts, conditions: list[Any]) -> str:
    """As fine as the keys, the conditions on time and a day, or the facts' own where coarser."""
    clock = facts.clock
    asked = [field_of(name).grain for name in fields_in(conditions)]
    asked += clock.key_grains(facts.question.metric_grain)
    standard = [grain for grain in asked if grain is not None and grain != TERM]
    return finest([*standard, coarsest(("day", clock.own))])


def _is_shown(facts: Facts, condition: Any) -> bool:
    fields = facts.question.group_by
    return all("(" not in n and field_of(n) in fields for n in fields_in(condition))


def _shown(question: Question, key: Key) -> Callable[[str], Any]:
    return lambda name: key[question.group_by.index(field_of(name))]
