"""POST /api/metrics-explorer/dimension-values over HTTP."""

from __future__ import annotations

from typing import Any

import pytest

from queries.models import QueryRun
from tests.accounts_fixtures import ApiClient

pytestmark = pytest.mark.usefixtures("models")

PATH = "/api/metrics-explorer/dimension-values"


def ask(client: ApiClient, **body: Any) -> Any:
    response = client.post(PATH, body)
    assert response.status_code == 200, response.json()
    return response.json()


def test_values_come_once_in_order_and_null_last(analyst_api: ApiClient) -> None:
    body = ask(analyst_api, dimension="customer__country")
    assert body["values"] == ["FR", "SE", None]
    assert (body["dimension"], body["total_count"], body["truncated"]) == (
        "customer__country", 3, False,
    )  # fmt: skip
    run = QueryRun.objects.get(pk=body["query_id"])
    assert (run.kind, run.state, run.row_count) == ("dimension_values", "completed", 3)


@pytest.mark.parametrize(
    ("search", "values"),
    [("a", ["Ada"]), ("O", ["Bo"]), ("", ["Ada", "Bo", "Cy"]), ("%", []), ("_", []), ("\\", [])],
)
def test_search_is_for_text_whatever_its_case(
    analyst_api: ApiClient, search: str, values: list[str]
) -> None:
    assert ask(analyst_api, name="customer__name", search=search)["values"] == values


@pytest.mark.parametrize(("limit", "truncated"), [(1, True), (2, True), (3, False), (4, False)])
def test_truncated_is_exact(analyst_api: ApiClient, limit: int, truncated: bool) -> None:
    body = ask(analyst_api, dimension="customer__name", limit=limit)
    assert (body["total_count"], body["truncated"]) == (min(limit, 3), truncated)


def test_with_metrics_only_values_that_occur(analyst_api: ApiClient) -> None:
    body = ask(analyst_api, dimension="customer__name", metrics=["visit_count"])
    assert body["values"] == ["Ada", "Bo"]


def test_values_of_a_time_dimension(analyst_api: ApiClient) -> None:
    body = ask(analyst_api, dimension="customer__joined__month")
    assert [str(value)[:10] for value in body["values"]] == [
        "2024-01-01",
        "2024-02-01",
        "2024-03-01",
    ]


def test_dates_are_searched_as_text(analyst_api: ApiClient) -> None:
    body = ask(analyst_api, dimension="customer__joined", search="-02-")
    assert body["values"] == ["2024-02-01T00:00:00"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 400),
        ({"dimension": "customer__name", "name": "customer__name"}, 400),
        ({"dimension": "customer__name", "limit": 0}, 400),
        ({"dimension": "customer__name", "limit": 1001}, 400),
        ({"dimension": "customer__name", "metrics": "revenue"}, 400),
        ({"dimension": ["customer__name"]}, 400),
        ({"dimension": "customer__nam"}, 422),
        ({"dimension": "customer__name", "metrics": ["revenu"]}, 422),
        ({"dimension": "order__ordered_at", "metrics": ["customer_count"]}, 422),
    ],
)
def test_bad_input(analyst_api: ApiClient, body: dict[str, Any], status: int) -> None:
    assert analyst_api.post(PATH, body).status_code == status
