"""Contract 21 and 22, and our own parts of the metrics explorer."""

from __future__ import annotations

from typing import Any

import pytest

from tests.http.client import HttpClient
from tests.http.shapes import (
    ANY,
    INT,
    NUMBER,
    OBJECT,
    PAGINATION,
    TEXT,
    TIME,
    Items,
    Nullable,
    check,
)
from tests.http.test_sql import ANSWER

METRIC = {
    "id": TEXT,
    "name": TEXT,
    "label": Nullable(TEXT),
    "description": Nullable(TEXT),
    "type": {"simple", "ratio", "derived", "cumulative", "conversion", "sql"},
    "model_name": Nullable(TEXT),
    "category": {"production", "staging", "development"},
    "aggregation": Nullable(TEXT),
    "created_at": TIME,
}
LIST = {"metrics": Items(METRIC), "total_count": INT, "pagination": PAGINATION}
SEARCH = {
    "metrics": Items({**METRIC, "match_score": NUMBER}),
    "total_count": INT,
    "search_query": TEXT,
    "category_filter": TEXT,
    "pagination": PAGINATION,
}
QUERY = {
    "metrics": ["flights", "on_time_rate"],
    "group_by": ["carrier__name", "metric_time__month"],
    "where": [{"field": "carrier__name", "op": "=", "value": "JetBlue Airways"}],
    "order_by": ["-metric_time__month"],
    "time_range": {"start": "2013-01-01", "end": "2013-07-01"},
    "limit": 3,
}
MODELS_USED = Items({"name": TEXT, "version": INT})
COMPILED = {"sql": TEXT, "dialect": TEXT, "parameters": OBJECT, "columns": Items(TEXT)}
METRIC_ANSWER = {
    **ANSWER,
    "sql": TEXT,
    "receipt": {
        "models": MODELS_USED,
        "sql_sha256": TEXT,
        "warehouse": TEXT,
        "statement_id": TEXT,
        "data_scope": TEXT,
        "time_range": Nullable({"start": TEXT, "end": TEXT}),
        "time_zone": TEXT,
        "cache": OBJECT,
    },
}
DIMENSIONS = {
    "dimensions": Items(
        {
            "name": TEXT,
            "type": TEXT,
            "label": Nullable(TEXT),
            "grains": Items(TEXT, may_be_empty=True),
        }
    )
}
MONTH = "metric_time__month"
BASE = "/api/metrics-explorer"


@pytest.mark.parametrize("slash", ["", "/"])
def test_list(viewer: HttpClient, slash: str) -> None:
    body = viewer.answer("GET", f"{BASE}/metrics{slash}")
    check(body, LIST)
    assert body["total_count"] >= 15
    assert body["pagination"]["page_size"] == 100
    for metric in body["metrics"]:
        assert metric["label"]
        assert metric["description"]


def test_list_by_type_and_model(viewer: HttpClient) -> None:
    ratios = viewer.get(f"{BASE}/metrics", type="ratio").json()["metrics"]
    assert {metric["type"] for metric in ratios} == {"ratio"}
    weather = viewer.get(f"{BASE}/metrics", model="weather", page_size=200).json()["metrics"]
    assert {metric["model_name"] for metric in weather} == {"weather"}
    assert viewer.get(f"{BASE}/metrics", category="staging").json()["total_count"] == 0


@pytest.mark.parametrize("slash", ["", "/"])
@pytest.mark.parametrize(
    ("parameters", "first"),
    [
        ({"query": "on_time_rate"}, "on_time_rate"),
        ({"q": "ON-TIME RATE"}, "on_time_rate"),
        ({"query": "punctualty"}, "on_time_rate"),
        ({"query": "OTP"}, "on_time_rate"),
        ({"query": "cancel"}, "cancelled_flights"),
    ],
    ids=str,
)
def test_search(viewer: HttpClient, parameters: dict[str, str], first: str, slash: str) -> None:
    body = viewer.get(f"{BASE}/search{slash}", **parameters).json()
    check(body, SEARCH)
    names = [metric["name"] for metric in body["metrics"]]
    assert first in names[:2]
    scores = [metric["match_score"] for metric in body["metrics"]]
    assert scores == sorted(scores, reverse=True)
    assert all(0 < score <= 1 for score in scores)


@pytest.mark.parametrize("slash", ["", "/"])
def test_explain(viewer: HttpClient, slash: str) -> None:
    body = viewer.answer("GET", f"{BASE}/metrics/on_time_rate{slash}")
    check(body, {**METRIC, **DIMENSIONS, "definition": OBJECT, "lineage": OBJECT})
    assert body["lineage"]["tables"] == ["flights.gold.flights"]
    refusal = viewer.refused(
        "GET", f"{BASE}/metrics/on_time_rat", status=404, code="METRIC_NOT_FOUND"
    )
    assert "on_time_rate" in refusal["details"]["suggestions"]


@pytest.mark.parametrize("slash", ["", "/"])
def test_query(analyst: HttpClient, slash: str) -> None:
    body = analyst.answer("POST", f"{BASE}/query{slash}", QUERY)
    check(body, METRIC_ANSWER)
    assert body["columns"] == ["carrier__name", "metric_time__month", "flights", "on_time_rate"]
    assert [row["metric_time__month"][:7] for row in body["rows"]] == [
        "2013-06",
        "2013-05",
        "2013-04",
    ]
    assert body["truncated"] is True
    assert body["receipt"]["time_range"]["start"].startswith("2013-01-01")


@pytest.mark.parametrize("slash", ["", "/"])
def test_compile_gives_the_sql_that_query_runs(
    viewer: HttpClient, analyst: HttpClient, dialect: str, slash: str
) -> None:
    compiled = viewer.answer("POST", f"{BASE}/compile{slash}", QUERY)
    check(compiled, COMPILED)
    asked = analyst.answer("POST", f"{BASE}/query", QUERY)
    assert compiled["sql"] == asked["sql"]
    assert compiled["columns"] == asked["columns"]
    assert "JetBlue" not in compiled["sql"]  # bound, never written into the text
    rows = analyst.answer(
        "POST",
        "/api/queries/execute",
        {"query": compiled["sql"], "parameters": compiled["parameters"]},
    )["rows"]
    if dialect == "databricks":
        # By hand a bucket is what DATE_TRUNC gives there: a moment.
        rows = [{**row, MONTH: row[MONTH].removesuffix("Z")} for row in rows]
    assert rows == asked["rows"]


@pytest.mark.parametrize("slash", ["", "/"])
def test_dimensions(viewer: HttpClient, slash: str) -> None:
    body = viewer.answer("POST", f"{BASE}/dimensions{slash}", {"metrics": ["flights", "planes"]})
    check(body, DIMENSIONS)
    names = {found["name"] for found in body["dimensions"]}
    assert "plane__manufacturer" in names
    assert not {"carrier__name", "metric_time"} & names  # planes have neither
    alone = viewer.answer("POST", f"{BASE}/dimensions", {"metrics": ["flights"]})["dimensions"]
    time = next(found for found in alone if found["name"] == "metric_time")
    assert {"day", "month", "year"} <= set(time["grains"])
    assert "hour" not in time["grains"]


@pytest.mark.parametrize("slash", ["", "/"])
def test_dimension_values(analyst: HttpClient, slash: str) -> None:
    body = {"dimension": "carrier__name", "search": "air", "limit": 3}
    found = analyst.answer("POST", f"{BASE}/dimension-values{slash}", body)
    check(found, {"dimension": TEXT, "values": Items(ANY)})
    assert len(found["values"]) == 3
    assert all("air" in value.lower() for value in found["values"])
    everything = analyst.answer("POST", f"{BASE}/dimension-values", {"dimension": "carrier__name"})
    assert len(everything["values"]) == 16


@pytest.mark.parametrize(
    ("change", "code", "hint"),
    [
        ({"metrics": ["flihgts"]}, "UNKNOWN_METRIC", "flights"),
        ({"group_by": ["carrier__nam"]}, "UNKNOWN_FIELD", "carrier__name"),
        ({"group_by": ["metric_time__fortnight"]}, "UNKNOWN_FIELD", "month"),
        ({"group_by": ["metric_time__mnth"]}, "UNKNOWN_FIELD", "month"),
        ({"metrics": ["planes"], "group_by": ["carrier__name"]}, None, "carrier__name"),
        ({"group_by": ["airport__name"]}, "AMBIGUOUS_PATH", "origin"),
        ({"order_by": ["nope"]}, "INVALID_ORDER_BY", "nope"),
        ({"where": ["{{ Dimension('carrier__name') }} = "]}, "INVALID_FILTER", "missing"),
        ({"where": ["{{ 7 * 7 }} = 49"]}, "INVALID_FILTER", "Dimension"),
        ({"where": [{"field": "carrier__name", "op": "==", "value": "x"}]}, "INVALID_FILTER", "="),
        ({"time_range": {"start": "yesterday"}}, "INVALID_TIME", "yesterday"),
        ({"time_zone": "Mars"}, "UNKNOWN_TIME_ZONE", "Mars"),
    ],
    ids=str,
)
def test_questions_without_a_right_answer(
    viewer: HttpClient, change: dict[str, Any], code: str | None, hint: str
) -> None:
    body = {"metrics": ["flights"], **change}
    refusal = viewer.answer("POST", f"{BASE}/compile", body, status=422)
    check(refusal["details"]["errors"], Items({"path": TEXT, "code": TEXT, "message": TEXT}))
    assert code is None or refusal["error_code"] == code, refusal
    assert hint in refusal["detail"]
    assert "sqlglot" not in refusal["detail"]
