"""How rows move in time: windows, offsets and grain-to-date, as a list of the times a row shows.

A step takes each sight of a row to the periods it counts in. The time spine is the declared
calendar, or the periods from the facts' first to their last.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from tests.oracle.conditions import fields_in, holds
from tests.oracle.joins import NULLS, Sight, is_own_time, value_of
from tests.oracle.periods import GRAINS, coarsest, cut, finest, later, periods
from tests.oracle.world import (
    TERM,
    Field,
    Model,
    Refused,
    World,
    dimension,
    expression,
    field_of,
    grain_of,
    local,
)

Bounds = tuple[datetime | None, datetime | None]


@dataclass(frozen=True)
class Step:
    """`kind`: window, to_date, all (of a cumulative metric); offset, to_grain (of an input);
    compare (of the query)."""

    kind: str
    count: int = 0
    grain: str | None = None

    @property
    def gathers(self) -> bool:
        return self.kind in ("window", "to_date", "all")


@dataclass(frozen=True)
class Clock:
    """The facts of one model on one of its time dimensions, and how a question asks for time."""

    world: World
    model: Model
    name: str | None
    group_by: tuple[Field, ...]
    bounds: Bounds
    conditions: tuple[Any, ...] = ()

    @property
    def own(self) -> str:
        """The grain the facts are kept by."""
        return grain_of(dimension(self.model, str(self.name)) or {})

    @property
    def keys(self) -> tuple[Field, ...]:
        """The group-by fields that are the facts' own time."""
        fields = self.group_by
        return tuple(f for f in fields if is_own_time(self.world, self.model, self.name, f))

    def key_grains(self, metric_grain: str) -> list[str]:
        """The standard grains time is asked for by."""
        grains = []
        for field in self.keys:
            if field.part is None and field.grain != TERM:
                default = metric_grain if field.is_metric_time else coarsest(("day", self.own))
                grains.append(field.grain or default)
        return grains

    def moments(self) -> list[datetime]:
        item = dimension(self.model, str(self.name)) or {}
        rows = self.world.rows[self.model["name"]]
        times = [local(self.world, item, row[expression(item)]) for row in rows]
        return [time for time in times if time is not None]

    def spine(self, grain: str, bounds: Bounds = (None, None)) -> list[datetime]:
        """All periods of time itself: the declared ones, or as far as bounds and facts reach."""
        days = self.world.days
        if days is not None and GRAINS.index(grain) >= GRAINS.index("day"):
            return sorted({cut(day, grain) for day in days})
        start, end = bounds
        moments = self.moments()
        if not moments and (start is None or end is None):
            return []
        first = cut(start if start is not None else min(moments), grain)
        last = end if end is not None else cut(max(moments), grain) + timedelta(microseconds=1)
        return periods(first, last, grain) if first < last else []

    # ------------------------------------------------------------ conditions on time

    def is_time(self, name: str) -> bool:
        return "(" not in name and is_own_time(self.world, self.model, self.name, field_of(name))

    def about_time(self, condition: Any) -> bool:
        """Whether the condition speaks of nothing but the facts' own time."""
        return all(map(self.is_time, fields_in(condition)))

    def cutting(self, grain: str) -> list[Any]:
        """The conditions that may take a part of a period only."""
        return [
            condition
            for condition in self.conditions
            if any(
                self.is_time(name) and not consists_of(field_of(name).grain, grain)
                for name in fields_in(condition)
            )
        ]

    def allows(self, moment: datetime, conditions: Iterable[Any]) -> bool:
        """Whether range and conditions on time hold for a moment of time itself."""
        sight = Sight(self.model, NULLS, self.name, moment)

        def look(name: str) -> Any:
            return value_of(self.world, sight, field_of(name), whole=True)

        return in_range(moment, self.bounds) and holds(list(conditions), look) is True


def consists_of(period: str | None, of: str) -> bool:
    """Whether a period is made of whole ones of another grain; a stored time or a part is not."""
    if period is None or period == TERM:
        return False
    even = period == of or "week" not in (period, of)
    return even and GRAINS.index(of) <= GRAINS.index(period)


def applicable(steps: tuple[Step, ...], clock: Clock, asks_time: bool) -> tuple[Step, ...]:
    """The steps that matter: without time in the group-by a window gathers all rows."""
    if clock.keys:
        return steps
    offsets = tuple(step for step in steps if not step.gathers)
    if not offsets:
        return ()
    if asks_time and all(step.kind != "to_grain" for step in offsets):
        return offsets
    raise Refused("an offset needs metric_time")


def base_grain(clock: Clock, steps: tuple[Step, ...], metric_grain: str) -> str:
    """What rows are moved by: the period asked for, where every step moves it in full; else a day,
    or finer where something asks for it, as far as kept."""
    whole = whole_period(clock, steps, metric_grain)
    if whole is not None:
        return coarsest((clock.own, whole))
    wanted = [coarsest(("day", clock.own)), *clock.key_grains(metric_grain)]
    for step in steps:
        if step.grain == TERM:
            if step.kind == "compare" or step.gathers or step.kind == "to_grain":
                raise Refused("only offsets go by a custom grain")
            wanted.append("day")
        elif step.grain is not None:
            wanted.append(step.grain)
    return coarsest((clock.own, finest(wanted)))


def whole_period(clock: Clock, steps: tuple[Step, ...], metric_grain: str) -> str | None:
    """The finest period asked for, when no step, bound or condition takes a part of it."""
    asked = clock.key_grains(metric_grain)
    if not steps or not asked or len(asked) < len(clock.keys):
        return None
    period = finest(asked)
    if not all(_takes_whole(step, period) for step in steps):
        return None
    if any(bound is not None and cut(bound, period) != bound for bound in clock.bounds):
        return None
    cutting = clock.cutting(period)
    chosen = clock.world.days is not None and [step.kind for step in steps] != ["compare"]
    if cutting and not (chosen and len(steps) == 1 and all(map(clock.about_time, cutting))):
        return None
    return period


def _takes_whole(step: Step, period: str) -> bool:
    """A month goes to the next month in full; a day of it has no place in a shorter one."""
    if step.gathers or step.grain == TERM or (step.kind == "to_grain" and period == "week"):
        return False
    return GRAINS.index(period) <= GRAINS.index(str(step.grain))


def choosing(clock: Clock, steps: tuple[Step, ...], metric_grain: str) -> list[Any]:
    """The conditions that choose whole periods: shown is each in which they hold on some day."""
    if not steps or any(step.gathers for step in steps):
        return []
    grain = base_grain(clock, steps, metric_grain)
    longer = GRAINS.index(grain) > GRAINS.index(coarsest((clock.own, "day")))
    return clock.cutting(grain) if longer else []


def moved(
    sights: list[Sight], steps: tuple[Step, ...], clock: Clock, metric_grain: str
) -> list[Sight]:
    """Every sight at every time it shows after the steps, the innermost first."""
    grain = base_grain(clock, steps, metric_grain) if steps else "day"
    if grain == "hour" and clock.world.zone is not None:
        raise Refused("hours are moved in UTC only")
    gathered = any(step.gathers for step in steps)
    chosen = choosing(clock, steps, metric_grain)
    for position, step in enumerate(steps):
        bounds = clock.bounds if position == len(steps) - 1 else (None, None)
        ways = Ways(step, clock, grain, bounds, clock.key_grains(metric_grain), gathered, chosen)
        times = {s.shown: list(ways.of(s.shown)) for s in sights if s.shown is not None}
        sights = [
            replace(s, shown=time) for s in sights if s.shown is not None for time in times[s.shown]
        ]
    return sights


@dataclass(frozen=True)
class Ways:
    """Where one step takes a moment."""

    step: Step
    clock: Clock
    grain: str
    bounds: Bounds
    key_grains: list[str]
    gathered: bool
    chosen: list[Any]

    def spine(self, bounds: Bounds) -> list[datetime]:
        """The periods to show; of a declared calendar those with a day that conditions choose."""
        if not self.chosen:
            return self.clock.spine(self.grain, bounds)
        clock = replace(self.clock, bounds=(None, None))
        days = [d for d in clock.spine("day") if clock.allows(d, self.chosen)]
        return sorted({cut(day, self.grain) for day in days})

    def of(self, moment: datetime) -> Iterator[datetime]:
        at = cut(moment, self.grain)
        if self.step.gathers:
            yield from (p for p in self.spine(self.bounds) if self.counts(at, p))
        elif self.step.kind == "to_grain":
            yield from (p for p in self.spine(self.bounds) if self.shows(at, p))
        elif self.step.grain == TERM:
            yield from self.terms_later(at)
        elif self.step.kind == "offset" and self.clock.world.days is not None:
            back = -self.step.count
            grain = str(self.step.grain)
            yield from (p for p in self.spine((None, None)) if later(p, back, grain) == at)
        else:
            yield from self.reached(later(at, self.step.count, str(self.step.grain)))

    def counts(self, at: datetime, period: datetime) -> bool:
        """Whether a cumulative metric of this period gathers what happened then."""
        if at > period:
            return False
        if self.step.kind == "window":
            return at > later(period, -self.step.count, str(self.step.grain))
        return self.step.kind == "all" or at >= cut(period, str(self.step.grain))

    def shows(self, at: datetime, period: datetime) -> bool:
        """Whether this period shows that moment as the first one of its grain. A coarser period
        shows it by its own first day alone."""
        if at != cut(period, str(self.step.grain)):
            return False
        asked = self.key_grains
        if not asked or self.grain in asked or self.gathered:
            return True
        return any(period == cut(period, g) for g in asked)

    def terms_later(self, at: datetime) -> Iterator[datetime]:
        """The n-th day of a term goes to the n-th of a later one; all of them to its first, where
        the question is by term."""
        days = self.clock.world.days or {}
        terms = sorted({term for term in days.values() if term is not None})
        by_term = {term: sorted(d for d in days if days[d] == term) for term in terms}
        here = days.get(at)
        if here is None or terms.index(here) + self.step.count >= len(terms):
            return
        target = by_term[terms[terms.index(here) + self.step.count]]
        whole = all(f.grain == TERM for f in self.clock.keys) and bool(self.clock.keys)
        place = 0 if whole else by_term[here].index(at)
        if place < len(target):
            yield target[place]

    def reached(self, time: datetime) -> Iterator[datetime]:
        """The time itself, unless it lies beyond the last period that has facts."""
        if self.clock.bounds[1] is None:
            grain = coarsest((self.grain, *self.key_grains))
            if cut(time, grain) > cut(max(self.clock.moments()), grain):
                return
        yield time


def in_range(moment: datetime | None, bounds: Bounds) -> bool:
    """Half-open; a time that is not known lies in no range."""
    if bounds == (None, None):
        return True
    start, end = bounds
    return (
        moment is not None and (start is None or moment >= start) and (end is None or moment < end)
    )


def named(kind: str, text: Any) -> Step:
    """A step of `7 days`, or of a grain alone."""
    words = str(text).split()
    if len(words) == 1:
        return Step(kind, 0, words[0])
    return Step(kind, int(words[0]), words[1].removesuffix("s"))


def bounds_of(query: dict[str, Any]) -> Bounds:
    """The query's time range."""
    asked = query.get("time_range") or {}
    start, end = (
        datetime.fromisoformat(asked[side]) if asked.get(side) else None
        for side in ("start", "end")
    )
    return start, end
