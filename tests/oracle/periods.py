"""Calendar arithmetic on naive datetimes, one obvious rule each."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

GRAINS = ("hour", "day", "week", "month", "quarter", "year")
MONTHS = {"month": 1, "quarter": 3, "year": 12}
LENGTHS = {"hour": timedelta(hours=1), "day": timedelta(days=1), "week": timedelta(days=7)}

PARTS: dict[str, Callable[[datetime], int]] = {
    "year": lambda d: d.year,
    "quarter": lambda d: (d.month - 1) // 3 + 1,
    "month": lambda d: d.month,
    "day": lambda d: d.day,
    "dow": lambda d: d.isoweekday(),
    "doy": lambda d: d.timetuple().tm_yday,
}
PART_GRAINS = {
    "year": "year",
    "quarter": "quarter",
    "month": "month",
    "day": "day",
    "dow": "day",
    "doy": "day",
}


def cut(moment: datetime, grain: str) -> datetime:
    """Start of the period; weeks start on Monday."""
    if grain == "hour":
        return moment.replace(minute=0, second=0)
    day = datetime(moment.year, moment.month, moment.day)
    if grain == "day":
        return day
    if grain == "week":
        return day - timedelta(days=day.weekday())
    months = MONTHS[grain]
    return datetime(day.year, (day.month - 1) // months * months + 1, 1)


def later(moment: datetime, count: int, grain: str) -> datetime:
    """`count` periods on; the day is clipped to the month's last."""
    if grain in LENGTHS:
        return moment + count * LENGTHS[grain]
    months = moment.year * 12 + moment.month - 1 + count * MONTHS[grain]
    year, month = months // 12, months % 12 + 1
    return moment.replace(year=year, month=month, day=min(moment.day, monthrange(year, month)[1]))


def periods(first: datetime, before: datetime, grain: str) -> list[datetime]:
    """All periods from the one of `first` to the last that starts before `before`."""
    found = [cut(first, grain)]
    while found[-1] < before:
        found.append(later(found[-1], 1, grain))
    return found[:-1]


def finest(grains: Iterable[str]) -> str:
    return min(grains, key=GRAINS.index)


def coarsest(grains: Iterable[str]) -> str:
    return max(grains, key=GRAINS.index)
