"""Metrics that are raw SQL: run alone, as written, behind the guard, and marked ungoverned."""

from __future__ import annotations

from typing import Any

import pytest

from queries.raw_metrics import UNGOVERNED
from semantic_layer.accounts.models import User
from tests.accounts_fixtures import Api, ApiClient

MODEL = """
name: numbers
model: shop.main.numbers
entities: [{name: number, type: primary, expr: n}]
measures: [{name: number_count, agg: count, expr: n}]
metrics:
  - name: biggest_order
    sql: SELECT max(amount) AS biggest, count(*) AS orders FROM shop.main.orders
  - name: smuggler
    sql: SELECT * FROM read_csv('/etc/passwd')
"""

PATH = "/api/metrics-explorer/query"


@pytest.fixture(autouse=True)
def raw_metrics(models: None, api: Api, engineer: User) -> None:
    response = api(engineer).post("/api/models", {"yaml": MODEL})
    assert response.status_code == 201, response.json()


def test_runs_alone_and_says_that_it_is_ungoverned(analyst_api: ApiClient) -> None:
    body = analyst_api.post(PATH, {"metrics": ["biggest_order"]}).json()
    assert body["rows"] == [{"biggest": "100.00", "orders": 5}]
    assert body["receipt"]["notes"] == [UNGOVERNED]
    assert body["receipt"]["metrics"] == ["biggest_order"]
    compiled = analyst_api.post("/api/metrics-explorer/compile", {"metrics": ["biggest_order"]})
    assert compiled.json()["sql"] == body["sql"]


@pytest.mark.parametrize(
    "extra",
    [
        {"group_by": ["metric_time__month"]},
        {"metrics": ["biggest_order", "revenue"]},
        {"where": ["{{ Dimension('customer__country') }} = 'FR'"]},
        {"time_range": {"start": "2025-01-01"}},
    ],
)
def test_cannot_be_grouped_or_combined(analyst_api: ApiClient, extra: dict[str, Any]) -> None:
    response = analyst_api.post(PATH, {"metrics": ["biggest_order"], **extra})
    assert (response.status_code, response.json()["error_code"]) == (422, "UNGOVERNED_METRIC")


def test_its_statement_is_guarded_like_any_other(analyst_api: ApiClient) -> None:
    response = analyst_api.post(PATH, {"metrics": ["smuggler"]})
    assert (response.status_code, response.json()["error_code"]) == (400, "STATEMENT_NOT_ALLOWED")
