"""/api/metrics-explorer: listed, found, explained."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.accounts_fixtures import ApiClient

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("shop")]

METRICS = "/api/metrics-explorer/metrics"
SEARCH = "/api/metrics-explorer/search"


def names(response: Any) -> list[str]:
    assert response.status_code == 200, response.content
    return [metric["name"] for metric in response.json()["metrics"]]


def test_list(as_viewer: ApiClient) -> None:
    response = as_viewer.get(METRICS)

    assert names(response) == [
        "average_order_value", "customers_known", "orders_placed", "revenue",
    ]  # fmt: skip
    body = response.json()
    assert body["total_count"] == body["pagination"]["total"] == 4
    revenue = body["metrics"][3]
    assert {
        "id": "revenue", "label": "Revenue", "description": "What customers paid.",
        "type": "simple", "model_name": "orders", "category": "production",
        "aggregation": "sum", "synonyms": ["turnover", "sales"], "owner": "sales",
    }.items() <= revenue.items()  # fmt: skip
    assert revenue["created_at"].endswith("Z")
    assert body["metrics"][0]["aggregation"] is None


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("type=ratio", ["average_order_value"]),
        ("model=customers", ["customers_known"]),
        ("model=orders&type=simple", ["orders_placed", "revenue"]),
        ("model=nothing", []),
        ("category=staging", []),
        ("page=2&page_size=3", ["revenue"]),
    ],
)
def test_list_filters(as_viewer: ApiClient, query: str, expected: list[str]) -> None:
    assert names(as_viewer.get(f"{METRICS}?{query}")) == expected


@pytest.mark.parametrize(
    "query", ["type=sum", "category=x", "page_size=201", "page=-1", "kind=ratio"]
)
def test_bad_parameters(as_viewer: ApiClient, query: str) -> None:
    response = as_viewer.get(f"{METRICS}?{query}")
    assert response.status_code == 400
    assert query.partition("=")[0] in response.json()["field_errors"]


def test_a_warm_list_asks_the_registry_once(as_viewer: ApiClient) -> None:
    as_viewer.get(METRICS)
    with CaptureQueriesContext(connection) as queries:
        as_viewer.get(METRICS)
    assert len([q for q in queries if "models_registry" in q["sql"]]) == 1


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("revenue", "revenue"),
        ("REVENUE", "revenue"),
        ("Revneue", "revenue"),
        ("turnover", "revenue"),
        ("rev", "revenue"),
        ("order value", "average_order_value"),
        ("avg order vlaue", "average_order_value"),
        ("averageorder", "average_order_value"),
        ("customers paid", "revenue"),
        ("orders_placed", "orders_placed"),
        ("known", "customers_known"),
    ],
)
def test_search_finds(as_viewer: ApiClient, query: str, first: str) -> None:
    body = as_viewer.get(SEARCH, {"query": query}).json()

    assert body["metrics"][0]["name"] == first, body["metrics"]
    scores = [metric["match_score"] for metric in body["metrics"]]
    assert scores == sorted(scores, reverse=True)
    assert all(0 < score <= 1 for score in scores)
    assert body["search_query"] == query
    assert body["category_filter"] == "production"
    assert body["total_count"] == len(scores)


def test_search_takes_q_and_the_filters_of_the_list(as_viewer: ApiClient) -> None:
    assert names(as_viewer.get(f"{SEARCH}?q=order&type=ratio")) == ["average_order_value"]
    assert names(as_viewer.get(f"{SEARCH}?q=zzzzzz")) == []
    assert names(as_viewer.get(f"{SEARCH}?q=%25%27%22")) == []


@pytest.mark.parametrize("query", ["", "query=", "q=a&query=b", f"q={'x' * 201}"])
def test_search_needs_one_query(as_viewer: ApiClient, query: str) -> None:
    assert as_viewer.get(f"{SEARCH}?{query}").status_code == 400


def test_a_metric_is_explained(as_viewer: ApiClient) -> None:
    body = as_viewer.get(f"{METRICS}/average_order_value").json()

    assert body["definition"]["type_params"] == {
        "numerator": "revenue", "denominator": "orders_placed",
    }  # fmt: skip
    dimensions = {option["name"]: option for option in body["dimensions"]}
    assert dimensions["metric_time"]["grains"][0] == "day"
    assert dimensions["metric_time"]["default_grain"] == "day"
    assert dimensions["customer__country"]["model"] == "customers"
    assert body["lineage"] == {
        "metrics": ["orders_placed", "revenue"],
        "measures": ["order_count", "revenue_sum"],
        "models": ["orders"],
        "tables": ["orders"],
    }


def test_an_unknown_metric_is_404_with_the_nearest(as_viewer: ApiClient) -> None:
    response = as_viewer.get(f"{METRICS}/revenu")

    assert response.status_code == 404
    assert response.json()["error_code"] == "METRIC_NOT_FOUND"
    assert response.json()["details"]["suggestions"] == ["revenue"]
