"""Totals, comparison and explanation of a metric query over HTTP: numbers counted by hand."""

from __future__ import annotations

from typing import Any

import pytest

from queries.models import QueryRun
from tests.accounts_fixtures import ApiClient

pytestmark = pytest.mark.usefixtures("models")

PATH = "/api/metrics-explorer/query"
COUNTRIES = {"metrics": ["order_count", "revenue_per_order"], "group_by": ["customer__country"]}


def answer(client: ApiClient, query: dict[str, Any]) -> Any:
    response = client.post(PATH, query)
    assert response.status_code == 200, response.json()
    return response.json()


def refusal(client: ApiClient, query: dict[str, Any]) -> tuple[int, str]:
    response = client.post(PATH, query)
    return response.status_code, response.json()["error_code"]


def values(rows: list[dict[str, Any]]) -> list[list[Any]]:
    return sorted((list(row.values()) for row in rows), key=str)


def test_totals_of_each_level_come_from_the_definition(analyst_api: ApiClient) -> None:
    query = {
        **COUNTRIES,
        "group_by": ["customer__country", "metric_time__month"],
        "order_by": ["-order_count"],
        "limit": 1,
        "totals": True,
    }
    body = answer(analyst_api, query)
    assert body["row_count"] == 1
    grand, countries = body["totals"]
    # 135.85 of 5 orders: the mean of the rows would be another number
    assert (grand["group_by"], values(grand["rows"])) == ([], [[5, pytest.approx(27.17)]])
    assert countries["group_by"] == ["customer__country"]
    assert values(countries["rows"]) == [["FR", 2, 15.25], ["SE", 1, 5.25], [None, 2, 50.05]]
    assert not grand["truncated"]


def test_conditions_hold_for_totals_too(analyst_api: ApiClient) -> None:
    where = [{"field": "customer__country", "op": "=", "value": "FR"}]
    body = answer(analyst_api, {**COUNTRIES, "where": where, "totals": True})
    assert values(body["totals"][0]["rows"]) == [[2, 15.25]]


def test_totals_are_recorded_and_kept_like_other_queries(analyst_api: ApiClient) -> None:
    before = QueryRun.objects.count()
    first = answer(analyst_api, {**COUNTRIES, "totals": True})
    assert QueryRun.objects.count() == before + 2
    alone = answer(analyst_api, {"metrics": COUNTRIES["metrics"]})
    assert alone["cached"]
    assert alone["rows"] == first["totals"][0]["rows"]


def test_a_query_without_groups_has_no_totals_beside_its_row(analyst_api: ApiClient) -> None:
    assert answer(analyst_api, {"metrics": ["revenue"], "totals": True})["totals"] == []
    assert "totals" not in answer(analyst_api, {"metrics": ["revenue"]})


def test_compared_with_the_month_before(analyst_api: ApiClient) -> None:
    query = {
        "metrics": ["order_count"],
        "group_by": ["metric_time__month"],
        "time_range": {"start": "2025-01-01", "end": "2025-04-01"},
        "order_by": ["metric_time__month"],
        "compare": {"offset": "1 month"},
    }
    body = answer(analyst_api, query)
    assert body["columns"][1:] == [
        "order_count",
        "order_count__previous",
        "order_count__difference",
        "order_count__percent_change",
    ]
    assert [list(row.values())[1:] for row in body["rows"]] == [
        [2, None, None, None],
        [2, 2, 0, 0.0],
        [1, 2, -1, -50.0],
    ]


def test_totals_are_compared_as_well(analyst_api: ApiClient) -> None:
    query = {
        "metrics": ["order_count"],
        "group_by": ["metric_time__month"],
        "time_range": {"start": "2025-02-01", "end": "2025-04-01"},
        "compare": {"offset": "1 month"},
        "totals": True,
    }
    # 3 orders in February and March; 4 in January and February
    assert values(answer(analyst_api, query)["totals"][0]["rows"]) == [[3, 4, -1, -25.0]]


def test_an_explained_answer_says_what_is_read_and_joined(analyst_api: ApiClient) -> None:
    body = answer(analyst_api, {**COUNTRIES, "explain": True})
    lines = body["explain"]["text"].splitlines()
    assert any("table shop.main.orders as orders" in line for line in lines)
    assert any("left join table" in line for line in lines)
    assert body["explain"]["tree"]["step"] == "compute"
    compiled = analyst_api.post("/api/metrics-explorer/compile", {**COUNTRIES, "explain": True})
    assert compiled.json()["explain"] == body["explain"]
    assert "explain" not in answer(analyst_api, COUNTRIES)


@pytest.mark.parametrize("part", ["totals", "explain"])
@pytest.mark.parametrize("way", [{"async": True}, {"export_format": "csv"}])
def test_what_only_an_answer_at_once_has_is_not_left_out_silently(
    analyst_api: ApiClient, part: str, way: dict[str, Any]
) -> None:
    query = {**COUNTRIES, part: True, **way}
    assert refusal(analyst_api, query) == (422, "NOT_AVAILABLE")


def test_what_cannot_be_totalled_or_compared_is_refused(analyst_api: ApiClient) -> None:
    members = {"group_by": ["customer__country"], "totals": True}
    assert refusal(analyst_api, members) == (422, "INVALID_QUERY")
    strange = {**COUNTRIES, "compare": {"offset": "long ago"}}
    assert refusal(analyst_api, strange) == (422, "INVALID_OFFSET")
