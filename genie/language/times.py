"""Time in a question: ranges, grains, days of the week, comparisons with the past."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from genie.language.calendar import WEEKDAYS, Anchor, Period, grain_of
from genie.language.comparisons import Against, ComparisonReader
from genie.language.cursor import UP_TO
from genie.language.periods import Edge, PeriodReader
from genie.language.words import Token
from semantic_layer.compiler.spec import Grain

DOW = "dow"
_DAY_GROUPS = {
    "weekend": (6, 7), "weekends": (6, 7), "weekdays": (1, 2, 3, 4, 5),
    "workdays": (1, 2, 3, 4, 5), "weekday": (1, 2, 3, 4, 5),
}  # fmt: skip
_WEEKDAY_PARTS = frozenset({"weekday", "weekdays", "dow"})
_ADVERBS = {
    "hourly": Grain.HOUR, "daily": Grain.DAY, "weekly": Grain.WEEK, "monthly": Grain.MONTH,
    "quarterly": Grain.QUARTER, "yearly": Grain.YEAR, "annual": Grain.YEAR,
    "annually": Grain.YEAR,
}  # fmt: skip
_IN = frozenset({"in", "during", "for", "on", "of", "at", "within", "over", "throughout", "from"})
_SINCE = frozenset({"since", "after", "starting", "from", "beginning", "post"})
_UNTIL = frozenset({"before", "until", "till", "through", "thru", "pre"})
_TWO_WORDS = {
    ("prior", "to"): "before", ("earlier", "than"): "before", ("later", "than"): "after",
    ("up", "to"): "until", ("up", "until"): "until",
}  # fmt: skip
_EXCLUSIVE = frozenset({"after", "post"})
_EXCLUDED = frozenset({"before", "pre"})
_BY = frozenset({"by", "per", "each", "every", "a", "which", "what"})
_TREND = frozenset(
    {
        "trend", "trends", "trending", "evolution", "evolve", "evolved", "timeline", "develop",
        "developed", "developing", "development", "progress", "progressed",
    }
)  # fmt: skip


@dataclass(frozen=True)
class When:
    """One range. `others` are further periods named with it (`June and August`); `versus` says
    that they are set against one another. `standing` asks how things stood when it ended: `at the
    end of June`, `as of 1 July`."""

    period: Period
    others: tuple[Period, ...] = ()
    versus: bool = False
    standing: bool = False


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
class Beside:
    """A period that the one named before is set against: `compared with September`."""

    period: Period


TimePart = When | By | OnDays | Against | Beside


@dataclass(frozen=True)
class TimeMention:
    """Tokens `first` up to but not including `after` say `part`."""

    first: int
    after: int
    part: TimePart


def grouping_said(word: str) -> By | None:
    """What the word alone groups by: `month`, `weekday`."""
    if word in _WEEKDAY_PARTS:
        return By(None, DOW)
    grain = grain_of(word)
    return None if grain is None else By(grain)


def time_mentions(tokens: Sequence[Token], today: date) -> list[TimeMention]:
    """All that may be said of time; mentions may overlap, longer ones are the better reading."""
    reader = _TimeReader(tokens, today)
    return [mention for at in range(len(tokens)) for mention in reader.at(at)]


class _TimeReader:
    def __init__(self, tokens: Sequence[Token], today: date) -> None:
        self._tokens = tokens
        self._periods = PeriodReader(tokens, today)
        self._comparisons = ComparisonReader(tokens, today)
        self._word = self._periods.word

    def at(self, at: int) -> Iterator[TimeMention]:
        readers = (
            self._between, self._bounded, self._from_edge, self._standing, self._always,
            self._plain, self._grain, self._adverb, self._trend, self._days,
            self._comparisons.over, self._comparisons.against, self._beside,
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
        if first is None or self._word(first[1]) not in UP_TO:
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
        """`since March`, `after 2012`, `before July`, `until June 2013`, `prior to 2024`."""
        word, place = self._word(at), at + 1
        two = _TWO_WORDS.get((word, self._word(at + 1)))
        if two is not None:
            word, place = two, at + 2
        if word not in _SINCE | _UNTIL:
            return None
        found = self._read(place) or self._periods.weekday(place)
        if found is None or found[0].anchor is Anchor.BEFORE:
            return None
        period, after = found
        if word == "from" and self._word(after) not in ("on", "onward", "onwards"):
            return None
        if word in ("from", "starting", "beginning") and self._word(after).startswith("on"):
            after += 1
        if word in _SINCE:
            start = period.end if word in _EXCLUSIVE else period.start
            return When(replace(period, start=start, end=None)), after
        end = period.start if word in _EXCLUDED else period.end
        return When(replace(period, start=None, end=end)), after

    def _from_edge(self, at: int) -> tuple[TimePart, int] | None:
        """`since the start of 2024`, `until the end of June`."""
        word = self._word(at)
        found = self._periods.edge(at + 1) if word in _SINCE | _UNTIL else None
        if found is None:
            return None
        edge, period, after = found
        day = period.start if edge is Edge.START else period.end
        if word in _SINCE:
            return When(replace(period, start=day, end=None)), after
        return When(replace(period, start=None, end=day)), after

    def _standing(self, at: int) -> tuple[TimePart, int] | None:
        """`at the end of June`, `as of 1 July`: how things stood then."""
        if self._word(at) == "as" and self._word(at + 1) in ("of", "at"):
            ended = self._periods.edge(at + 2)
            found = (ended[1], ended[2]) if ended else self._read(at + 2)
            if found is None or found[0].anchor in (Anchor.BEFORE, Anchor.LATEST):
                return None
            return When(replace(found[0], start=None), standing=True), found[1]
        ended = self._periods.edge(at + 1 if self._word(at) in ("at", "by") else at)
        if ended is None or ended[0] is not Edge.END:
            return None
        return When(ended[1], standing=True), ended[2]

    def _always(self, at: int) -> tuple[TimePart, int] | None:
        """`of all time`, `ever`, `since the beginning`."""
        place = at + 1 if self._word(at) in ("of", "for", "over", "across") else at
        if self._word(place) == "all" and self._word(place + 1) == "time":
            return When(Period(None, None, Grain.DAY)), place + 2
        return None

    def _beside(self, at: int) -> tuple[TimePart, int] | None:
        """`compared with September`, far from the period that it is compared with."""
        place = self._comparisons.start(at)
        if place is None:
            return None
        place = place + 1 if self._word(place) in _IN else place
        found = self._read(place)
        if found is None or found[0].anchor not in (Anchor.FIXED, Anchor.YEARLESS):
            return None
        return Beside(found[0]), found[1]

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
        return _in_their_years(periods, versus=versus), after

    def _joined(self, after: int, *, compared: bool) -> tuple[tuple[Period, int] | None, bool]:
        place, versus = after, False
        if self._word(place) == ",":
            place += 1
        compared_to = self._comparisons.start(place)
        if compared and self._word(place) in ("with", "to", "and"):
            versus, place = True, place + 1
        elif compared_to is not None:
            versus, place = True, compared_to
        elif self._word(place) in ("and", "or"):
            place += 1
        if place == after:
            return None, False
        if self._word(place) in _IN:
            place += 1
        found = self._read(place)
        if found is not None and found[0].anchor in (Anchor.CLOCK, Anchor.LATEST, Anchor.BEFORE):
            return None, False
        return found, versus

    # ------------------------------------------------------------ grains and days

    def _grain(self, at: int) -> tuple[TimePart, int] | None:
        """`by month`, `per day of the week`, `which quarter`, `month by month`."""
        word = self._word(at)
        if word not in _BY and not (word in ("for", "in", "across") and self._each(at + 1)):
            repeated = grain_of(word)
            if repeated and self._word(at + 1) == "by" and self._word(at + 2) == word:
                return By(repeated), at + 3
            return None
        place = at + 1
        while self._word(place) in ("each", "every", "the", "calendar", "single", "iso"):
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
        if word in _WEEKDAY_PARTS:
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
            day = _day(word)
            found = _DAY_GROUPS.get(word) or (None if day is None else (day,))
            if found is None:
                break
            days.extend(found)
            place += 1
            if self._word(place) in ("and", "or", ",") and self._is_day(place + 1):
                place += 1
        return (OnDays(tuple(dict.fromkeys(days))), place) if days else None

    def _day_range(self, at: int) -> tuple[TimePart, int] | None:
        """`from Monday to Friday`, `Tuesday through Thursday`."""
        first, last = _day(self._word(at)), _day(self._word(at + 2))
        if first is None or last is None or self._word(at + 1) not in UP_TO or first >= last:
            return None
        return OnDays(tuple(range(first, last + 1))), at + 3

    def _is_day(self, at: int) -> bool:
        return _day(self._word(at)) is not None or self._word(at) in _DAY_GROUPS


def _day(word: str) -> int | None:
    """1 to 7 for `Monday` or `Mondays` to `Sunday`."""
    return WEEKDAYS.get(word.removesuffix("s"))


def _is_span(period: Period) -> bool:
    """Some days on end that are no period of the calendar: `5 to 11 October`."""
    if period.grain is not Grain.DAY or period.start is None or period.end is None:
        return False
    return period.anchor is not Anchor.CLOCK and (period.end - period.start).days > 1


def set_beside(when: When, other: Period) -> When:
    """The range with what it is set against."""
    return _in_their_years([when.period, *when.others, other], versus=True)


def _in_their_years(periods: Sequence[Period], *, versus: bool) -> When:
    """Periods named together: those without a year take that of the last that has one."""
    years = [p for p in periods if p.anchor is Anchor.FIXED and p.start is not None]
    if years:
        last = years[-1]
        periods = [
            period if versus and _same_days(period, last) else _in_year_of(period, last)
            for period in periods
        ]
    return When(periods[0], tuple(periods[1:]), versus)


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
