"""Every difference of the dialects is decided in one row and shown by a case both engines run."""

from __future__ import annotations

import re

import pytest

from semantic_layer.compiler import DIALECTS, dialects
from tests.compiler.harness import cases

# The cases run on DuckDB in test_cases.py and on Spark SQL in tests/spark.
SHOWN_BY = {
    "null order": ["order__nulls_last_both_ways", "order__nulls_first_when_asked"],
    "week start": ["times__weeks_start_on_monday_across_the_year"],
    "date parts": ["times__iso_weekday"],
    "percentile, median": ["aggregations__all_of_them_at_once"],
    "approximate ones": ["dialects__an_approximate_percentile_of_few_is_exact"],
    "average": ["aggregations__all_of_them_at_once"],
    "division": ["metrics__whole_numbers_divide_as_floats", "metrics__a_zero_divisor_gives_null"],
    "remainder": ["dialects__the_remainder_of_a_zero_divisor_is_null"],
    "cast to an integer": ["dialects__a_cast_to_an_integer_truncates"],
    "zones": ["times__days_are_cut_in_the_zone_asked_for"],
    "string escapes": [
        "joins__a_title_with_quote_and_backslash",
        "joins__like_takes_a_backslash_as_it_is",
        "joins__contains_and_starts_with_take_percent_as_it_is",
        "filters__ilike_ignores_case",
    ],
    "placeholders": ["filters__a_date_part"],
    "adding months": ["spined__an_offset_by_day"],
    "first by time": ["spined__all_time_at_the_first_day_of_each_month"],
    "values in order": ["calls__null_is_the_largest_member"],
    "generated spine": ["events__every_day_of_a_range_filled_with_zero"],
}


def test_each_row_is_shown_and_nothing_else() -> None:
    rows = re.findall(r"^\| ([a-z][a-z ,]*?) +\|", dialects.__doc__ or "", re.MULTILINE)
    assert rows[0] == "subject"
    assert rows[1:] == list(SHOWN_BY)


@pytest.mark.parametrize("subject", SHOWN_BY)
def test_the_cases_are_there(subject: str) -> None:
    assert set(SHOWN_BY[subject]) <= {name for name, _ in cases()}


def test_there_are_two_dialects() -> None:
    assert DIALECTS == ("duckdb", "databricks")
