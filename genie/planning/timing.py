"""What a question says of time, made into days: against the clock, and against where data ends."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from genie.language.calendar import Anchor, Period, of_grain, shifted
from genie.language.comparisons import Against
from genie.language.times import When
from genie.planning.beyond import is_longer
from genie.planning.draft import Draft
from genie.planning.frame import METRIC_TIME, Frame, Order, Range, time_group
from genie.planning.values import Coverage, ValueSource
from semantic_layer.compiler import measures_of
from semantic_layer.compiler.spec import Grain, WindowChoice

_DAYS_BY_DAY = 62
_DAYS_BY_MONTH = 5 * 366


@dataclass
class Timing:
    """A frame with its time settled. `outside` is what data there is, where a range of the clock
    holds none of it."""

    frame: Frame
    notes: list[str] = field(default_factory=list)
    doubts: list[tuple[float, str]] = field(default_factory=list)
    outside: Coverage | None = None
    same_of_data: Frame | None = None
    """The same question about the latest such period that has data."""


def timed(
    draft: Draft, frame: Frame, source: ValueSource, today: date, before: Range | None = None
) -> Timing:
    """The frame with range, compared period and trend grain; `before` is the range of the question
    that this one goes on from."""
    found = Timing(frame)
    if not (draft.when or draft.trend or draft.against or draft.days or frame.by_time):
        return found
    name = next(iter(frame.metrics), "")
    if name and METRIC_TIME not in draft.catalog.reachable(name):
        found.doubts.append((0.1, f"{draft.catalog.label(name)} has no time"))
        return found
    coverage = source.coverage(name) if name and (draft.when or draft.trend) else None
    if draft.when is not None:
        _range(found, draft, _after(found, draft.when, before), coverage)
    if draft.against is not None:
        _against(found, draft, draft.against, today)
    if draft.trend:
        _trend(found, coverage)
    return found


# ---------------------------------------------------------------- ranges


def _range(found: Timing, draft: Draft, when: When, coverage: Coverage | None) -> None:
    if when.standing:
        _standing(found, draft)
    period = _settled(found, when.period, coverage)
    others = [_settled(found, other, coverage) for other in when.others]
    name = _field(draft)
    versus = when.versus or any(token.word.startswith("compar") for token in draft.tokens)
    moves = period.anchor is Anchor.CLOCK
    if others and versus and _compared(found, period, others):
        others = []
    elif others:
        period = _several(found, period, others, versus)
    chosen = Range(_iso(period.start), _iso(period.end), period.grain.value, name, moves)
    found.frame = replace(found.frame, range=chosen)
    if coverage is not None and not name:
        _inside(found, period, coverage)


def _after(found: Timing, when: When, before: Range | None) -> When:
    """The range with `the quarter before` counted from the question before it."""
    period = when.period
    if not period.back:
        return when
    if period.anchor is not Anchor.BEFORE and before and before.grain != period.grain.value:
        return when
    if before is None or before.start is None or before.end is None:
        if period.anchor is Anchor.BEFORE:
            found.doubts.append((0.3, f"the {period.grain} before which one"))
        return when
    start, end = date.fromisoformat(before.start), date.fromisoformat(before.end)
    whole = Period(start, end, Grain(before.grain))
    if list(Grain).index(period.grain) < list(Grain).index(whole.grain):
        found.doubts.append((0.4, f"which {period.grain} is meant"))
    return replace(when, period=shifted(whole, -period.back, period.grain))


def _standing(found: Timing, draft: Draft) -> None:
    """How things stood at a time is what a metric says that takes the last of a range."""
    graph = draft.catalog.graph
    for name in found.frame.metrics:
        rules = [item.spec.non_additive for item in measures_of(graph, graph.metrics[name])]
        last = all(rule and rule.window_choice is WindowChoice.MAX for rule in rules)
        if not last or found.frame.by_time:
            label = draft.catalog.label(name)
            found.doubts.append((0.4, f"whether {label} up to then is meant, or of that time"))


def _settled(found: Timing, period: Period, coverage: Coverage | None) -> Period:
    last = date.fromisoformat(coverage.last) if coverage else None
    if period.remark:
        found.notes.append(period.remark)
        found.doubts.append((period.sure, "which time is meant"))
    if period.anchor is Anchor.LATEST:
        if last is None:
            found.doubts.append((0.2, "where the data ends"))
            return period
        newest = of_grain(last, period.grain)
        start = shifted(newest, 1 - period.count, period.grain).start
        found.notes.append(f"The data ends on {last}: the latest {period.grain} is counted there.")
        return replace(newest, start=start)
    if period.anchor is Anchor.YEARLESS:
        return _with_year(found, period, last)
    return period


def _with_year(found: Timing, period: Period, last: date | None) -> Period:
    """The latest year in which the period has data, said aloud."""
    edge = period.start or period.end
    if edge is None:
        return period
    year = edge.year
    if last is not None and edge > last:
        year = last.year if edge.replace(year=last.year, day=min(edge.day, 28)) <= last else (
            last.year - 1
        )  # fmt: skip
        found.notes.append(f"No year was named: I took {year}, the latest with data.")
    else:
        found.notes.append(f"No year was named: I took {year}.")
    years = year - edge.year
    found.doubts.append((0.96, "the year"))
    start = shifted(Period(period.start, None, period.grain), years, Grain.YEAR).start
    end = shifted(Period(period.end, None, period.grain), years, Grain.YEAR).start
    return replace(period, start=start, end=end)


def _compared(found: Timing, period: Period, others: list[Period]) -> bool:
    """`2013 vs 2012`: the second stands beside the first."""
    other = others[0]
    if len(others) > 1 or not period.start or not other.start or other.start >= period.start:
        return False
    months = (period.start.year - other.start.year) * 12 + period.start.month - other.start.month
    if period.grain in (Grain.DAY, Grain.WEEK):
        offset = f"{(period.start - other.start).days} days"
    elif months % 12 == 0:
        offset = _span(months // 12, Grain.YEAR)
    elif period.grain is Grain.QUARTER and months % 3 == 0:
        offset = _span(months // 3, Grain.QUARTER)
    else:
        offset = _span(months, Grain.MONTH)
    found.frame = replace(found.frame, compare=offset)
    return True


def _several(found: Timing, period: Period, others: list[Period], versus: bool) -> Period:
    """Some periods together: one range where they touch, else one with holes; set against one
    another they become groups."""
    periods = sorted((period, *others), key=lambda item: item.start or date.min)
    first, last = periods[0], periods[-1]
    if first.start == last.start:
        found.doubts.append((0.3, "which time is set against which"))
    touching = all(a.end == b.start for a, b in zip(periods, periods[1:], strict=False))
    frame = found.frame
    if not touching:
        frame = replace(frame, periods=tuple(_iso(item.start) or "" for item in periods))
    if versus and not frame.by_time:
        group = time_group(first.grain)
        frame = replace(frame, groups=(*frame.groups, group), order=(Order(group.field),))
    found.frame = frame
    return replace(first, end=last.end)


def _field(draft: Draft) -> str:
    """The time dimension that the range is of; empty for the metric's own."""
    term = draft.when_field
    if term is None or not draft.metrics:
        return ""
    graph = draft.catalog.graph
    for measure in measures_of(graph, graph.metrics[draft.metrics[0].name]):
        model = graph.models[measure.model]
        if measure.time_dimension and model.local_name(measure.time_dimension) == term.name:
            return ""
    return term.name


def _inside(found: Timing, period: Period, coverage: Coverage) -> None:
    first, last = date.fromisoformat(coverage.first), date.fromisoformat(coverage.last)
    before = period.end is not None and period.end <= first
    after = period.start is not None and period.start > last
    if not (before or after):
        return
    found.notes.append(f"There is data from {first} to {last} only.")
    if period.anchor is not Anchor.CLOCK:
        found.doubts.append((0.9, "there is no data in that time"))
        return
    found.outside = coverage
    found.doubts.append((0.35, "there is no data in that time"))
    newest = of_grain(last, period.grain)
    start = shifted(newest, 1 - period.count, period.grain).start
    end = newest.end if period.count == 1 or period.grain is not Grain.DAY else (
        last + timedelta(days=1)
    )  # fmt: skip
    kept = Range(_iso(start), _iso(end), period.grain.value)
    found.same_of_data = replace(found.frame, range=kept)


# ---------------------------------------------------------------- compared, over time


def _against(found: Timing, draft: Draft, against: Against, today: date) -> None:
    chosen, grain = found.frame.range, against.grain
    if grain is not None:
        found.frame = replace(found.frame, compare=_span(against.count, grain))
        if against.each and _is_change(draft, found.frame, grain):
            found.frame = replace(found.frame, compare=None)
        longer = chosen is None or is_longer(chosen, grain)
        if against.each and longer and not found.frame.by_time:
            found.frame = found.frame.over_time(grain)
        elif chosen is None and not found.frame.by_time:
            current = of_grain(today, grain, Anchor.CLOCK)
            whole = Range(_iso(current.start), _iso(current.end), grain.value, moves=True)
            found.frame = replace(found.frame, range=whole)
            found.doubts.append((0.6, "which period is compared"))
        return
    if chosen is None or chosen.start is None or chosen.end is None:
        found.doubts.append((0.3, "which period is compared"))
        return
    start, end = date.fromisoformat(chosen.start), date.fromisoformat(chosen.end)
    one = of_grain(start, Grain(chosen.grain))
    whole_period = one.start == start and one.end == end
    offset = _span(1, Grain(chosen.grain)) if whole_period else f"{(end - start).days} days"
    found.frame = replace(found.frame, compare=offset)


def _is_change(draft: Draft, frame: Frame, grain: Grain) -> bool:
    """The metric itself says how much it changed from one such period to the next."""
    infos = [draft.catalog.graph.metrics[name] for name in frame.metrics]
    windows = [item.spec.offset_window for info in infos for item in info.inputs]
    return any(w is not None and w.count == 1 and w.grain == grain.value for w in windows)


def _trend(found: Timing, coverage: Coverage | None) -> None:
    """A grain that gives a readable number of points."""
    if found.frame.by_time:
        return
    chosen = found.frame.range
    start = (chosen.start if chosen else None) or (coverage.first if coverage else None)
    end = (chosen.end if chosen else None) or (coverage.last if coverage else None)
    grain = Grain.MONTH
    if start and end:
        days = (date.fromisoformat(end) - date.fromisoformat(start)).days
        if days <= _DAYS_BY_DAY:
            grain = Grain.DAY
        elif days > _DAYS_BY_MONTH:
            grain = Grain.YEAR
    found.frame = found.frame.over_time(grain)
    found.notes.append(f"Over time is by {grain.value}.")


def _span(count: int, grain: Grain) -> str:
    return f"{count} {grain.value}{'s' if count != 1 else ''}"


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day is not None else None
