"""What is said of time, read on Friday, 10 January 2014."""

from __future__ import annotations

from datetime import date

import pytest

from genie.language.comparisons import Against
from genie.language.times import Beside, By, OnDays, When, time_mentions
from genie.language.words import tokenize
from semantic_layer.compiler.spec import Grain

TODAY = date(2014, 1, 10)


def longest(text: str) -> object:
    found = time_mentions(tokenize(text), TODAY)
    return max(found, key=lambda item: item.after - item.first).part if found else None


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("in 2013", "2013-01-01", "2014-01-01"),
        ("Q2 2013", "2013-04-01", "2013-07-01"),
        ("the second half of 2013", "2013-07-01", "2014-01-01"),
        ("between March and May 2013", "2013-03-01", "2013-06-01"),
        ("from 2 July 2013 to 9 July 2013", "2013-07-02", "2013-07-10"),
        ("since November 2013", "2013-11-01", None),
        ("before July 2013", None, "2013-07-01"),
        ("until June 2013", None, "2013-07-01"),
        ("after 2012", "2013-01-01", None),
        ("last quarter", "2013-10-01", "2014-01-01"),
        ("in the last 30 days", "2013-12-11", "2014-01-10"),
        ("this week", "2014-01-06", "2014-01-13"),
        ("yesterday", "2014-01-09", "2014-01-10"),
        ("year to date", "2014-01-01", "2014-01-11"),
        ("3 months ago", "2013-10-01", "2013-11-01"),
        ("on July 4, 2013", "2013-07-04", "2013-07-05"),
        ("2013-07-04", "2013-07-04", "2013-07-05"),
        ("25/12/2013", "2013-12-25", "2013-12-26"),
        ("the first week of July 2013", "2013-07-01", "2013-07-08"),
        ("December", "2013-12-01", "2014-01-01"),
    ],
)
def test_ranges(text: str, start: str | None, end: str | None) -> None:
    part = longest(f"orders {text}")
    assert isinstance(part, When)
    found = (part.period.start, part.period.end)
    assert tuple(day and day.isoformat() for day in found) == (start, end)


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("by month", By(Grain.MONTH)),
        ("weekly", By(Grain.WEEK)),
        ("which day of the week", By(None, "dow", asked=True)),
        ("over time", By()),
        ("on weekends", OnDays((6, 7))),
        ("on Mondays and Fridays", OnDays((1, 5))),
        ("vs last year", Against(Grain.YEAR)),
        ("compared to the previous period", Against()),
        ("month over month", Against(Grain.MONTH, each=True)),
    ],
)
def test_grains_days_and_comparisons(text: str, part: object) -> None:
    assert longest(f"orders {text}") == part


@pytest.mark.parametrize("text", ["03/04/2013", "may I see orders", "the march"])
def test_what_is_not_sure_is_no_time(text: str) -> None:
    assert longest(text) is None or not isinstance(longest(text), When)


SATURDAY = date(2026, 11, 28)
RANGES = """
last q = 2026-07-01 2026-10-01
last yr = 2025-01-01 2026-01-01
this qtr = 2026-10-01 2027-01-01
in octber = 2026-10-01 2026-11-01
novemebr 2025 = 2025-11-01 2025-12-01
last quater = 2026-07-01 2026-10-01
the day before yesterday = 2026-11-26 2026-11-27
the month before last = 2026-09-01 2026-10-01
the year before last = 2024-01-01 2025-01-01
last weekend = 2026-11-21 2026-11-23
this weekend = 2026-11-28 2026-11-30
last Friday = 2026-11-27 2026-11-28
last Saturday = 2026-11-21 2026-11-22
since Monday = 2026-11-23 -
until last Friday = - 2026-11-28
week 46 = 2026-11-09 2026-11-16
week 50 = 2025-12-08 2025-12-15
week 46 of 2025 = 2025-11-10 2025-11-17
KW 3 2025 = 2025-01-13 2025-01-20
2025-W46 = 2025-11-10 2025-11-17
month to date = 2026-11-01 2026-11-29
qtd = 2026-10-01 2026-11-29
so far this year = 2026-01-01 2026-11-29
since the start of 2024 = 2024-01-01 -
since the beginning of the year = 2026-01-01 -
since the end of March = 2026-04-01 -
until the end of June 2026 = - 2026-07-01
before the start of 2025 = - 2025-01-01
since last December = 2025-12-01 -
last December = 2025-12-01 2026-01-01
last Q4 = 2025-10-01 2026-01-01
this March = 2026-03-01 2026-04-01
March last year = 2025-03-01 2025-04-01
last five weeks = 2026-10-19 2026-11-23
the last couple of months = 2026-09-01 2026-11-01
a couple of weeks ago = 2026-11-09 2026-11-16
trailing 28 days = 2026-10-31 2026-11-28
H1 = 2026-01-01 2026-07-01
2025 H1 = 2025-01-01 2025-07-01
2H 2025 = 2025-07-01 2026-01-01
Jan-Mar 2025 = 2025-01-01 2025-04-01
2023-2025 = 2023-01-01 2026-01-01
5-11 October 2025 = 2025-10-05 2025-10-12
31.12.2025 = 2025-12-31 2026-01-01
01.02.2025 = 2025-02-01 2025-02-02
2025/03 = 2025-03-01 2025-04-01
March '25 = 2025-03-01 2025-04-01
the 24th of December = 2025-12-24 2025-12-25
the fourth of July 2025 = 2025-07-04 2025-07-05
in the year 2025 = 2025-01-01 2026-01-01
the whole of 2025 = 2025-01-01 2026-01-01
in the month of May = 2026-05-01 2026-06-01
the final quarter of 2025 = 2025-10-01 2026-01-01
for the year ended March 2025 = 2024-04-01 2025-04-01
12 months to March 2025 = 2024-04-01 2025-04-01
prior to 2024 = - 2024-01-01
earlier than March 2025 = - 2025-03-01
later than June 2025 = 2025-07-01 -
pre 2024 = - 2024-01-01
of all time = - -
"""


@pytest.mark.parametrize("line", RANGES.strip().splitlines())
def test_ranges_on_a_saturday_in_november(line: str) -> None:
    text, _, days = line.partition(" = ")
    tokens = tokenize(f"orders {text}")
    found = max(time_mentions(tokens, SATURDAY), key=lambda item: item.after - item.first)
    assert isinstance(found.part, When)
    assert (found.first, found.after) == (1, len(tokens)), "every word of it is read"
    period = found.part.period
    assert [str(day or "-") for day in (period.start, period.end)] == days.split()


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("year on year", Against(Grain.YEAR, each=True)),
        ("y/y", Against(Grain.YEAR, each=True)),
        ("month-on-month growth", Against(Grain.MONTH, each=True)),
        ("compared to the same quarter a year earlier", Against(Grain.YEAR)),
        ("compared to a year ago", Against(Grain.YEAR)),
        ("vs the previous 7 days", Against(Grain.DAY, 7)),
        ("vs last", Against()),
        ("by iso week", By(Grain.WEEK)),
    ],
)
def test_comparisons_and_grains(text: str, part: object) -> None:
    assert longest(f"orders {text}") == part


def test_what_stands_far_from_what_it_is_compared_with() -> None:
    found = longest("October revenue compared with September")
    assert isinstance(found, Beside)
    assert found.period.start == date(2013, 9, 1)


@pytest.mark.parametrize("text", ["at the end of June 2013", "as of 30 June 2013"])
def test_how_things_stood(text: str) -> None:
    found = longest(f"stock {text}")
    assert isinstance(found, When)
    assert found.standing
    assert found.period.end == date(2013, 7, 1)


@pytest.mark.parametrize(
    "text",
    ["in Augusta", "winter 2025", "the fiscal year", "last few weeks", "in 90 days", "1/2/2025"],
)
def test_what_is_no_sure_time_leaves_a_word_unread(text: str) -> None:
    tokens = tokenize(f"orders {text}")
    found = time_mentions(tokens, SATURDAY)
    assert all(item.after - item.first < len(tokens) - 1 for item in found)


@pytest.mark.parametrize("day", [date(2024, 2, 29), date(2025, 1, 1), date(2026, 11, 29)])
@pytest.mark.parametrize("text", [line.partition(" = ")[0] for line in RANGES.strip().splitlines()])
def test_no_day_of_the_year_turns_a_range_round(text: str, day: date) -> None:
    parts = [item.part for item in time_mentions(tokenize(f"orders {text}"), day)]
    ranges = [part.period for part in parts if isinstance(part, When)]
    assert ranges
    assert all(p.start < p.end for p in ranges if p.start is not None and p.end is not None)
