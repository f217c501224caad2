"""POST /api/metrics-explorer/compile and /dimensions over HTTP: nothing runs."""

from __future__ import annotations

from typing import Any

import duckdb
import pytest

from queries.models import QueryRun
from semantic_layer.accounts.models import User
from tests.accounts_fixtures import Api, ApiClient

pytestmark = pytest.mark.usefixtures("models")

COMPILE = "/api/metrics-explorer/compile"
DIMENSIONS = "/api/metrics-explorer/dimensions"


def test_a_viewer_may_compile(api: Api, viewer: User, shop: Any) -> None:
    body = (
        api(viewer)
        .post(
            COMPILE,
            {
                "metrics": ["revenue"],
                "group_by": ["customer__name", "metric_time__month"],
                "where": [{"field": "customer__country", "op": "=", "value": "Avalon"}],
            },
        )
        .json()
    )
    assert body["columns"] == ["customer__name", "metric_time__month", "revenue"]
    assert body["dialect"] == "duckdb"
    assert "Avalon" in body["parameters"].values()
    assert "Avalon" not in body["sql"]
    name = body["column_details"][0]
    assert (name["role"], name["kind"], name["label"]) == (
        "dimension", "categorical", "Customer name",
    )  # fmt: skip
    assert body["column_details"][1]["grain"] == "month"
    assert body["column_details"][2]["role"] == "metric"
    assert [model["name"] for model in body["models"]] == ["customers", "orders"]
    assert QueryRun.objects.count() == 0


def test_the_sql_runs_as_it_is_shown(analyst_api: ApiClient, shop: Any) -> None:
    query = {
        "metrics": ["order_count"],
        "group_by": ["customer__name"],
        "where": [{"field": "customer__name", "op": "!=", "value": "Bo"}],
        "time_range": {"start": "2025-01-01", "end": "2025-02-01"},
        "limit": 5,
    }
    body = analyst_api.post(COMPILE, query).json()
    with duckdb.connect() as connection:
        connection.execute(f"ATTACH '{shop}' AS shop (READ_ONLY)")
        assert connection.execute(body["sql"], body["parameters"]).fetchall() == [("Ada", 2)]


def test_parameters_are_plain_json(analyst_api: ApiClient) -> None:
    query = {"metrics": ["revenue"], "time_range": {"start": "2025-01-01", "end": "2025-02-01"}}
    body = analyst_api.post(COMPILE, query).json()
    assert all(isinstance(value, str) for value in body["parameters"].values())
    assert body["time_range"]["start"].startswith("2025-01-01")


def test_the_same_question_compiles_to_the_same_bytes(analyst_api: ApiClient) -> None:
    query = {"metrics": ["revenue", "visit_count"], "group_by": ["customer__country"]}
    assert len({analyst_api.post(COMPILE, query).content for _ in range(3)}) == 1


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ({"metrics": ["revenu"]}, 422, "UNKNOWN_METRIC"),
        ({"metrics": ["revenue"], "async": True}, 422, "NOT_AVAILABLE"),
        ({"metrics": ["revenue"], "limit": 0}, 400, "VALIDATION_ERROR"),
        ({}, 400, "MALFORMED"),
    ],
)
def test_what_cannot_be_compiled_says_why(
    analyst_api: ApiClient, query: dict[str, Any], status: int, code: str
) -> None:
    response = analyst_api.post(COMPILE, query)
    assert (response.status_code, response.json()["error_code"]) == (status, code)


def test_dimensions_are_those_all_metrics_share(api: Api, viewer: User) -> None:
    body = api(viewer).post(DIMENSIONS, {"metrics": ["revenue", "visit_count"]}).json()
    found = {item["name"]: item for item in body["dimensions"]}
    assert body["total_count"] == len(found) == len(body["dimensions"])
    assert {"metric_time", "customer", "customer__country", "customer__name"} <= set(found)
    assert not {name for name in found if name.startswith(("order", "visit"))}
    assert found["customer__country"]["type"] == "categorical"
    assert found["customer__name"]["label"] == "Customer name"
    assert found["customer__name"]["model"] == "customers"
    time = found["metric_time"]
    assert (time["type"], time["grains"][0], time["default_grain"]) == ("time", "day", "day")


def test_each_listed_dimension_can_be_grouped_by(analyst_api: ApiClient) -> None:
    metrics = ["revenue", "visit_count"]
    for item in analyst_api.post(DIMENSIONS, {"metrics": metrics}).json()["dimensions"]:
        for grain in item["grains"] or [None]:
            key = {"name": item["name"], **({"grain": grain} if grain else {})}
            response = analyst_api.post(
                "/api/metrics-explorer/query", {"metrics": metrics, "group_by": [key]}
            )
            assert response.status_code == 200, (key, response.json())


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"metrics": ["revenu"]}, 422),
        ({"metrics": ["revenue"], "category": "development"}, 422),
        ({"metrics": []}, 400),
        ({}, 400),
        ({"metrics": ["revenue"], "categry": "production"}, 400),
    ],
)
def test_dimensions_of_what_is_not_there(
    analyst_api: ApiClient, body: dict[str, Any], status: int
) -> None:
    assert analyst_api.post(DIMENSIONS, body).status_code == status
