"""What a caller may not see is not there: in names, joins, rows, suggestions and errors alike."""

from __future__ import annotations

import pytest

from semantic_layer.compiler import AccessPolicy, group_by_options, restricted
from semantic_layer.errors import QueryError, UnknownField
from tests.compiler.harness import World, make_world

MODELS = """
semantic_models:
  - name: sales
    model: a.sales
    defaults: {agg_time_dimension: sold_on}
    config:
      meta:
        access:
          - {roles: [admin]}
          - {roles: [analyst], members: {excludes: [secret_margin, margin]},
             rows: [{field: sale__region, op: in, value: user.groups}]}
    entities: [{name: sale, type: primary, expr: id}, {name: buyer, type: foreign}]
    dimensions:
      - {name: sold_on, type: time, type_params: {time_granularity: day}}
      - {name: region, type: categorical}
      - {name: secret_margin, type: categorical, expr: margin}
    measures:
      - {name: sold, agg: sum, expr: amount, create_metric: true}
      - {name: margin, agg: sum, expr: margin, create_metric: true}
  - name: buyers
    model: a.buyers
    config:
      meta:
        access:
          - {roles: [admin]}
          - {roles: [analyst], members: {excludes: [owner]},
             rows: [{field: owner, op: "=", value: user.email}]}
    entities: [{name: buyer, type: primary, expr: id}]
    dimensions: [{name: nick, type: categorical}, {name: owner, type: categorical}]
metrics:
  - {name: margin_rate, type: ratio, type_params: {numerator: margin, denominator: sold}}
"""
TABLES = {
    "a.sales": {
        "columns": {
            "id": "INTEGER", "buyer": "INTEGER", "sold_on": "DATE", "region": "VARCHAR",
            "amount": "INTEGER", "margin": "INTEGER",
        },
        "rows": [
            [1, 1, "2024-01-01", "north", 10, 1],
            [2, 2, "2024-01-02", "north", 20, 2],
            [3, 1, "2024-01-03", "south", 40, 3],
        ],
    },
    "a.buyers": {
        "columns": {"id": "INTEGER", "nick": "VARCHAR", "owner": "VARCHAR"},
        "rows": [[1, "Mo", "ann@x"], [2, "Jo", "bob@x"], [3, "Zo", "ann@x"], [None, "No", "bob@x"]],
    },
}  # fmt: skip

ADMIN = AccessPolicy(roles=frozenset({"admin"}))
ANN = AccessPolicy("ann@x", frozenset({"analyst"}), frozenset({"north"}))
NOBODY = AccessPolicy("x@x", frozenset({"viewer"}))


@pytest.fixture(scope="module")
def sales() -> World:
    return make_world("sales", MODELS, TABLES)


def test_each_sees_their_own_rows(sales: World) -> None:
    assert sales.ask(metrics=["sold"]) == [(70,)]
    assert sales.ask(ADMIN, metrics=["sold"]) == [(70,)]
    assert sales.ask(ANN, metrics=["sold"]) == [(30,)]


def test_rows_of_a_joined_table_are_hidden_too(sales: World) -> None:
    rows = sales.ask(ANN, metrics=["sold"], group_by=["buyer__nick"])
    assert rows == [("Mo", 10), (None, 20)]


def test_members_of_hidden_rows_are_not_listed(sales: World) -> None:
    assert sales.ask(ANN, group_by=["buyer__nick"]) == [("Mo",), ("Zo",)]
    rows = sales.ask(ANN, group_by=["buyer__nick", "sale__region"])
    assert rows == [("Mo", "north"), ("Zo", None), (None, "north")]


def test_hidden_members_fail_like_unknown_ones(sales: World) -> None:
    messages = []
    for name in ("sale__secret_margin", "sale__secret_margit"):
        with pytest.raises(UnknownField) as caught:
            sales.compile(policy=ANN, metrics=["sold"], group_by=[name])
        messages.append(caught.value.message.replace(name, "X"))
        assert "sale__secret_margin" not in caught.value.suggestions
    assert messages[0] == messages[1]


@pytest.mark.parametrize("metric", ["margin", "margin_rate"])
def test_metrics_of_hidden_measures_do_not_exist(sales: World, metric: str) -> None:
    assert metric not in restricted(sales.graph, ANN).metrics
    with pytest.raises(QueryError) as caught:
        sales.compile(policy=ANN, metrics=[metric])
    assert caught.value.code == "UNKNOWN_METRIC"
    assert not {"margin", "margin_rate"} & set(caught.value.suggestions)


def test_a_model_with_rules_is_closed_to_others(sales: World) -> None:
    assert not restricted(sales.graph, NOBODY).models
    with pytest.raises(QueryError) as caught:
        sales.compile(policy=NOBODY, metrics=["sold"])
    assert caught.value.code == "UNKNOWN_METRIC"


def test_hidden_names_are_not_offered(sales: World) -> None:
    names = {option.name for option in group_by_options(sales.graph, ["sold"], ANN)}
    assert "sale__region" in names
    assert not {"sale__secret_margin", "buyer__owner"} & names


def test_nobody_s_groups_match_no_row(sales: World) -> None:
    loner = AccessPolicy("ann@x", frozenset({"analyst"}))
    assert sales.ask(loner, metrics=["sold"]) == [(None,)]


def test_hidden_rows_do_not_show_in_the_reach_of_time() -> None:
    # The last sale is hidden from Ann: neither a spine nor an offset may reach to its day.
    daily = make_world(
        "daily",
        MODELS
        + """
  - name: each_day
    type: simple
    type_params: {measure: {name: sold, join_to_timespine: true}}
  - {name: so_far, type: cumulative, type_params: {measure: sold}}
  - name: day_before
    type: derived
    type_params: {expr: before, metrics: [{name: sold, offset_window: 1 day, alias: before}]}
""",
        TABLES,
    )
    days = [("2024-01-01", 10), ("2024-01-02", 20)]
    assert daily.ask(ANN, metrics=["each_day"], group_by=["metric_time"]) == days
    assert daily.ask(ANN, metrics=["so_far"], group_by=["metric_time"])[-1] == ("2024-01-02", 30)
    assert daily.ask(ANN, metrics=["day_before"], group_by=["metric_time"]) == [("2024-01-02", 10)]
    assert daily.ask(ADMIN, metrics=["each_day"], group_by=["metric_time"])[-1][0] == "2024-01-03"
