"""Columns that tell when: their grain, and which one a table's rows are counted by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from catalog.analysis.profile import Column, Family, Table
from catalog.analysis.words import listed, singular

_ALMOST_ALL = 0.995

_HAPPENED = listed(
    "date day occurred happened event transaction txn trans order ordered sale sold invoice "
    "invoiced booking booked purchase purchased posted snapshot asof as measured observed "
    "recorded visit start started begin began issued placed flight trip pickup call admission "
    "admitted session timestamp ts datetime time reading opened signup joined registered hire "
    "hired payment paid period month"
)
_LATER = listed(
    "due end ended expiry expires expiration expected ship shipped delivery delivered closed "
    "close completed cancelled canceled returned renewal valid termination terminated "
    "discharge resolved commit receipt birth dob to until dropoff arrival last next churned "
    "required"
)
_OF_THE_ROW = frozenset({"created", "inserted", "entered"})
_BY_MACHINES = listed(
    "updated modified loaded load ingested ingestion etl dbt synced extracted changed "
    "processed refreshed batch import imported sys"
)


@dataclass(frozen=True)
class TimeColumn:
    """A column of times: how to read it as one (`expr`, None: as it is), and its grain.

    `score` says how much it is the time that the rows of the table are about, 0 to 1.
    """

    column: str
    grain: str
    expr: str | None
    score: float
    confidence: float
    evidence: dict[str, Any]


def time_columns(table: Table) -> list[TimeColumn]:
    """The time columns of a table, the one that its rows are about first."""
    found = [
        reading for column in table.columns if (reading := _reading(table, column)) is not None
    ]
    return sorted(found, key=lambda time: (-time.score, table.column(time.column).position))


def _reading(table: Table, column: Column) -> TimeColumn | None:
    if column.family in (Family.DATE, Family.TIMESTAMP):
        grain = _grain(column)
        evidence = {
            **column.measured,
            "from": str(column.minimum),
            "to": str(column.maximum),
            "grain": grain,
        }
        confidence = 0.97 if column.non_null else 0.6
        return TimeColumn(column.name, grain, None, _score(table, column), confidence, evidence)
    if column.family is Family.TEXT:
        return _of_text(table, column)
    return _of_integer(table, column) if column.family is Family.INTEGER else None


def _grain(column: Column) -> str:
    many = column.distinct >= 3
    if many and column.share("is_year_start") >= 1:
        return "year"
    if many and column.share("is_quarter_start") >= 1:
        return "quarter"
    if many and column.share("is_month_start") >= 1:
        return "month"
    if column.family is Family.DATE or (column.non_null and column.share("is_day") >= 1):
        return "day"
    if column.non_null and column.share("is_hour") >= 1:
        return "hour"
    return "minute" if column.non_null and column.share("is_minute") >= 1 else "second"


def _of_text(table: Table, column: Column) -> TimeColumn | None:
    """Dates written as text, where every value that is not blank can be read the same way."""
    blank = column.share("is_blank")
    filled = 1 - blank
    if not filled or not column.non_null:
        return None
    name = quoted(column.name)
    value = f"NULLIF(TRIM({name}), '')" if blank else name
    for pattern, expr, grain in (
        ("is_iso_date", f"CAST({value} AS DATE)", "day"),
        ("is_iso_time", f"CAST({value} AS TIMESTAMP)", "second"),
        ("is_parted_date", _parted(column, value), "day"),
        ("is_slashed_date", _slashed(value), "day"),
        ("is_named_date", _month_named(value), "day"),
        ("is_compact_date", _compact(value), "day"),
    ):
        share = column.share(pattern) / filled
        if share >= 1 and expr is not None:
            return _read_as(table, column, expr, grain, pattern, share)
    return None


def _read_as(
    table: Table, column: Column, expr: str, grain: str, pattern: str, share: float
) -> TimeColumn:
    evidence = {
        **column.measured,
        "written_as": pattern.removeprefix("is_"),
        "values_that_look_so": round(share, 4),
    }
    sure = 0.9 if not column.is_exact else 0.95
    return TimeColumn(column.name, grain, expr, _score(table, column) * 0.95, sure, evidence)


def _parted(column: Column, value: str) -> str | None:
    """Day and month in the order that the values themselves prove; None where none does."""
    day_first, month_first = column.counts.get("is_day_first"), column.counts.get("is_month_first")
    if bool(day_first) == bool(month_first):
        return None
    day, month = (1, 4) if day_first else (4, 1)
    parts = (7, 4), (month, 2), (day, 2)
    texts = ", '-', ".join(f"SUBSTRING({value}, {start}, {size})" for start, size in parts)
    return f"CAST(CONCAT({texts}) AS DATE)"


def _slashed(text: str) -> str:
    parts = ((1, 4), (6, 2), (9, 2))
    texts = ", '-', ".join(f"SUBSTRING({text}, {start}, {size})" for start, size in parts)
    return f"CAST(CONCAT({texts}) AS DATE)"


_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def _month_named(text: str) -> str:
    """03-Feb-2025: the month by its English name."""
    number = " ".join(f"WHEN '{name}' THEN '{at:02}'" for at, name in enumerate(_MONTHS, 1))
    month = f"CASE LOWER(SUBSTRING({text}, 4, 3)) {number} END"
    year, day = f"SUBSTRING({text}, 8, 4)", f"SUBSTRING({text}, 1, 2)"
    return f"CAST(CONCAT({year}, '-', {month}, '-', {day}) AS DATE)"


def _compact(text: str) -> str:
    parts = ((1, 4), (5, 2), (7, 2))
    texts = ", '-', ".join(f"SUBSTRING({text}, {start}, {size})" for start, size in parts)
    return f"CAST(CONCAT({texts}) AS DATE)"


def _of_integer(table: Table, column: Column) -> TimeColumn | None:
    """Dates written as numbers, 20250131: the keys of date dimensions; and Unix times."""
    low, high = column.minimum, column.maximum
    if not isinstance(low, int) or not isinstance(high, int):
        return None
    if set(column.words) & _MOMENTS:
        for unit, per_second in _UNIX_UNITS:
            if _UNIX_FROM * per_second <= low <= high <= _UNIX_TO * per_second:
                return _read_as(
                    table, column, _unix(column, unit), "second", f"is_unix_{unit}", 1.0
                )
    said = column.says("date", "day", "dt", "dateid", "datekey")
    if not said or low < 19_000_101 or high > 22_001_231:
        return None
    if any(not (1 <= n // 100 % 100 <= 12 and 1 <= n % 100 <= 31) for n in (low, high)):
        return None
    expr = _compact(f"CAST({quoted(column.name)} AS VARCHAR)")
    return _read_as(table, column, expr, "day", "is_compact_date", 1.0)


_MOMENTS = listed("ts time timestamp epoch unix at on date datetime ms millis utc seen")
_UNIX_FROM, _UNIX_TO = 631_152_000, 4_102_444_800
"""1990 and 2100 in seconds: numbers of other things named so are rarely all in between."""
_UNIX_UNITS = (("seconds", 1), ("milliseconds", 1_000), ("microseconds", 1_000_000))


def _unix(column: Column, unit: str) -> str:
    """Seconds since 1970 in UTC; parts of a second are left out."""
    seconds = quoted(column.name)
    if unit != "seconds":
        per_second = dict(_UNIX_UNITS)[unit]
        seconds = f"CAST(FLOOR({seconds} / {per_second}) AS BIGINT)"
    return f"CAST('1970-01-01' AS TIMESTAMP) + INTERVAL '1' SECOND * {seconds}"


def quoted(name: str) -> str:
    """The column's name as expressions of models write it."""
    plain = name.isascii() and name.replace("_", "a").isalnum() and not name[0].isdigit()
    return name if plain else '"' + name.replace('"', '""') + '"'


def _score(table: Table, column: Column) -> float:
    """How much it is the time that the rows are about."""
    words = set(column.words)
    filled = column.non_null / column.rows if column.rows else 1.0
    own = bool({singular(word) for word in words} & {singular(word) for word in table.words})
    score = 0.5
    if words & _BY_MACHINES:
        score = 0.1
    elif words & _LATER:
        score = 0.3
    elif words & _OF_THE_ROW:
        score = 0.55
    elif words & _HAPPENED:
        score = 0.7
    if own and score >= 0.3:
        score += 0.2
    if column.family is Family.DATE or column.family is Family.TIMESTAMP:
        score += 0.02
    return round(min(1.0, score) * (0.3 + 0.7 * filled), 4)
