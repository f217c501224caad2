"""Joins go from many to one; anything else is refused, naming the join and what would work."""

from __future__ import annotations

import pytest

from semantic_layer.compiler import SemanticGraph, compile_query, group_by_options, parse_query
from semantic_layer.errors import AmbiguousPath, FanOut, NotReachable, QueryError, UnknownField
from tests.compiler.harness import graph_of, world

DIAMOND = """
semantic_models:
  - name: trips
    model: t.trips
    entities:
      - {name: trip, type: primary, expr: id}
      - {name: driver, type: foreign}
      - {name: car, type: foreign}
    measures: [{name: trips, agg: count, expr: id, create_metric: true}]
  - name: drivers
    model: t.drivers
    entities: [{name: driver, type: primary}, {name: firm, type: foreign}]
    dimensions: [{name: age, type: categorical}]
  - name: cars
    model: t.cars
    entities: [{name: car, type: primary}, {name: firm, type: foreign}]
    dimensions: [{name: colour, type: categorical}]
  - name: firms
    model: t.firms
    entities: [{name: firm, type: unique}]
    dimensions: [{name: country, type: categorical}]
  - name: islands
    model: t.islands
    entities: [{name: island, type: primary}]
    dimensions: [{name: sand, type: categorical}, {name: colour, type: categorical}]
"""


def ask(graph: SemanticGraph, metric: str, name: str) -> list[str]:
    query = parse_query({"metrics": [metric], "group_by": [name]})
    return [c.name for c in compile_query(query, graph, dialect="duckdb").columns]


def test_two_shortest_paths_are_listed() -> None:
    with pytest.raises(AmbiguousPath) as caught:
        ask(graph_of(DIAMOND), "trips", "firm__country")
    assert caught.value.details["paths"] == [
        "trips.car -> cars.firm -> firms",
        "trips.driver -> drivers.firm -> firms",
    ]
    assert caught.value.suggestions == ("car__firm__country", "driver__firm__country")
    assert caught.value.path == "group_by[0]"


@pytest.mark.parametrize("name", ["car__firm__country", "driver__firm__country"])
def test_a_spelt_out_path_is_taken(name: str) -> None:
    assert ask(graph_of(DIAMOND), "trips", name) == [name, "trips"]


def test_a_plain_name_finds_its_only_path() -> None:
    assert ask(graph_of(DIAMOND), "trips", "colour") == ["car__colour", "trips"]


def test_no_join_leads_there() -> None:
    with pytest.raises(NotReachable, match="no join leads there from trips"):
        ask(graph_of(DIAMOND), "trips", "island__sand")


def test_a_role_is_known_where_it_cannot_be_reached() -> None:
    with pytest.raises(FanOut) as caught:
        ask(world("shop").graph, "customers", "origin__city")
    assert caught.value.details["join"] == "customers.customer -> orders.customer"


def test_the_nearest_that_works_is_named() -> None:
    with pytest.raises(NotReachable) as caught:
        ask(graph_of(DIAMOND), "trips", "island__colour")
    assert caught.value.suggestions == ("car__colour",)


def test_two_roles_of_one_table_are_two_ways() -> None:
    with pytest.raises(AmbiguousPath) as caught:
        ask(world("shop").graph, "refunded", "place__city")
    assert caught.value.suggestions == ("order__destination__city", "order__origin__city")


def test_a_join_that_multiplies_rows_is_named() -> None:
    with pytest.raises(FanOut) as caught:
        ask(world("shop").graph, "customers", "order__is_gift")
    assert caught.value.details["join"] == "customers.customer -> orders.customer"
    assert "would multiply rows" in caught.value.message


def test_a_fan_out_behind_a_sound_join_is_found() -> None:
    with pytest.raises(FanOut) as caught:
        ask(world("shop").graph, "orders", "refund__refunded_on")
    assert caught.value.details["join"] == "orders.order -> refunds.order"


def test_unknown_names_suggest_the_nearest() -> None:
    with pytest.raises(UnknownField) as caught:
        ask(world("shop").graph, "revenue", "customer__segmnt")
    assert caught.value.suggestions[0] == "customer__segment"


def test_a_grain_finer_than_the_data_is_refused() -> None:
    with pytest.raises(QueryError, match="kept by day") as caught:
        ask(world("shop").graph, "revenue", "metric_time__hour")
    assert caught.value.code == "GRAIN_TOO_FINE"


def test_a_grain_of_something_that_is_no_time_is_refused() -> None:
    with pytest.raises(QueryError) as caught:
        ask(world("shop").graph, "revenue", "customer__segment__month")
    assert caught.value.code == "NOT_A_TIME_DIMENSION"


def test_what_is_offered_can_be_asked() -> None:
    graph = world("shop").graph
    for metrics in (["revenue"], ["refunded"], ["revenue", "refunded"], ["customers", "orders"]):
        options = group_by_options(graph, metrics)
        names = [option.name for option in options]
        assert names[0] == "metric_time"
        for name in names:
            query = parse_query({"metrics": metrics, "group_by": [name]})
            compile_query(query, graph, dialect="databricks")


def test_shared_options_hold_for_every_metric() -> None:
    names = {o.name for o in group_by_options(world("shop").graph, ["revenue", "customers"])}
    assert "customer__segment" in names
    assert "origin__city" not in names
