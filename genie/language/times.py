"""Time in a question: ranges, grains, days of the week, comparisons with the past."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from genie.language.calendar import Anchor, Period, grain_of
from genie.language.periods import PeriodReader
from genie.language.words import Token
from semantic_layer.compiler.spec import Grain

DOW = "dow"
_DAYS = {
    name: number
    for number, names in enumerate(
        (
            "monday mondays", "tuesday tuesdays", "wednesday wednesdays", "thursday thursdays",
            "friday fridays", "saturday saturdays", "sunday sundays",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
_DAY_GROUPS = {
    "weekend": (6, 7), "weekends": (6, 7), "weekdays": (1, 2, 3, 4, 5),
    "workdays": (1, 2, 3, 4, 5), "weekday": (1, 2, 3, 4, 5),
}  # fmt: skip
_ADVERBS = {
    "hourly": Grain.HOUR, "daily": Grain.DAY, "weekly": Grain.WEEK, "monthly": Grain.MONTH,
    "quarterly": Grain.QUARTER, "yearly": Grain.YEAR, "annual": Grain.YEAR,
    "annually": Grain.YEAR,
}  # fmt: skip
_OVER = {"yoy": Grain.YEAR, "qoq": Grain.QUARTER, "mom": Grain.MONTH, "wow": Grain.WEEK}
_IN = frozenset({"in", "during", "for", "on", "of", "at", "within", "over", "throughout", "from"})
_SINCE = frozenset({"since", "after", "starting", "from", "beginning"})
_UNTIL = frozenset({"before", "until", "till", "through", "thru"})
_BY = frozenset({"by", "per", "each", "every", "a", "which", "what"})
_VERSUS = frozenset({"vs", "versus", "against", "than", "compared", "comparison", "relative"})
_SETTING = frozenset({"compare", "compares", "differ", "differs", "different", "difference"})
_SETS = frozenset({"to", "with", "against", "from"})
"""`compare to`, `different from`: what follows is what is set against."""
_TREND = frozenset(
    {
        "trend", "trends", "trending", "evolution", "evolve", "evolved", "timeline", "develop",
        "developed", "developing", "development", "progress", "progressed",
    }
)  # fmt: skip
_JOIN = frozenset({"to", "until", "till", "through", "thru", "and", "-", "–", "—"})


@dataclass(frozen=True)
class When:
    """One range. `others` are further periods named with it (`June and August`); `versus` says
    that they are set against one another."""

    period: Period
    others: tuple[Period, ...] = ()
    versus: bool = False


@dataclass(frozen=True)
class By:
    """A grain or date part to group by; `asked` where the question asks which one (`which month`).
    A trend leaves the grain open (None).
    """

    grain: Grain | None = None
    part: str | None = None
    asked: bool = False


@dataclass(frozen=True)
class OnDays:
    """Only these days of the week, 1 being Monday."""

    days: tuple[int, ...]


@dataclass(frozen=True)
class Against:
    """Beside the same metrics one offset earlier; the length of the range where `grain` is None."""

    grain: Grain | None = None
    count: int = 1
    each: bool = False
    """Every period against the one before: `month over month`."""


TimePart = When | By | OnDays | Against


@dataclass(frozen=True)
class TimeMention:
    """Tokens `first` up to but not including `after` say `part`."""

    first: int
    after: int
    part: TimePart


def time_mentions(tokens: Sequence[Token], today: date) -> list[TimeMention]:
    """All that may be said of time; mentions may overlap, longer ones are the better reading."""
    reader = _TimeReader(tokens, today)
    return [mention for at in range(len(tokens)) for mention in reader.at(at)]


class _TimeReader:
    def __init__(self, tokens: Sequence[Token], today: date) -> None:
        self._tokens = tokens
        self._periods = PeriodReader(tokens, today)
        self._word = self._periods.word

    def at(self, at: int) -> Iterator[TimeMention]:
        readers = (
            self._between, self._bounded, self._plain, self._grain, self._adverb, self._trend,
            self._days, self._over, self._against,
        )  # fmt: skip
        for reader in readers:
            found = reader(at)
            if found is not None:
                part, after = found
                yield TimeMention(at, after, part)

    # ------------------------------------------------------------ ranges

    def _read(self, at: int) -> tuple[Period, int] | None:
        if at >= len(self._tokens):
            return None
        place = at + 1 if self._word(at) == "the" else at
        return self._periods.read(at) or (
            self._periods.read(place) if place < len(self._tokens) else None
        )

    def _between(self, at: int) -> tuple[TimePart, int] | None:
        """`between March and May 2013`, `from 2 to 9 July`, `Jan - Mar 2013`."""
        opening = self._word(at)
        start = at + 1 if opening in ("between", "from") else at
        first = self._read(start)
        if first is not None and start > at and _is_span(first[0]):
            return When(first[0]), first[1]
        if first is None or self._word(first[1]) not in _JOIN:
            return None
        if self._word(first[1]) == "and" and opening != "between":
            return None
        second = self._read(first[1] + 1)
        if second is None:
            return None
        low, high = _same_year(first[0], second[0])
        if low.start is None or high.end is None or high.end <= low.start:
            return None
        weaker = low if low.anchor is not Anchor.FIXED else high
        return When(replace(weaker, start=low.start, end=high.end, grain=low.grain)), second[1]

    def _bounded(self, at: int) -> tuple[TimePart, int] | None:
        """`since March`, `after 2012`, `before July`, `until June 2013`."""
        word = self._word(at)
        place = at + 2 if word == "up" and self._word(at + 1) in ("to", "until") else at + 1
        found = self._read(place) if word in _SINCE | _UNTIL or place == at + 2 else None
        if found is None:
            return None
        period, after = found
        if word == "from" and self._word(after) not in ("on", "onward", "onwards"):
            return None
        if word in ("from", "starting", "beginning") and self._word(after).startswith("on"):
            after += 1
        if word in _SINCE:
            start = period.end if word == "after" else period.start
            return When(replace(period, start=start, end=None)), after
        end = period.start if word == "before" else period.end
        return When(replace(period, start=None, end=end)), after

    def _plain(self, at: int) -> tuple[TimePart, int] | None:
        """`in 2013`, `Q2`, `in June and August 2013`, `2013 vs 2012`."""
        place = at + 1 if self._word(at) in _IN else at
        found = self._read(place)
        if found is None:
            return None
        periods, after, versus = [found[0]], found[1], False
        compared = self._word(at - 1) in ("compare", "comparing")
        while True:
            following, joined_by_versus = self._joined(after, compared=compared)
            if following is None or following[0].grain is not periods[0].grain:
                break
            periods.append(following[0])
            after, versus = following[1], versus or joined_by_versus
        years = [p for p in periods if p.anchor is Anchor.FIXED and p.start is not None]
        if years:
            periods = [
                period
                if versus and _same_days(period, years[-1])
                else _in_year_of(period, years[-1])
                for period in periods
            ]
        return When(periods[0], tuple(periods[1:]), versus), after

    def _joined(self, after: int, *, compared: bool) -> tuple[tuple[Period, int] | None, bool]:
        place, versus = after, False
        if self._word(place) == ",":
            place += 1
        if compared and self._word(place) in ("with", "to", "and"):
            versus, place = True, place + 1
        elif self._word(place) in ("and", "or", "vs", "versus", "against"):
            versus = self._word(place) not in ("and", "or")
            place += 1
        elif self._word(place).startswith("compar") and self._word(place + 1) in ("to", "with"):
            versus, place = True, place + 2
        if place == after:
            return None, False
        if self._word(place) in _IN:
            place += 1
        found = self._read(place)
        if found is not None and found[0].anchor in (Anchor.CLOCK, Anchor.LATEST):
            return None, False
        return found, versus

    # ------------------------------------------------------------ grains and days

    def _grain(self, at: int) -> tuple[TimePart, int] | None:
        """`by month`, `per day of the week`, `which quarter`, `month by month`."""
        word = self._word(at)
        if word not in _BY and not (word in ("for", "in", "across") and self._each(at + 1)):
            repeated = grain_of(word)
            if repeated and self._word(at + 1) in ("by", "on") and self._word(at + 2) == word:
                return By(repeated), at + 3
            return None
        place = at + 1
        while self._word(place) in ("each", "every", "the", "calendar", "single"):
            place += 1
        asked = word in ("which", "what")
        part = self._part(place)
        if part is not None:
            return By(None, part[0], asked), part[1]
        grain = grain_of(self._word(place))
        if grain is None or (word == "a" and self._word(place + 1) == "ago"):
            return None
        if word == "by" and self._word(place + 1) == "of":
            return None
        return By(grain, None, asked), place + 1

    def _each(self, at: int) -> bool:
        return self._word(at) in ("each", "every")

    def _part(self, at: int) -> tuple[str, int] | None:
        """A part of a date: `day of the week`, `weekday`, `month of the year`."""
        word = self._word(at)
        if word in ("weekday", "weekdays", "dow"):
            return DOW, at + 1
        place = at + 2 if self._word(at + 1) == "of" else at + 1
        place = place + 1 if self._word(place) == "the" else place
        whole = self._word(place)
        if word in ("day", "days") and whole == "week":
            return DOW, place + 1
        if word == "day" and self._word(at + 1) == "of" and whole in ("month", "year"):
            return ("day" if whole == "month" else "doy"), place + 1
        if word in ("month", "quarter") and self._word(at + 1) == "of" and whole == "year":
            return word, place + 1
        return None

    def _adverb(self, at: int) -> tuple[TimePart, int] | None:
        grain = _ADVERBS.get(self._word(at))
        if grain is None:
            return None
        return By(grain), at + 2 if self._word(at + 1) in ("basis", "trend") else at + 1

    def _trend(self, at: int) -> tuple[TimePart, int] | None:
        word = self._word(at)
        if word == "over" and self._word(at + 1) == "time":
            return By(), at + 2
        if word == "through" and self._word(at + 1) == "time":
            return By(), at + 2
        if word in _TREND:
            return By(), at + 1
        return None

    def _days(self, at: int) -> tuple[TimePart, int] | None:
        """`on weekends`, `on Mondays and Fridays`."""
        place = at
        while self._word(place) in ("on", "during", "at", "over", "the", "every", "each"):
            place += 1
        if self._word(at) in ("from", "between") or self._word(at + 1) in ("to", "through"):
            return self._day_range(place + (self._word(place) in ("from", "between")))
        days: list[int] = []
        if self._word(place) == "business" and self._word(place + 1) == "days":
            return OnDays((1, 2, 3, 4, 5)), place + 2
        while True:
            word = self._word(place)
            found = _DAY_GROUPS.get(word) or ((_DAYS[word],) if word in _DAYS else None)
            if found is None:
                break
            days.extend(found)
            place += 1
            if self._word(place) in ("and", "or", ",") and self._is_day(place + 1):
                place += 1
        return (OnDays(tuple(dict.fromkeys(days))), place) if days else None

    def _day_range(self, at: int) -> tuple[TimePart, int] | None:
        """`from Monday to Friday`, `Tuesday through Thursday`."""
        first, last = _DAYS.get(self._word(at)), _DAYS.get(self._word(at + 2))
        if first is None or last is None or self._word(at + 1) not in _JOIN or first >= last:
            return None
        return OnDays(tuple(range(first, last + 1))), at + 3

    def _is_day(self, at: int) -> bool:
        return self._word(at) in _DAYS or self._word(at) in _DAY_GROUPS

    # ------------------------------------------------------------ against the past

    def _over(self, at: int) -> tuple[TimePart, int] | None:
        """`YoY`, `month over month`."""
        grain = _OVER.get(self._word(at))
        after = at + 1
        if grain is None:
            grain = grain_of(self._word(at))
            if grain is None or self._word(at + 1) not in ("over", "on"):
                return None
            if self._word(at + 2) != self._word(at):
                return None
            after = at + 3
        while self._word(after) in ("change", "changes", "growth", "comparison", "difference"):
            after += 1
        return Against(grain, each=True), after

    def _against(self, at: int) -> tuple[TimePart, int] | None:
        """`vs last year`, `compared to the previous period`, `than the month before`."""
        setting = self._word(at) in _SETTING and self._word(at + 1) in _SETS
        if self._word(at) not in _VERSUS and not setting:
            return None
        place = at + 2 if setting else at + 1
        while self._word(place) in ("to", "with", "the", "same", "in"):
            place += 1
        said = self._word(place)
        unit = place + 1 if said in ("last", "previous", "prior", "preceding") else place
        if self._word(unit) in ("period", "time", "timeframe", "one") and unit > place:
            return Against(), unit + 1
        if self._word(place) in ("period", "time", "month", "quarter", "week", "day"):
            later = place + 1
            while self._word(later) in ("of", "in", "the"):
                later += 1
            if self._word(later) in ("last", "previous", "prior"):
                grain = grain_of(self._word(later + 1))
                return (Against(grain), later + 2) if grain else None
        grain = grain_of(self._word(unit))
        if grain is None:
            return None
        after = unit + 1
        if unit > place:
            return Against(grain), after
        if self._word(after) in ("before", "earlier", "prior", "ago"):
            return Against(grain), after + 1
        return None


def _is_span(period: Period) -> bool:
    """Some days on end that are no period of the calendar: `5 to 11 October`."""
    if period.grain is not Grain.DAY or period.start is None or period.end is None:
        return False
    return period.anchor is not Anchor.CLOCK and (period.end - period.start).days > 1


def _same_days(period: Period, other: Period) -> bool:
    """`October compared to October last year`: the first has a year of its own."""
    if period.anchor is not Anchor.YEARLESS or period.start is None or other.start is None:
        return False
    return (period.start.month, period.start.day) == (other.start.month, other.start.day)


def _in_year_of(period: Period, other: Period) -> Period:
    if period.anchor is not Anchor.YEARLESS or other.start is None:
        return period
    return replace(period.in_year(other.start.year), anchor=Anchor.FIXED)


def _same_year(first: Period, second: Period) -> tuple[Period, Period]:
    """`March and May 2013` are both of 2013."""
    if first.anchor is Anchor.YEARLESS and second.anchor is Anchor.FIXED and second.start:
        moved = replace(first.in_year(second.start.year), anchor=Anchor.FIXED)
        if moved.start and moved.start > second.start:
            moved = moved.in_year(second.start.year - 1)
        return moved, second
    if second.anchor is Anchor.YEARLESS and first.anchor is Anchor.FIXED and first.start:
        return first, replace(second.in_year(first.start.year), anchor=Anchor.FIXED)
    yearless = first.anchor is second.anchor is Anchor.YEARLESS
    if yearless and first.start and second.start and first.start > second.start:
        return first.in_year(second.start.year), second
    return first, second
