"""Points in time, periods and zones, in plain Python: nothing here reads a clock.

Local times are naive datetimes in the query's zone; `now` always comes from the caller.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from semantic_layer.compiler.query_spec import TimeRange
from semantic_layer.compiler.spec import Grain
from semantic_layer.errors import Malformed, QueryError

UTC = "UTC"

_FIXED: dict[Grain, timedelta] = {
    Grain.NANOSECOND: timedelta(microseconds=1),
    Grain.MICROSECOND: timedelta(microseconds=1),
    Grain.MILLISECOND: timedelta(milliseconds=1),
    Grain.SECOND: timedelta(seconds=1),
    Grain.MINUTE: timedelta(minutes=1),
    Grain.HOUR: timedelta(hours=1),
    Grain.DAY: timedelta(days=1),
    Grain.WEEK: timedelta(weeks=1),
}
_MONTHS = {Grain.MONTH: 1, Grain.QUARTER: 3, Grain.YEAR: 12}


def floor(moment: datetime, grain: Grain) -> datetime:
    """Start of the period the moment lies in; weeks start on Monday."""
    if grain in (Grain.NANOSECOND, Grain.MICROSECOND):
        return moment
    if grain is Grain.MILLISECOND:
        return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
    moment = moment.replace(microsecond=0)
    if grain is Grain.SECOND:
        return moment
    moment = moment.replace(second=0)
    if grain is Grain.MINUTE:
        return moment
    moment = moment.replace(minute=0)
    if grain is Grain.HOUR:
        return moment
    moment = moment.replace(hour=0)
    if grain is Grain.WEEK:
        return moment - timedelta(days=moment.weekday())
    if grain is Grain.DAY:
        return moment
    months = _MONTHS[grain]
    return moment.replace(day=1, month=(moment.month - 1) // months * months + 1)


def add(moment: datetime, count: int, grain: Grain) -> datetime:
    """`count` periods later (or earlier); the day is clipped to the month's last, as both engines
    do. Beyond the calendar's ends its first or last moment, as in `<= '9999-12-31'`."""
    try:
        return _added(moment, count, grain)
    except (OverflowError, ValueError):
        return datetime.max if count > 0 else datetime.min


def moved(moment: datetime, count: int, grain: Grain, path: str = "time_range") -> datetime:
    """`add` for spans that somebody asked for. Raises QueryError beyond the calendar's ends, where
    `add` would quietly take its first or last moment."""
    try:
        return _added(moment, count, grain)
    except (OverflowError, ValueError):
        raise QueryError(
            f"{abs(count)} {grain}s from {moment.date()} reach beyond the calendar, which goes "
            f"from {date.min} to {date.max}: ask for fewer.",
            code="TIME_OUT_OF_RANGE",
            path=path,
        ) from None


def _added(moment: datetime, count: int, grain: Grain) -> datetime:
    if grain in _FIXED:
        return moment + count * _FIXED[grain]
    month = moment.month - 1 + count * _MONTHS[grain]
    year, month = moment.year + month // 12, month % 12 + 1
    return moment.replace(year=year, month=month, day=min(moment.day, monthrange(year, month)[1]))


def before_shift(moment: datetime, count: int, unit: Grain, grain: Grain) -> datetime:
    """The first period of `grain` that begins at the moment or after it, once it is moved by
    `count` units."""
    found = floor(add(moment, -count, unit), grain)
    while (earlier := add(found, -1, grain)) < found and add(earlier, count, unit) >= moment:
        found = earlier
    while add(found, count, unit) < moment:
        found = add(found, 1, grain)
    return found


def ceiling(moment: datetime, grain: Grain) -> datetime:
    """The moment itself when a period starts there, else the start of the next one."""
    start = floor(moment, grain)
    return start if start == moment else add(start, 1, grain)


def local(moment: date | datetime, zone: str) -> datetime:
    """A naive datetime in the zone; what has no zone is taken to be in it already."""
    if not isinstance(moment, datetime):
        return datetime(moment.year, moment.month, moment.day)
    if moment.tzinfo is None:
        return moment
    return _in_zone(moment, zone)


def between_zones(moment: datetime, source: str, target: str) -> datetime:
    """Naive time in one zone -> naive time of the same instant in another."""
    if source == target:
        return moment
    return _in_zone(moment.replace(tzinfo=ZoneInfo(source)), target)


def _in_zone(aware: datetime, zone: str) -> datetime:
    try:
        return aware.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    except OverflowError:  # within a day of the calendar's ends, where no offset matters
        return aware.replace(tzinfo=None)


def parse_moment(text: str, path: str) -> date | datetime:
    """An ISO 8601 date or timestamp. Raises QueryError."""
    written = text.strip()
    try:
        if len(written) == 10:
            return date.fromisoformat(written)
        return datetime.fromisoformat(written)
    except ValueError:
        raise QueryError(
            f"'{text[:40]}' is not a date: write 2024-01-31 or 2024-01-31T13:00:00.",
            path=path,
            code="INVALID_TIME",
        ) from None


def constant(moment: datetime) -> date | datetime:
    """The value to bind: a date where that says it all, so that date columns are compared as
    dates."""
    return moment.date() if moment == floor(moment, Grain.DAY) else moment


Bounds = tuple[datetime | None, datetime | None]


def bounds_of(asked: TimeRange | None, now: datetime | None, zone: str) -> Bounds | None:
    """The half-open local range. `last: n` means the n periods up to and with the current one.

    Raises QueryError when it is empty, Malformed when it is relative and `now` is not given.
    """
    if asked is None:
        return None
    if asked.last is None and asked.this is None:
        start = local(asked.start, zone) if asked.start is not None else None
        end = local(asked.end, zone) if asked.end is not None else None
        if start is not None and end is not None and start >= end:
            raise QueryError(
                f"The time range is empty: start {start.isoformat()} is not before end "
                f"{end.isoformat()} "
                "(the end is not included).",
                code="EMPTY_TIME_RANGE",
                path="time_range",
            )
        return start, end
    if now is None:
        raise Malformed("A relative time range needs the current time.")
    grain = Grain(asked.this or asked.grain or Grain.DAY)
    current = floor(local(now, zone), grain)
    count = asked.last or 1
    return moved(current, 1 - count, grain), add(current, 1, grain)


@lru_cache(maxsize=512)
def has_whole_hours(zone: str) -> bool:
    """Whether the zone's offset has always been whole hours since 1970, so that hours start
    together with UTC's."""
    info = ZoneInfo(zone)
    for year in range(1970, 2038):
        for month in (1, 7):
            offset = datetime(year, month, 1, tzinfo=info).utcoffset() or timedelta()
            if offset % timedelta(hours=1):
                return False
    return True
