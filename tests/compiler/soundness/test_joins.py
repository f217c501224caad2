"""Joins that would multiply, drop or confuse rows: each is refused or right. Never weakened."""

from __future__ import annotations

from typing import Any

import pytest

from semantic_layer.errors import FanOut, QueryError
from tests.compiler.harness import make_world, world


def total(metric: str) -> Any:
    return world("shop").ask(metrics=[metric])[0][0]


@pytest.mark.parametrize("metric", ["orders", "revenue", "refunded", "gifts", "priced_orders"])
@pytest.mark.parametrize(
    "name",
    [
        "customer",
        "customer__segment",
        "customer__region__region_name",
        "metric_time__week",
        "metric_time__extract_dow",
    ],
)
def test_sums_over_a_breakdown_equal_the_total(metric: str, name: str) -> None:
    rows = world("shop").ask(metrics=[metric], group_by=[name])
    assert sum(row[1] or 0 for row in rows) == total(metric)


def test_fan_out_is_refused_and_names_the_join() -> None:
    with pytest.raises(FanOut) as caught:
        world("shop").compile(metrics=["revenue"], group_by=["refund__refunded_on"])
    assert "orders.order -> refunds.order" in caught.value.message


def test_fan_out_in_a_filter_is_refused_too() -> None:
    with pytest.raises(FanOut):
        world("shop").compile(
            metrics=["revenue"],
            where=[{"field": "refund__refunded_on", "op": ">", "value": "2024-01-01"}],
        )


def test_chasm_two_facts_of_one_parent_do_not_multiply() -> None:
    # Order 1 has two refunds: joined row by row its amount would count twice.
    rows = world("shop").ask(metrics=["net"], group_by=["customer__customer_name"])
    assert rows[0] == ("Ann", 23.0)


def test_snowflake_of_two_hops_keeps_every_order() -> None:
    # Cid has no region, one order has no customer and one a customer nobody knows.
    rows = world("shop").ask(
        metrics=["revenue", "orders"], group_by=["customer__region__region_name"]
    )
    assert rows == [("North", 30.0, 2), ("South", 30.0, 2), (None, 150.0, 3)]


def test_role_playing_dimensions_are_two_joins_of_one_table() -> None:
    rows = world("shop").ask(
        metrics=["orders"],
        group_by=["origin__city", "destination__city"],
        where=[
            {"field": "origin__land", "op": "=", "value": "NL"},
            {"field": "destination__land", "op": "!=", "value": "NL"},
        ],
    )
    assert rows == [("Amsterdam", "Berlin", 1), ("Amsterdam", "Paris", 1)]


def test_a_role_left_out_is_ambiguous_not_guessed() -> None:
    with pytest.raises(QueryError) as caught:
        world("shop").compile(metrics=["orders"], group_by=["city"])
    assert caught.value.code == "AMBIGUOUS_PATH"
    assert set(caught.value.suggestions) == {"origin__city", "destination__city"}


STAFF = """
semantic_model:
  name: staff
  model: w.staff
  entities:
    - {name: employee, type: primary, expr: id}
    - {name: employee, role: manager, type: foreign, expr: manager_id}
  dimensions: [{name: team, type: categorical}]
  measures: [{name: pay, agg: sum, expr: pay, create_metric: true}]
"""


def test_self_join_reads_the_table_under_two_names() -> None:
    here = make_world(
        "staff",
        STAFF,
        {
            "w.staff": {
                "columns": {"id": "INT", "manager_id": "INT", "team": "VARCHAR", "pay": "INT"},
                "rows": [[1, None, "board", 9], [2, 1, "shop", 5], [3, 1, "shop", 4],
                         [4, 2, "till", 2], [5, 77, "till", 1]],
            }
        },
    )  # fmt: skip
    rows = here.ask(metrics=["pay"], group_by=["employee__team", "manager__team"])
    assert rows == [
        ("board", None, 9), ("shop", "board", 9), ("till", "shop", 2), ("till", None, 1)
    ]  # fmt: skip
    upwards = here.ask(metrics=["pay"], group_by=["manager__manager__team"])
    assert upwards == [("board", 2), (None, 19)]


def test_null_keys_of_both_facts_meet_in_one_row() -> None:
    rows = world("shop").ask(metrics=["revenue", "refunded"], group_by=["customer"])
    assert [row for row in rows if row[0] is None] == [(None, 50.0, 1.0)]


def test_null_keys_never_match_a_null_in_the_dimension() -> None:
    here = make_world(
        "nulls",
        """
        semantic_models:
          - name: sales
            model: w.sales
            entities: [{name: sale, type: primary, expr: id}, {name: buyer, type: foreign}]
            measures: [{name: sold, agg: sum, expr: amount, create_metric: true}]
          - name: buyers
            model: w.buyers
            entities: [{name: buyer, type: primary}]
            dimensions: [{name: land, type: categorical}]
        """,
        {
            "w.sales": {
                "columns": {"id": "INT", "buyer": "INT", "amount": "INT"},
                "rows": [[1, None, 1], [2, 1, 2]],
            },
            "w.buyers": {
                "columns": {"buyer": "INT", "land": "VARCHAR"},
                "rows": [[None, "nowhere"], [1, "NL"]],
            },
        },
    )
    assert here.ask(metrics=["sold"], group_by=["buyer__land"]) == [("NL", 2), (None, 1)]


def test_null_pairs_are_one_group() -> None:
    rows = world("shop").ask(
        metrics=["orders", "refunds", "customers"],
        group_by=["customer__segment", "customer__region__region_name"],
    )
    assert [row for row in rows if row[0] is None and row[1] is None] == [(None, None, 2, 1, None)]


def test_disjoint_facts_keep_all_rows_of_both() -> None:
    # Customers 2 and 99 have orders only, 4 refunds only.
    rows = world("shop").ask(metrics=["orders", "refunds"], group_by=["customer"])
    assert rows == [(1, 2, 2), (2, 2, None), (3, 1, 1), (4, None, 1), (99, 1, None), (None, 1, 1)]


def test_a_second_fact_changes_nothing_for_the_first() -> None:
    here = world("shop")
    alone = {row[0]: row[1] for row in here.ask(metrics=["revenue"], group_by=["customer"])}
    beside = here.ask(metrics=["revenue", "refunded", "customers"], group_by=["customer"])
    assert {row[0]: row[1] for row in beside if row[0] in alone} == alone
    assert len({row[0] for row in beside}) == len(beside)


def test_a_condition_on_a_joined_dimension_drops_unmatched_rows_only_when_it_says_so() -> None:
    here = world("shop")
    plain = here.ask(metrics=["orders"], where=[{"field": "customer__segment", "op": "is_null"}])
    assert plain == [(4,)]
    either = here.ask(
        metrics=["orders"],
        where="{{ Dimension('customer__segment') }} = 'gold' OR {{ Entity('customer') }} IS NULL",
    )
    assert either == [(3,)]
