"""Totals, explanations, notes and what a receipt is told."""

from __future__ import annotations

import pytest

from semantic_layer.compiler import compile_totals, parse_query
from semantic_layer.errors import QueryError
from tests.compiler.harness import NOW, World, in_order, world


def totals(here: World, **body: object) -> dict[tuple[str, ...], object]:
    found = compile_totals(parse_query(body), here.graph, dialect="duckdb", now=NOW)
    return {t.group_by: in_order(here.run(t.compiled.sql, t.compiled.parameters)) for t in found}


def test_totals_come_from_the_definition_not_from_the_rows() -> None:
    found = totals(
        world("shop"),
        metrics=["buyers", "average_amount"],
        group_by=["customer__segment", "order__is_gift"],
        order_by=["-buyers"],
        limit=1,
    )
    assert list(found) == [(), ("customer__segment",)]
    assert found[()] == [(4, 35.0)]
    assert found[("customer__segment",)] == in_order(
        [("gold", 1, 15.0), ("silver", 1, 40.0), (None, 2, 46.666666667)]
    )


def test_totals_of_a_query_without_groups_are_none() -> None:
    assert totals(world("shop"), metrics=["revenue"]) == {}


def test_totals_of_no_metric_are_refused() -> None:
    with pytest.raises(QueryError) as caught:
        totals(world("shop"), group_by=["customer__segment"])
    assert caught.value.code == "INVALID_QUERY"


def test_a_name_asked_twice_makes_no_extra_total() -> None:
    found = totals(world("shop"), metrics=["revenue"], group_by=["segment", "customer__segment"])
    assert list(found) == [()]


def test_what_a_receipt_needs_is_told() -> None:
    compiled = world("shop").compile(
        metrics=["revenue", "refunded"],
        group_by=["customer__segment"],
        time_range={"this": "month"},
        time_zone="Europe/Paris",
    )
    assert compiled.models == ("orders", "customers", "refunds")
    assert compiled.sources == ("shop.customers", "shop.orders", "shop.refunds")
    assert compiled.time_range == ("2024-03-01T00:00:00", "2024-04-01T00:00:00")
    assert compiled.time_zone == "Europe/Paris"
    assert [(c.name, c.role, c.kind) for c in compiled.columns] == [
        ("customer__segment", "dimension", "categorical"),
        ("revenue", "metric", "simple"),
        ("refunded", "metric", "simple"),
    ]
    assert compiled.columns[1].label == "Revenue"


@pytest.mark.parametrize("offset", ["", "a year", "0 days", "1 fortnight", "-1 day", "1 year ago"])
def test_an_offset_that_cannot_be_read_is_refused(offset: str) -> None:
    with pytest.raises(QueryError) as caught:
        world("events").compile(metrics=["visits"], compare={"offset": offset})
    assert caught.value.code == "INVALID_OFFSET"


def test_a_comparison_without_time_is_refused() -> None:
    with pytest.raises(QueryError) as caught:
        world("events").compile(metrics=["visits"], compare={"offset": "1 month"})
    assert caught.value.code == "NEEDS_METRIC_TIME"
    assert caught.value.suggestions == ("metric_time",)
