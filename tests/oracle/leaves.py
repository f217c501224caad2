"""A measure by the asked keys: every row at its times, filtered, chosen, grouped, aggregated."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from tests.oracle.aggregates import aggregate
from tests.oracle.conditions import fields_in, holds, parts_of
from tests.oracle.joins import NULLS, Sight, is_own_time, value_of
from tests.oracle.periods import coarsest, cut, finest
from tests.oracle.steps import Bounds, Clock, Step, applicable, base_grain, in_range, moved
from tests.oracle.world import (
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
        return Clock(self.world, self.model, name, question.group_by, question.bounds)

    @property
    def steps(self) -> tuple[Step, ...]:
        return applicable(self.question.steps, self.clock, self.question.asks_time)

    @property
    def conditions(self) -> list[Any]:
        return [*self.question.where, *self.question.filters]

    def sight(self, row: Row) -> Sight:
        sight = Sight(self.model, row, self.clock.name, None, self.question.metric_grain)
        return replace(sight, shown=sight.happened)

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
        seen = moved(rows, steps, self.clock, self.question.metric_grain)
        return self.chosen(
            [
                sight
                for sight in seen
                if in_range(sight.shown, self.question.bounds)
                and holds(self.conditions, self.look(sight)) is True
            ]
        )

    def chosen(self, sights: list[Sight]) -> list[Sight]:
        """Of a semi-additive measure the sights at the first or last time of each grouping."""
        rule = self.measure.get("non_additive_dimension")
        if rule is None:
            return sights
        if any(step.gathers for step in self.steps):
            raise Refused("a window over a semi-additive measure")
        own = rule["name"] == self.clock.name
        item = dimension(self.model, rule["name"]) or {}

        def time(sight: Sight) -> Any:
            found = sight.shown if own else sight.row[expression(item)]
            return None if found is None else cut(found, grain_of(item))

        def group(sight: Sight) -> Key:
            names = [field_of(name) for name in rule.get("window_groupings", ())]
            fields = (*names, *(self.clock.keys if own else ()))
            return tuple(value_of(self.world, sight, field) for field in fields)

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


def leaf(world: World, measure_name: str, question: Question, on_spine: bool = False) -> Values:
    """The measure by the question's keys; without keys always one row."""
    model, measure = world.measure(measure_name)
    facts = Facts(world, measure, model, question)
    sights = facts.sights()
    values = per_period(facts, sights) if _is_coarser(facts) else grouped(facts, sights)
    return joined_to_spine(facts, values) if on_spine and facts.clock.keys else values


def grouped(facts: Facts, sights: list[Sight]) -> Values:
    groups: dict[Key, list[Any]] = {} if facts.question.group_by else {(): []}
    for sight in sights:
        groups.setdefault(facts.key(sight), []).append(facts.value(sight))
    return {key: aggregate(facts.measure, values) for key, values in groups.items()}


def _is_coarser(facts: Facts) -> bool:
    """Whether a cumulative metric is asked for by coarser periods than it gathers."""
    if not any(step.gathers for step in facts.steps):
        return False
    grain = base_grain(facts.clock, facts.steps, facts.question.metric_grain)
    return grain not in facts.clock.key_grains(facts.question.metric_grain)


def per_period(facts: Facts, sights: list[Sight]) -> Values:
    """Base periods first, then the first, last or average of them in each coarser one."""
    groups: dict[Key, dict[Any, list[Any]]] = {}
    for sight in sights:
        times = groups.setdefault(facts.key(sight), {})
        times.setdefault(sight.shown, []).append(facts.value(sight))
    how = facts.question.period_agg
    found: Values = {}
    for key, times in groups.items():
        values = [aggregate(facts.measure, times[time]) for time in sorted(times)]
        known = [v for v in values if v is not None]
        average = sum(known) / len(known) if known else None
        found[key] = {"first": values[0], "last": values[-1], "average": average}[how]
    return found


def joined_to_spine(facts: Facts, values: Values) -> Values:
    """Every period of the spine, with the aggregate where there is one; the query's conditions cut
    the spine, or are put once more where the answer shows what they speak of."""
    question, clock = facts.question, facts.clock
    time = [n for n, f in enumerate(question.group_by) if f in clock.keys]
    grain = finest([*clock.key_grains(question.metric_grain), coarsest(("day", clock.own))])
    sights = [
        replace(facts.sight(NULLS), shown=period) for period in clock.spine(grain, clock.bounds)
    ]
    conditions = parts_of(question.where)
    about_time = [c for c in conditions if _only_time(facts, c)]
    spine = {
        tuple(value_of(facts.world, sight, question.group_by[n]) for n in time)
        for sight in sights
        if in_range(sight.shown, question.bounds) and holds(about_time, facts.look(sight)) is True
    }
    found: Values = {}
    for moment in spine:
        matches = [k for k in values if tuple(k[n] for n in time) == moment]
        for key in matches:
            found[key] = values[key]
        if not matches:
            blank = [None] * len(question.group_by)
            for n, value in zip(time, moment, strict=True):
                blank[n] = value
            found[tuple(blank)] = None
    again = [c for c in conditions if c not in about_time and _is_shown(facts, c)]
    return {key: v for key, v in found.items() if holds(again, _shown(question, key)) is True}


def _only_time(facts: Facts, condition: Any) -> bool:
    names = list(fields_in(condition))
    return not any("(" in n for n in names) and all(
        is_own_time(facts.world, facts.model, facts.clock.name, field_of(n)) for n in names
    )


def _is_shown(facts: Facts, condition: Any) -> bool:
    fields = facts.question.group_by
    return all("(" not in n and field_of(n) in fields for n in fields_in(condition))


def _shown(question: Question, key: Key) -> Callable[[str], Any]:
    return lambda name: key[question.group_by.index(field_of(name))]
