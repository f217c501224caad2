"""Aggregates that cannot be added up, nulls, nothing at all, and what a filter may touch."""

from __future__ import annotations

import pytest

from tests.compiler.harness import World, in_order, make_world, world


def test_a_ratio_of_sums_is_not_a_mean_of_ratios() -> None:
    assert world("shop").ask(metrics=["refund_rate"])[0][0] == pytest.approx(51 / 210)


def test_a_ratio_of_sums_over_joins_is_divided_after_both_are_summed() -> None:
    # North: Ann's orders of 30 and refunds of 7, Dot's refund of 3. South: Bob's 30 and nothing.
    rows = world("shop").ask(metrics=["refund_rate"], group_by=["customer__region__region_name"])
    assert rows == [
        ("North", pytest.approx(10 / 30)),
        ("South", None),
        (None, pytest.approx(41 / 150)),
    ]


def test_distinct_counts_and_medians_over_joins_are_not_summed() -> None:
    here = world("shop")
    rows = here.ask(metrics=["buyers", "median_amount"], group_by=["customer__region__region_name"])
    assert rows == in_order([("North", 1, 15.0), ("South", 1, 30.0), (None, 2, 50.0)])
    assert here.ask(metrics=["buyers", "median_amount"]) == [(4, 35.0)]


def test_distinct_counts_of_two_facts_side_by_side_stay_their_own() -> None:
    rows = world("shop").ask(metrics=["buyers", "refunds"], group_by=["customer__segment"])
    assert rows == [("gold", 1, 3), ("silver", 1, 1), (None, 2, 1)]


def test_empty_inputs_count_zero_and_sum_to_null() -> None:
    here = world("shop")
    assert here.ask(metrics=["nothing_sum", "nothing_count", "nothing_median"]) == [(None, 0, None)]
    assert here.ask(metrics=["nothing_sum"], group_by=["customer"]) == []
    beside = here.ask(metrics=["nothing_sum", "nothing_count", "revenue"], group_by=["customer"])
    assert {row[1:3] for row in beside} == {(None, None)}


def test_a_filter_that_nothing_passes_is_an_empty_input() -> None:
    nobody = [{"field": "customer", "op": "=", "value": -1}]
    here = world("shop")
    assert here.ask(metrics=["revenue", "orders", "priced_orders"], where=nobody) == [
        (None, None, 0)
    ]
    assert here.ask(metrics=["revenue"], group_by=["customer"], where=nobody) == []


def test_all_null_groups_stay_with_a_null_sum_and_a_zero_count() -> None:
    # The order of December 30 has no amount.
    rows = world("shop").ask(
        metrics=["revenue", "average_amount", "median_amount", "priced_orders", "orders"],
        group_by=["metric_time__day"],
        time_range={"start": "2024-12-01"},
    )
    assert rows == [("2024-12-30", None, None, None, 0, 1)]


BALANCES = """
semantic_model:
  name: balances
  model: w.balances
  defaults: {agg_time_dimension: held_on}
  entities: [{name: holding, type: primary, expr: id}, {name: account, type: foreign}]
  dimensions: [{name: held_on, type: time, type_params: {time_granularity: day}}]
  measures:
    - {name: entries, agg: count, expr: id, create_metric: true}
    - {name: moved, agg: sum, expr: balance, create_metric: true}
    - {name: closing, agg: sum, expr: balance, create_metric: true,
       non_additive_dimension: {name: held_on, window_choice: max, window_groupings: [account]}}
    - {name: opening, agg: sum, expr: balance, create_metric: true,
       non_additive_dimension: {name: held_on, window_choice: min}}
"""


@pytest.fixture(scope="module")
def balances() -> World:
    return make_world(
        "balances",
        BALANCES,
        {
            "w.balances": {
                "columns": {"id": "INT", "account": "INT", "held_on": "DATE", "balance": "INT"},
                "rows": [[1, 1, "2024-01-30", 10], [2, 1, "2024-01-31", 20],
                         [3, 2, "2024-01-30", 5], [4, 1, "2024-02-01", 30], [5, 2, None, 7]],
            }
        },
    )  # fmt: skip


def test_non_additive_mixed_with_additive_leaves_the_additive_alone(balances: World) -> None:
    metrics = ["entries", "moved", "closing", "opening"]
    # January opens on the 30th for both accounts; account 1 closes on the 31st, 2 on the 30th.
    rows = balances.ask(metrics=metrics, group_by=["metric_time__month"])
    assert rows == [
        ("2024-01-01", 3, 35, 25, 15), ("2024-02-01", 1, 30, 30, 30), (None, 1, 7, None, None)
    ]  # fmt: skip
    assert balances.ask(metrics=metrics) == [(5, 72, 35, 15)]
    assert balances.ask(metrics=["entries", "moved"]) == [(5, 72)]


def test_a_filter_on_one_metric_leaves_the_others_alone() -> None:
    here = world("shop")
    alone = {row[0]: row[1] for row in here.ask(metrics=["revenue"], group_by=["customer"])}
    rows = here.ask(
        metrics=["revenue", "gift_revenue", "northern_revenue", "gift_share"],
        group_by=["customer"],
    )
    assert {row[0]: row[1] for row in rows} == alone
    assert [row[2:4] for row in rows if row[0] == 2] == [(None, None)]


def test_a_where_on_one_metric_drops_rows_and_changes_no_number() -> None:
    here = world("shop")
    every = here.ask(metrics=["revenue", "orders"], group_by=["customer"])
    large = here.ask(
        metrics=["revenue", "orders"],
        group_by=["customer"],
        where=[{"field": "revenue", "op": ">", "value": 30}],
    )
    assert large == [row for row in every if row[1] > 30]
