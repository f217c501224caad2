"""Windows of semi-additive measures: of what is gathered for a day only the last state counts."""

from __future__ import annotations

import pytest

from tests.compiler.harness import World, make_world

MODEL = """
project_configuration:
  time_spines:
    - node_relation: {schema_name: w, alias: days}
      primary_column: {name: day, time_granularity: day}
semantic_model:
  name: balances
  model: w.balances
  defaults: {agg_time_dimension: counted_on}
  primary_entity: count
  entities: [{name: account, type: foreign}]
  dimensions:
    - {name: counted_on, type: time, type_params: {time_granularity: day}}
    - {name: branch, type: categorical}
  measures:
    - {name: newest, agg: sum, expr: amount,
       non_additive_dimension: {name: counted_on, window_choice: max}}
    - {name: newest_of_each, agg: sum, expr: amount,
       non_additive_dimension:
         {name: counted_on, window_choice: max, window_groupings: [account]}}
metrics:
  - {name: two_days, type: cumulative, measure: newest, window: 2 days}
  - {name: carried, type: cumulative, measure: newest_of_each}
  - {name: carried_at_the_end, type: cumulative, measure: newest_of_each, period_agg: last}
  - {name: to_date, type: cumulative, measure: newest_of_each, grain_to_date: month}
  - {name: the_day_before, type: derived, expr: n,
     metrics: [{name: carried, alias: n, offset_window: 1 day}]}
"""


@pytest.fixture(scope="module")
def balances() -> World:
    """Account 1 is counted on January 30 and 31 and February 2, account 2 on January 30 only."""
    return make_world(
        "balances",
        MODEL,
        {
            "w.balances": {
                "columns": {
                    "account": "INT",
                    "counted_on": "DATE",
                    "amount": "INT",
                    "branch": "TEXT",
                },
                "rows": [
                    [1, "2024-01-30", 10, "north"],
                    [2, "2024-01-30", 100, "south"],
                    [1, "2024-01-31", 20, "north"],
                    [1, "2024-02-02", 30, "south"],
                ],
            },
            "w.days": {
                "columns": {"day": "DATE"},
                "rows": [[f"2024-01-{n}"] for n in (29, 30, 31)]
                + [[f"2024-02-0{n}"] for n in (1, 2, 3, 4)],
            },
        },
    )


def test_of_each_window_the_last_day_with_rows_counts(balances: World) -> None:
    assert balances.ask(metrics=["two_days"], group_by=["metric_time"]) == [
        ("2024-01-30", 110),
        ("2024-01-31", 20),
        ("2024-02-01", 20),
        ("2024-02-02", 30),
        ("2024-02-03", 30),
    ]


def test_each_account_keeps_its_last_state_until_the_next(balances: World) -> None:
    assert balances.ask(metrics=["carried"], group_by=["metric_time"]) == [
        ("2024-01-30", 110),
        ("2024-01-31", 120),
        ("2024-02-01", 120),
        ("2024-02-02", 130),
        ("2024-02-03", 130),
        ("2024-02-04", 130),
    ]


def test_a_month_begins_with_no_state(balances: World) -> None:
    rows = balances.ask(metrics=["to_date"], group_by=["metric_time"])
    assert [row for row in rows if row[0] >= "2024-02"] == [
        ("2024-02-02", 30),
        ("2024-02-03", 30),
        ("2024-02-04", 30),
    ]


def test_a_coarser_period_shows_the_state_of_one_of_its_days(balances: World) -> None:
    by_month = {"group_by": ["metric_time__month"]}
    assert balances.ask(metrics=["carried"], **by_month) == [
        ("2024-01-01", 110),
        ("2024-02-01", 120),
    ]
    rows = balances.ask(metrics=["carried_at_the_end"], **by_month)
    assert rows == [("2024-01-01", 120), ("2024-02-01", 130)]


def test_other_groups_do_not_split_the_choice(balances: World) -> None:
    rows = balances.ask(metrics=["carried"], group_by=["metric_time", "count__branch"])
    assert [row for row in rows if row[0] == "2024-02-02"] == [("2024-02-02", "south", 130)]


def test_a_filter_chooses_before(balances: World) -> None:
    rows = balances.ask(
        metrics=["carried"],
        group_by=["metric_time"],
        where="{{ Dimension('count__branch') }} = 'north'",
    )
    assert rows[-1] == ("2024-02-04", 20)


def test_the_window_moves_with_an_offset(balances: World) -> None:
    rows = balances.ask(metrics=["the_day_before"], group_by=["metric_time"])
    assert rows[:3] == [("2024-01-31", 110), ("2024-02-01", 120), ("2024-02-02", 120)]


def test_without_time_only_the_last_state_counts(balances: World) -> None:
    assert balances.ask(metrics=["two_days"]) == [(30,)]
    assert balances.ask(metrics=["carried"]) == [(130,)]
