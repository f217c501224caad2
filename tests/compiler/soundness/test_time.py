"""Edges of time: changing clocks, turns of year, leap days, months of any length, windows."""

from __future__ import annotations

from typing import Any

import pytest

from tests.compiler.harness import World, make_world

READINGS = """
project_configuration:
  time_spines:
    - node_relation: {{schema_name: w, alias: days}}
      primary_column: {{name: day, time_granularity: day}}
semantic_model:
  name: readings
  model: w.readings
  defaults: {{agg_time_dimension: read_at}}
  entities: [{{name: reading, type: primary, expr: id}}]
  dimensions: [{{name: read_at, type: time, type_params: {{time_granularity: {grain}}}}}]
  measures: [{{name: readings, agg: count, expr: id, create_metric: true}}]
"""
METRICS = """
metrics:
  - {name: this_week, type: cumulative, measure: readings, window: 7 days}
  - {name: this_month, type: cumulative, measure: readings, window: 1 month}
  - {name: month_to_date, type: cumulative, measure: readings, grain_to_date: month}
  - {name: so_far, type: cumulative, measure: readings}
  - {name: month_before, type: derived, expr: n,
     metrics: [{name: readings, alias: n, offset_window: 1 month}]}
  - {name: year_before, type: derived, expr: n,
     metrics: [{name: readings, alias: n, offset_window: 1 year}]}
"""


def at(*moments: str, grain: str = "day", first: str = "2023-01-01", days: int = 800) -> World:
    """Readings at these moments, under a calendar of so many days."""
    here = make_world(
        "readings",
        READINGS.format(grain=grain) + METRICS,
        {
            "w.readings": {
                "columns": {"id": "INT", "read_at": "DATE" if grain == "day" else "TIMESTAMP"},
                "rows": [[n, moment] for n, moment in enumerate(moments)],
            },
            "w.days": {"columns": {"day": "DATE"}, "rows": []},
        },
    )
    here.connection.execute(
        "INSERT INTO w.days SELECT CAST(CAST(? AS DATE) + i * INTERVAL 1 DAY AS DATE) "
        f"FROM range({days}) t(i)",
        [first],
    )
    return here


def hourly(start: str, hours: int) -> World:
    here = at(grain="hour", days=0)
    here.connection.execute(
        "INSERT INTO w.readings SELECT i, CAST(? AS TIMESTAMP) + INTERVAL 1 HOUR * i "
        f"FROM range({hours}) t(i)",
        [start],
    )
    return here


# ---------------------------------------------------------------- clocks


@pytest.mark.parametrize(
    ("zone", "day", "first_utc_hour", "hours"),
    [
        ("America/New_York", "2024-03-10", "2024-03-10 05:00:00", 23),
        ("America/New_York", "2024-11-03", "2024-11-03 04:00:00", 25),
        ("Europe/Amsterdam", "2024-03-31", "2024-03-30 23:00:00", 23),
        ("Europe/Amsterdam", "2024-10-27", "2024-10-26 22:00:00", 25),
    ],
)
def test_the_days_clocks_change_have_23_and_25_hours(
    zone: str, day: str, first_utc_hour: str, hours: int
) -> None:
    here = hourly(first_utc_hour, hours)
    body: dict[str, Any] = {"metrics": ["readings"], "time_zone": zone}
    assert here.ask(**body, group_by=["metric_time__day"]) == [(day, hours)]
    by_hour = here.ask(**body, group_by=["metric_time__hour"])
    assert [row[1] for row in by_hour] == [1] * hours
    assert all(row[0].startswith(day) for row in by_hour)


def test_a_range_over_a_changing_day_is_the_whole_local_day() -> None:
    here = hourly("2024-11-03 00:00:00", 48)
    rows = here.ask(
        metrics=["readings"],
        time_zone="America/New_York",
        time_range={"start": "2024-11-03", "end": "2024-11-04"},
    )
    assert rows == [(25,)]


def test_half_hour_zones_cut_their_own_hours() -> None:
    here = hourly("2024-01-01 00:00:00", 3)
    here.connection.execute("UPDATE w.readings SET read_at = read_at + INTERVAL 45 MINUTE")
    rows = here.ask(metrics=["readings"], group_by=["metric_time__hour"], time_zone="Asia/Kolkata")
    assert [row[0] for row in rows] == [f"2024-01-01T0{h}:00:00" for h in (6, 7, 8)]


# ---------------------------------------------------------------- the calendar


def test_weeks_and_years_at_the_turn_of_the_year() -> None:
    here = hourly("2024-12-29 23:00:00", 2)
    rows = here.ask(metrics=["readings"], group_by=["metric_time__week", "metric_time__year"])
    assert rows == [("2024-12-23", "2024-01-01", 1), ("2024-12-30", "2024-01-01", 1)]


def test_a_week_of_two_years_is_one_week_and_two_years() -> None:
    # Monday 2024-12-30 begins ISO week 1 of 2025; 2023-01-01 is a Sunday, of a week of 2022.
    here = at("2024-12-31", "2025-01-01", "2023-01-01")
    assert here.ask(metrics=["readings"], group_by=["metric_time__week"]) == [
        ("2022-12-26", 1), ("2024-12-30", 2)
    ]  # fmt: skip
    assert here.ask(metrics=["readings"], group_by=["metric_time__extract_year"]) == [
        (2023, 1), (2024, 1), (2025, 1)
    ]  # fmt: skip


def test_leap_days_are_days_and_the_last_of_their_year() -> None:
    here = at("2023-12-31", "2024-02-28", "2024-02-29", "2024-03-01", "2024-12-31")
    assert here.ask(metrics=["readings"], group_by=["metric_time__extract_doy"]) == [
        (365, 1), (366, 1), (59, 1), (60, 1), (61, 1)
    ]  # fmt: skip
    february = {"start": "2024-02-01", "end": "2024-03-01"}
    assert here.ask(metrics=["readings"], time_range=february) == [(2,)]
    one_day = [{"field": "metric_time__day", "op": "=", "value": "2024-02-29"}]
    assert here.ask(metrics=["readings"], where=one_day) == [(1,)]


def test_a_leap_day_has_no_day_a_year_later_by_the_calendar() -> None:
    # February 28, 2025 shows the one of 2024; the 29th shows on no day.
    here = at("2024-02-28", "2024-02-29")
    assert here.ask(metrics=["year_before"], group_by=["metric_time"]) == [("2025-02-28", 1)]


def test_month_end_offsets_show_the_shorter_month_s_last_day_on_each_day_beyond_it() -> None:
    # A month before March 29, 30 and 31 is February 29; no day has January 31 a month before it.
    here = at("2024-01-31", "2024-02-29")
    assert here.ask(metrics=["month_before"], group_by=["metric_time"]) == [
        ("2024-03-29", 1), ("2024-03-30", 1), ("2024-03-31", 1)
    ]  # fmt: skip


def test_a_comparison_with_last_month_loses_no_row_to_its_length() -> None:
    here = at("2024-01-29", "2024-01-31", "2024-02-29")
    rows = here.ask(
        metrics=["readings"], group_by=["metric_time__month"], compare={"offset": "1 month"}
    )
    assert [row[:3] for row in rows] == [("2024-01-01", 2, None), ("2024-02-01", 1, 2)]


# ---------------------------------------------------------------- windows


def test_a_window_begins_after_its_edge_and_ends_with_its_day() -> None:
    # Seven days up to January 8 begin on January 2: what happened on the 1st has just left.
    here = at("2024-01-01", "2024-01-08")
    rows = here.ask(
        metrics=["this_week"],
        group_by=["metric_time"],
        time_range={"start": "2024-01-07", "end": "2024-01-10"},
    )
    assert rows == [("2024-01-07", 1), ("2024-01-08", 1), ("2024-01-09", 1)]


def test_a_window_of_a_month_is_as_long_as_the_month_before() -> None:
    # A month before March 31 is February 29, which is outside; on March 30 it is the same edge.
    here = at("2024-02-29", "2024-03-01")
    rows = here.ask(
        metrics=["this_month"],
        group_by=["metric_time"],
        time_range={"start": "2024-03-28", "end": "2024-04-02"},
    )
    assert rows == [
        ("2024-03-28", 2), ("2024-03-29", 1), ("2024-03-30", 1), ("2024-03-31", 1)
    ]  # fmt: skip


def test_a_window_reads_what_lies_before_the_range_asked() -> None:
    here = at("2023-12-31", "2024-01-01")
    january = {"start": "2024-01-01", "end": "2024-01-02"}
    asked = {"group_by": ["metric_time"], "time_range": january}
    assert here.ask(metrics=["this_week", "so_far"], **asked) == [("2024-01-01", 2, 2)]
    assert here.ask(metrics=["month_to_date"], **asked) == [("2024-01-01", 1)]


def test_month_to_date_starts_anew_on_the_first() -> None:
    here = at("2024-01-31", "2024-02-01", "2024-02-02")
    rows = here.ask(
        metrics=["month_to_date"],
        group_by=["metric_time"],
        time_range={"start": "2024-01-31", "end": "2024-02-03"},
    )
    assert rows == [("2024-01-31", 1), ("2024-02-01", 1), ("2024-02-02", 2)]


# ---------------------------------------------------------------- custom grains

TERMS = """
project_configuration:
  time_spines:
    - node_relation: {schema_name: w, alias: days}
      primary_column: {name: day, time_granularity: day}
      custom_granularities: [{name: term}]
semantic_model:
  name: stock
  model: w.stock
  defaults: {agg_time_dimension: counted_on}
  primary_entity: count
  dimensions: [{name: counted_on, type: time, type_params: {time_granularity: day}}]
  measures:
    - {name: last, agg: sum, expr: pieces, create_metric: true,
       non_additive_dimension: {name: counted_on, window_choice: max}}
    - {name: pieces, agg: sum, expr: pieces}
metrics: [{name: each_term, type: simple, measure: {name: pieces, join_to_timespine: true}}]
"""


def test_days_outside_any_period_of_a_custom_grain_are_a_group_that_nothing_is_lost_from() -> None:
    here = make_world(
        "terms",
        TERMS,
        {
            "w.stock": {
                "columns": {"counted_on": "DATE", "pieces": "INT"},
                "rows": [["2024-01-01", 1], ["2024-01-02", 2], ["2024-01-03", 4]],
            },
            "w.days": {
                "columns": {"day": "DATE", "term": "DATE"},
                "rows": [["2024-01-01", "2024-01-01"], ["2024-01-02", None], ["2024-01-03", None]],
            },
        },
    )
    rows = here.ask(metrics=["last"], group_by=["metric_time__term"])
    assert rows == [("2024-01-01", 1), (None, 4)]
    assert here.ask(metrics=["each_term"], group_by=["metric_time__term"]) == [
        ("2024-01-01", 1), (None, 6)
    ]  # fmt: skip
