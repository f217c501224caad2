"""/api/genie/suggest-metrics."""

from __future__ import annotations

from typing import Any

import pytest

from tests.accounts_fixtures import ApiClient
from tests.catalog.analysis.test_analyze_api import by_name

SALES = {"catalog": "retail", "schema": "gold", "table": "fact_sales"}


def suggest(client: ApiClient, **table_info: Any) -> Any:
    response = client.post("/api/genie/suggest-metrics", {"table_info": table_info})
    assert response.status_code == 200, response.json()
    return response.json()


def test_suggests_metrics_with_what_they_need(as_analyst: ApiClient, retail: None) -> None:
    body = suggest(as_analyst, **SALES)
    found = by_name(body["suggestions"])
    assert {"sales", "sales_amount", "returned_rate"} <= set(found)
    rate = found["returned_rate"]
    assert rate["type"] == rate["definition"]["type"] == "ratio"
    assert [measure["agg"] for measure in rate["measures"]] == ["sum_boolean", "count"]
    sure = [one["confidence"] for one in body["suggestions"]]
    assert sure == sorted(sure, reverse=True)
    assert body["model"] is None
    assert body["source"] == "heuristic"


def test_what_the_model_has_is_not_suggested(
    as_engineer: ApiClient, as_analyst: ApiClient, retail: None
) -> None:
    body = {
        "name": "shop_sales",
        "model": "retail.gold.fact_sales",
        "entities": [{"name": "sale", "type": "primary", "expr": "sales_key"}],
        "measures": [{"name": "revenue", "agg": "sum", "expr": "sales_amount"}],
        "metrics": [{"name": "revenue", "type": "simple", "type_params": {"measure": "revenue"}}],
        "category": "development",
    }
    assert as_engineer.post("/api/models", body).status_code == 201
    answer = suggest(as_analyst, **SALES)
    found = by_name(answer["suggestions"])
    assert answer["model"] == "shop_sales"
    assert "sales_amount" not in found
    assert found["discount_rate"]["definition"]["type_params"]["denominator"] == "revenue"


def test_a_table_that_nobody_can_read_goes_by_its_columns(
    as_analyst: ApiClient, retail: None
) -> None:
    columns = [
        {"name": "order_id", "data_type": "bigint"},
        {"name": "ordered_at", "data_type": "timestamp"},
        {"name": "amount", "type": "decimal(10,2)", "nullable": True},
        {"name": "unit_price", "data_type": "double"},
        {"name": "is_returned", "data_type": "boolean"},
        {"name": "customer_email", "data_type": "string"},
    ]
    body = suggest(as_analyst, catalog="else", schema="where", table="orders", columns=columns)
    names = {one["name"] for one in body["suggestions"]}
    assert {"orders", "order_amount", "average_unit_price", "returned_rate"} <= names
    assert all(one["confidence"] <= 0.8 for one in body["suggestions"])
    assert any("by names and types alone" in note for note in body["notes"])


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 400),
        ({"table_info": {"catalog": "retail", "schema": "gold"}}, 400),
        ({"table_info": {**SALES, "columns": [{"data_type": "int"}]}}, 400),
        ({"table_info": {**SALES, "table": "no_such"}}, 404),
    ],
)
def test_bad_requests(as_analyst: ApiClient, retail: None, body: Any, status: int) -> None:
    assert as_analyst.post("/api/genie/suggest-metrics", body).status_code == status
