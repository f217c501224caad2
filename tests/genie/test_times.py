"""What is said of time, read on Friday, 10 January 2014."""

from __future__ import annotations

from datetime import date

import pytest

from genie.language.times import Against, By, OnDays, When, time_mentions
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
