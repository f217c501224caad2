"""Names that meet by accident: of tables, models, metrics and our own parts of a statement."""

from __future__ import annotations

from typing import Any

import pytest

from semantic_layer.compiler import SemanticGraph, compile_query, parse_query
from semantic_layer.errors import QueryError
from tests.compiler.harness import World, graph_of, in_order, make_world, plain

CLASHES = """
semantic_models:
  - name: shop
    model: n.shop
    defaults: {agg_time_dimension: sold_on}
    entities:
      - {name: sale, type: primary, expr: id}
      - {name: shop, type: foreign, expr: shop_id}
    dimensions:
      - {name: sold_on, type: time, type_params: {time_granularity: day}}
      - {name: entity, type: categorical, expr: kind}
    measures:
      - {name: shop_sum, agg: sum, expr: amount}
      - {name: sold, agg: sum, expr: amount}
  - name: shops
    model: n.shops
    entities: [{name: shop, type: primary, expr: id}]
    dimensions: [{name: town, type: categorical}]
  - name: owners
    model: n.owners
    entities: [{name: shop, type: unique, expr: shop_id}]
    dimensions: [{name: boss, type: categorical}]
  - name: time_spine
    model: n.ticks
    defaults: {agg_time_dimension: at}
    entities: [{name: tick, type: primary, expr: id}]
    dimensions: [{name: at, type: time, type_params: {time_granularity: day}}]
    measures: [{name: tick_count, agg: count, expr: id}]
metrics:
  - {name: sold, type: simple, type_params: {measure: sold}}
  - {name: shop, type: simple, type_params: {measure: shop_sum}}
  - {name: ticks_so_far, type: cumulative, type_params: {measure: tick_count}}
  - name: ticks_daily
    type: simple
    type_params: {measure: {name: tick_count, join_to_timespine: true}}
"""
TABLES: dict[str, Any] = {
    "n.shop": {
        "columns": {"id": "INTEGER", "shop_id": "INTEGER", "sold_on": "DATE", "kind": "VARCHAR",
                    "amount": "INTEGER"},
        "rows": [[1, 1, "2024-01-01", "a", 10], [2, 2, "2024-01-02", "b", 20]],
    },
    "n.shops": {"columns": {"id": "INTEGER", "town": "VARCHAR"}, "rows": [[1, "Ulm"], [2, "Bonn"]]},
    "n.owners": {"columns": {"shop_id": "INTEGER", "boss": "VARCHAR"}, "rows": [[1, "Eva"]]},
    "n.ticks": {
        "columns": {"id": "INTEGER", "at": "DATE"},
        "rows": [[1, "2024-01-01"], [2, "2024-01-03"]],
    },
}  # fmt: skip


@pytest.fixture(scope="module")
def clashes() -> World:
    return make_world("clashes", CLASHES, TABLES)


def test_an_entity_may_be_called_like_the_model_of_the_facts(clashes: World) -> None:
    assert clashes.ask(metrics=["sold"], group_by=["shop__town"]) == [("Bonn", 20), ("Ulm", 10)]


def test_two_models_of_one_key_are_joined_each(clashes: World) -> None:
    rows = clashes.ask(metrics=["sold"], group_by=["shop__town", "shop__boss"])
    assert rows == in_order([("Ulm", "Eva", 10), ("Bonn", None, 20)])


def test_a_model_may_be_called_time_spine(clashes: World) -> None:
    rows = clashes.ask(metrics=["ticks_so_far", "ticks_daily"], group_by=["metric_time"])
    assert rows == [("2024-01-01", 1, 1), ("2024-01-02", 1, None), ("2024-01-03", 2, 1)]


def test_a_metric_and_a_column_of_one_name_are_refused(clashes: World) -> None:
    with pytest.raises(QueryError) as caught:
        clashes.compile(metrics=["shop"], group_by=["shop"])
    assert caught.value.code == "DUPLICATE_COLUMN"


def test_a_metric_may_filter_by_an_entity_of_its_own_name(clashes: World) -> None:
    rows = clashes.ask(metrics=["sold"], where="{{ Metric('shop', group_by=['shop']) }} > 10")
    assert rows == [(20,)]


def test_a_dimension_may_be_called_like_what_conversions_use(clashes: World) -> None:
    rows = clashes.ask(metrics=["sold"], group_by=["sale__entity"])
    assert rows == [("a", 10), ("b", 20)]


@pytest.mark.parametrize("table", ["shop__agg", "SHOP__AGG", "shop__agg_", "time_spine__agg"])
def test_a_table_named_like_a_part_of_the_statement_is_never_hidden(
    clashes: World, table: str
) -> None:
    graph = graph_of(CLASHES.replace("n.ticks", table))
    body: dict[str, Any] = {"metrics": ["sold", "ticks_so_far"], "group_by": ["metric_time"]}
    text = compiled(graph, body)
    cursor = clashes.connection.cursor()
    cursor.execute(f'CREATE OR REPLACE TEMP TABLE "{table}" AS FROM n.ticks')
    rows = [tuple(plain(value) for value in row) for row in cursor.execute(text).fetchall()]
    assert in_order(rows) == clashes.ask(**body)


def compiled(graph: SemanticGraph, body: dict[str, Any]) -> str:
    return compile_query(parse_query(body), graph, dialect="duckdb").sql


@pytest.mark.parametrize(
    ("op", "value", "count"),
    [("<=", "9999-12-31", 30), (">", "9999-12-31", None), (">=", "0001-01-01", 30),
     ("<", "0001-01-01", None), ("=", "9999-12-31", None)],
)  # fmt: skip
@pytest.mark.parametrize("zone", [None, "Asia/Tokyo", "America/New_York"])
def test_the_calendar_s_ends_are_dates_like_others(
    clashes: World, op: str, value: str, count: int | None, zone: str | None
) -> None:
    where = [{"field": "metric_time", "op": op, "value": value}]
    assert clashes.ask(metrics=["sold"], where=where, time_zone=zone) == [(count,)]
