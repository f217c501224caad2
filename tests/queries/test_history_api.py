"""The list of what was asked."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from queries.models import QueryRun
from semantic_layer.accounts.models import User
from tests.accounts_fixtures import Api, ApiClient
from tests.queries.conftest import execute

HISTORY = "/api/queries/history"


def history(client: ApiClient, **query: Any) -> list[dict[str, Any]]:
    response = client.get(HISTORY, query)
    assert response.status_code == 200, response.json()
    found: list[dict[str, Any]] = response.json()["queries"]
    return found


@pytest.fixture
def asked(analyst_api: ApiClient, models: None) -> list[str]:
    """Three queries of the analyst, newest first: a refused one, a metric query, a good one."""
    ids = [execute(analyst_api, "SELECT 1 AS first").json()["query_id"]]
    question = {"metrics": ["revenue"], "group_by": ["customer__country"]}
    ids.append(analyst_api.post("/api/metrics-explorer/query", question).json()["query_id"])
    execute(analyst_api, "SELECT nope FROM orders")
    ids.append(str(QueryRun.objects.latest("submitted_at").pk))
    return ids[::-1]


def test_own_queries_newest_first(analyst_api: ApiClient, asked: list[str]) -> None:
    body = analyst_api.get(HISTORY).json()
    assert [item["query_id"] for item in body["queries"]] == asked
    assert body["pagination"]["page_size"] == 20
    assert body["total_count"] == 3
    refused, metric, good = body["queries"]
    assert (refused["status"], refused["error_code"]) == ("failed", "SQL_ERROR")
    assert metric["metric_query"]["metrics"] == ["revenue"]
    assert metric["kind"] == "metric"
    assert metric["category"] == "production"
    assert (good["query"], good["status"], good["row_count"]) == (
        "SELECT 1 AS first", "completed", 1,
    )  # fmt: skip
    assert good["result_url"] is None
    assert good["user"]["email"] == "analyst@example.com"


def test_filters(analyst_api: ApiClient, asked: list[str]) -> None:
    failed, metric, good = asked

    def found(**query: Any) -> list[str]:
        return [item["query_id"] for item in history(analyst_api, **query)]

    assert found(status="failed") == found(state="failed") == [failed]
    assert found(kind="metric") == found(category="production") == [metric]
    assert found(text="FIRST") == [good]
    assert found(text="customer__country") == [metric]
    assert found(text="%") == []
    now = timezone.now()
    assert found(to=now.isoformat()) == asked
    assert found(**{"from": now.isoformat()}) == []
    QueryRun.objects.filter(pk=good).update(submitted_at=now - timedelta(days=2))
    day_ago = (now - timedelta(days=1)).isoformat()
    assert found(to=day_ago) == [good]
    assert found(**{"from": day_ago}) == [failed, metric]
    assert found(page=2, page_size=2) == [good]


@pytest.mark.parametrize(
    "query", [{"page_size": 51}, {"status": "odd"}, {"from": "yesterday"}, {"kind": "x"}]
)
def test_bad_parameters(analyst_api: ApiClient, query: dict[str, Any]) -> None:
    assert analyst_api.get(HISTORY, query).status_code == 400


def test_other_peoples_queries_are_for_admins(
    api: Api, analyst_api: ApiClient, asked: list[str], admin_user: User, shop: Path
) -> None:
    engineer = api(User.objects.get(email="engineer@example.com"))
    admin = api(admin_user)
    assert history(engineer) == history(admin) == []
    for user in ("all", "analyst@example.com"):
        refused = engineer.get(HISTORY, {"user": user})
        assert (refused.status_code, refused.json()["error_code"]) == (403, "PERMISSION_DENIED")
    assert [item["query_id"] for item in history(admin, user="all")] == asked
    assert [item["query_id"] for item in history(admin, user="Analyst@example.com")] == asked
    owner = QueryRun.objects.get(pk=asked[0]).actor_id
    assert len(history(admin, user=owner)) == 3
    assert history(admin, user="nobody@example.com") == []
    assert len(history(analyst_api, user="analyst@example.com")) == 3


def test_a_synchronous_query_has_a_status_and_keeps_no_rows(analyst_api: ApiClient) -> None:
    query_id = execute(analyst_api, "SELECT 1 AS a").json()["query_id"]
    status = analyst_api.get(f"/api/queries/{query_id}/status").json()
    assert (status["status"], status["result_url"], status["row_count"]) == ("completed", None, 1)
    results = analyst_api.get(f"/api/queries/{query_id}/results")
    assert (results.status_code, results.json()["error_code"]) == (404, "RESULT_EXPIRED")
