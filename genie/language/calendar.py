"""Periods of the calendar: half-open ranges of days with the grain they are named by."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from functools import lru_cache

from rapidfuzz.distance import OSA

from semantic_layer.compiler.spec import Grain
from semantic_layer.compiler.times import add, floor, moved

MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january jan", "february feb", "march mar", "april apr", "may", "june jun",
            "july jul", "august aug", "september sep sept", "october oct", "november nov",
            "december dec",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
GRAINS = {
    "hour": Grain.HOUR, "day": Grain.DAY, "date": Grain.DAY, "week": Grain.WEEK,
    "month": Grain.MONTH, "quarter": Grain.QUARTER, "year": Grain.YEAR,
    "hr": Grain.HOUR, "wk": Grain.WEEK, "mth": Grain.MONTH, "mnth": Grain.MONTH,
    "qtr": Grain.QUARTER, "q": Grain.QUARTER, "yr": Grain.YEAR,
}  # fmt: skip
SEASONS = {"spring": 3, "summer": 6, "autumn": 9, "fall": 9}
"""First months, in the north; a winter belongs to two years, so it is asked about."""
ORDINALS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "1st": 1, "2nd": 2, "3rd": 3,
            "4th": 4, "last": -1, "final": -1}  # fmt: skip
_LONG = 6
"""Months and units of so many letters are known with a letter wrong; shorter ones are too near to
other words."""


WEEKDAYS = {
    name: number
    for number, name in enumerate(
        ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"), start=1
    )
}
"""1 is Monday, as in ISO 8601."""


class Anchor(StrEnum):
    """What a period hangs on: the calendar, a year not said, the clock, the end of the data, the
    period of the question before."""

    FIXED = "fixed"
    YEARLESS = "yearless"
    CLOCK = "clock"
    LATEST = "latest"
    BEFORE = "before"


@dataclass(frozen=True)
class Period:
    """Half-open range of days; None is open. `count` periods of `grain` for what the data's end
    decides (LATEST). `remark` tells what was taken for granted, and `sure` how likely rightly.
    `back` is how many periods of `grain` earlier than the question before it may be meant (`the
    quarter before`)."""

    start: date | None
    end: date | None
    grain: Grain
    anchor: Anchor = Anchor.FIXED
    count: int = 1
    remark: str = ""
    sure: float = 0.85
    back: int = 0

    def in_year(self, year: int) -> Period:
        """The same days of another year; February 29 becomes 28."""
        if self.start is None or self.end is None:
            return self
        years = year - self.start.year
        return replace(
            self, start=plus(self.start, years, Grain.YEAR), end=plus(self.end, years, Grain.YEAR)
        )


def plus(day: date, count: int, grain: Grain) -> date:
    return add(datetime(day.year, day.month, day.day), count, grain).date()


def floored(day: date, grain: Grain) -> date:
    return floor(datetime(day.year, day.month, day.day), grain).date()


def shifted(period: Period, count: int, grain: Grain) -> Period:
    """The period so many grains later, its end with it. Raises QueryError beyond the calendar."""
    start = reached(period.start, count, grain) if period.start else None
    end = reached(period.end, count, grain) if period.end else None
    return replace(period, start=start, end=end)


def reached(day: date, count: int, grain: Grain) -> date:
    """`plus` for a count that somebody wrote. Raises QueryError beyond the calendar."""
    return moved(datetime(day.year, day.month, day.day), count, grain, "query").date()


def of_grain(day: date, grain: Grain, anchor: Anchor = Anchor.FIXED) -> Period:
    """The period of that grain that holds the day."""
    start = floored(day, grain)
    return Period(start, plus(start, 1, grain), grain, anchor)


def grain_of(word: str) -> Grain | None:
    """The grain that a word names, in the singular or plural, short or with a letter wrong."""
    return (
        GRAINS.get(word) or GRAINS.get(word.removesuffix("s")) or GRAINS.get(_near(word, "units"))
    )


def quarter_of(word: str) -> int | None:
    """1 to 4 for `Q1` to `Q4`."""
    return int(word[1]) if len(word) == 2 and word[0] == "q" and word[1] in "1234" else None


def month_of(word: str) -> int | None:
    """1 to 12 for a month's name, short or with a letter wrong."""
    return MONTHS.get(word) or MONTHS.get(_near(word, "months"))


def slip_of(word: str) -> str:
    """The long name of a month or unit that the word is a slip of; empty where it is none."""
    known = word in MONTHS or word.removesuffix("s") in GRAINS
    return "" if known else _near(word, "months") or _near(word, "units")


@lru_cache(maxsize=65_536)
def _near(word: str, kind: str) -> str:
    """The one long name that the word is a slip of; empty where there is none."""
    if len(word) < _LONG - 1 or not word.isalpha():
        return ""
    names = [name for name in (MONTHS if kind == "months" else GRAINS) if len(name) >= _LONG]
    near = [
        name
        for name in names
        if name[0] == word[0]
        and not word.startswith(name)
        and OSA.distance(word, name) <= (1 if len(name) < _LONG + 2 else 2)
    ]
    return near[0] if len(near) == 1 else ""
