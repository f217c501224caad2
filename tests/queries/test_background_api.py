"""Queries in the background: submitted, run by a real worker, read, cancelled, listed."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from queries.models import QueryRun, StoredResult
from queries.tasks import reap
from semantic_layer.accounts.models import User
from semantic_layer.checks import check_background
from tests.accounts_fixtures import Api, ApiClient
from tests.queries.background import (
    ENDLESS,
    ended,
    rows_of,
    running,
    status,
    submit,
    worker_environment,
)
from tests.queries.conftest import MODELS
from tests.waiting import wait_for
from tests.worker_fixture import CeleryWorker

pytestmark = pytest.mark.django_db(transaction=True)

SOMEONE = "00000000-0000-4000-8000-000000000000"
TYPES = (
    "SELECT order_id, customer_id, ordered_at, amount, items, "
    "[order_id, NULL] AS list, {'a': amount} AS struct, INTERVAL 3 DAY AS span, "
    "1e300::DOUBLE AS big, 'inf'::DOUBLE AS infinite, NULL AS nothing FROM orders ORDER BY order_id"
)


def test_a_statement_runs_in_the_background_and_its_rows_equal_the_synchronous_answers(
    analyst_client: ApiClient, worker: CeleryWorker
) -> None:
    response = analyst_client.post("/api/queries/execute", {"query": TYPES, "async": True})
    assert response.status_code == 202
    assert response["Location"] == response.json()["status_url"]
    accepted = response.json()
    assert accepted["status"] == "running"
    query_id = accepted["query_id"]
    assert accepted["status_url"] == f"/api/queries/{query_id}/status"
    found = ended(analyst_client, query_id)
    assert (found["status"], found["progress_percentage"], found["row_count"]) == (
        "completed", 100.0, 5,
    )  # fmt: skip
    assert found["error"] is None
    assert found["submitted_at"] <= found["started_at"] <= found["finished_at"]
    page = analyst_client.get(accepted["result_url"])
    assert page.status_code == 200, page.json()
    sync = analyst_client.post("/api/queries/execute", {"query": TYPES}).json()
    for name in ("columns", "column_types", "rows", "row_count", "truncated"):
        assert page.json()[name] == sync[name], name
    assert page.json()["pagination"]["total"] == 5


def test_pages_of_a_long_result(analyst_client: ApiClient, worker: CeleryWorker) -> None:
    query_id = submit(analyst_client, "SELECT n FROM numbers ORDER BY n", limit=2_000)
    assert ended(analyst_client, query_id)["truncated"] is True
    url = f"/api/queries/{query_id}/results"
    page = analyst_client.get(url, {"page": 3, "page_size": 900}).json()
    assert [row["n"] for row in page["rows"]] == list(range(1800, 2000))
    assert page["pagination"] == {
        "total": 2000, "page": 3, "page_size": 900, "total_pages": 3,
        "has_next": False, "has_previous": True,
    }  # fmt: skip
    assert analyst_client.get(url, {"page": 4, "page_size": 900}).json()["rows"] == []
    for bad in ({"page": 0}, {"page_size": 10_001}, {"page": "x"}):
        assert analyst_client.get(url, bad).status_code == 400, bad


def test_a_metric_query_runs_in_the_background(
    analyst_client: ApiClient, worker: CeleryWorker, api: Api
) -> None:
    engineer = api(User.objects.create_user("engineer@example.com", ["engineer"]))
    assert engineer.post("/api/models", {"yaml": MODELS}).status_code == 201
    question = {"metrics": ["revenue"], "group_by": ["customer__country"], "order_by": ["revenue"]}
    response = analyst_client.post("/api/metrics-explorer/query", {**question, "async": True})
    assert response.status_code == 202, response.json()
    query_id = response.json()["query_id"]
    assert ended(analyst_client, query_id)["status"] == "completed"
    body = analyst_client.get(f"/api/queries/{query_id}/results").json()
    sync = analyst_client.post("/api/metrics-explorer/query", question).json()
    assert body["rows"] == sync["rows"]
    assert body["sql"] == sync["sql"]
    assert body["receipt"]["models"] == sync["receipt"]["models"]
    assert body["receipt"]["query_id"] == query_id


def test_what_is_wrong_at_once_is_told_at_once(analyst_client: ApiClient) -> None:
    refused = analyst_client.post(
        "/api/queries/execute", {"query": "DROP TABLE orders", "async": True}
    )
    assert (refused.status_code, refused.json()["error_code"]) == (400, "STATEMENT_NOT_ALLOWED")
    assert QueryRun.objects.get().state == "failed"
    unknown = analyst_client.post(
        "/api/metrics-explorer/query", {"metrics": ["no_such"], "async": True}
    )
    assert unknown.status_code == 422
    for part in ("totals", "explain"):
        beside = {"metrics": ["revenue"], part: True, "async": True}
        assert analyst_client.post("/api/metrics-explorer/query", beside).status_code == 422


def test_what_the_engine_finds_wrong_is_in_the_status(
    analyst_client: ApiClient, worker: CeleryWorker
) -> None:
    query_id = submit(analyst_client, "SELECT 1,\n  nope FROM orders")
    found = ended(analyst_client, query_id)
    assert (found["status"], found["error_code"]) == ("failed", "SQL_ERROR")
    assert "nope" in found["error"]
    assert found["error_details"]["line"] == 2
    assert found["result_url"] is None
    results = analyst_client.get(f"/api/queries/{query_id}/results")
    assert (results.status_code, results.json()["error_code"]) == (409, "QUERY_FAILED")
    cancel = analyst_client.post(f"/api/queries/{query_id}/cancel")
    assert (cancel.status_code, cancel.json()["error_code"]) == (409, "QUERY_FINISHED")


def test_progress_is_told_while_it_runs(analyst_client: ApiClient, worker: CeleryWorker) -> None:
    query_id = submit(analyst_client, "SELECT sum(sin(range)) AS s FROM range(4000000000)")

    def half_way() -> Any:
        found = status(analyst_client, query_id)
        return found if 0 < (found["progress_percentage"] or 0) < 100 else None

    found = wait_for(half_way, what="progress")
    assert found["status"] == "running"
    early = analyst_client.get(f"/api/queries/{query_id}/results")
    assert (early.status_code, early.json()["error_code"]) == (409, "QUERY_NOT_FINISHED")
    assert analyst_client.post(f"/api/queries/{query_id}/cancel").status_code == 200


def test_cancel_reaches_the_engine(analyst_client: ApiClient, worker: CeleryWorker) -> None:
    query_id = submit(analyst_client, ENDLESS)
    running(query_id)
    answer = analyst_client.post(f"/api/queries/{query_id}/cancel")
    assert answer.status_code == 200
    assert answer.json()["cancel_requested"] is True
    assert analyst_client.post(f"/api/queries/{query_id}/cancel").status_code == 200
    found = ended(analyst_client, query_id)
    assert found["status"] == "cancelled"
    assert analyst_client.post(f"/api/queries/{query_id}/cancel").status_code == 200
    # The engine is free: with one thread, this would not run beside the other.
    assert ended(analyst_client, submit(analyst_client, "SELECT 1 AS a"))["status"] == "completed"
    results = analyst_client.get(f"/api/queries/{query_id}/results")
    assert (results.status_code, results.json()["error_code"]) == (409, "QUERY_CANCELLED")


def test_a_query_that_waits_is_cancelled_at_once(analyst_client: ApiClient) -> None:
    query_id = submit(analyst_client, "SELECT 1 AS a")
    assert analyst_client.post(f"/api/queries/{query_id}/cancel").json()["status"] == "cancelled"
    assert status(analyst_client, query_id)["attempt"] == 0


def test_cancel_is_never_throttled(analyst_client: ApiClient, settings: Any) -> None:
    settings.RATE_LIMIT_PROFILE = "production"
    query_id = submit(analyst_client, "SELECT 1 AS a")
    for _ in range(120):
        answer = analyst_client.post(f"/api/queries/{query_id}/cancel")
        assert answer.status_code == 200
    assert "X-RateLimit-Limit" not in answer


def test_another_persons_query_does_not_exist(
    analyst_client: ApiClient, other_client: ApiClient
) -> None:
    query_id = submit(analyst_client, "SELECT 1 AS a")
    for key in (query_id, SOMEONE):
        for path in ("status", "results", "events"):
            assert other_client.get(f"/api/queries/{key}/{path}").status_code == 404, path
        assert other_client.post(f"/api/queries/{key}/cancel").status_code == 404
    assert status(analyst_client, query_id)["status"] == "queued"


def test_rights_that_changed_since_end_what_may_be_read(
    analyst_client: ApiClient, worker: CeleryWorker
) -> None:
    query_id = submit(analyst_client, "SELECT 1 AS a")
    ended(analyst_client, query_id)
    assert rows_of(analyst_client, query_id) == [{"a": 1}]
    User.objects.filter(email="analyst@example.com").update(groups=["elsewhere"])
    response = analyst_client.get(f"/api/queries/{query_id}/results")
    assert (response.status_code, response.json()["error_code"]) == (404, "RESULT_EXPIRED")


def test_who_is_gone_when_it_is_due_gets_nothing(
    analyst_client: ApiClient, celery_worker: CeleryWorker, shop_file: Path
) -> None:
    celery_worker.stop()
    query_id = submit(analyst_client, "SELECT 1 AS a")
    User.objects.filter(email="analyst@example.com").update(is_active=False)
    celery_worker.start()
    wait_for(lambda: QueryRun.objects.get(pk=query_id).state == "failed", what="the refusal")
    assert QueryRun.objects.get(pk=query_id).error_code == "NOT_AUTHENTICATED"


def test_an_expired_result(analyst_client: ApiClient, worker: CeleryWorker) -> None:
    query_id = submit(analyst_client, "SELECT 1 AS a")
    ended(analyst_client, query_id)
    StoredResult.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    response = analyst_client.get(f"/api/queries/{query_id}/results")
    assert (response.status_code, response.json()["error_code"]) == (404, "RESULT_EXPIRED")


def test_too_many_that_wait_are_refused(analyst_client: ApiClient, settings: Any) -> None:
    settings.QUERY_BACKGROUND_WAITING_PER_USER = 2
    for _ in range(2):
        submit(analyst_client, "SELECT 1 AS a")
    response = analyst_client.post("/api/queries/execute", {"query": "SELECT 1", "async": True})
    assert response.status_code == 429
    assert response.json()["retry_after"] > 0


def test_a_result_beyond_the_quota_fails_the_run(
    analyst_client: ApiClient, celery_worker: CeleryWorker, shop_file: Path
) -> None:
    celery_worker.use(**worker_environment(shop_file, RESULT_USER_MB="1"))
    query = "SELECT md5(range::VARCHAR) || sha256(range::VARCHAR) AS a FROM range(30000)"
    query_id = submit(analyst_client, query, limit=10_000)
    first = ended(analyst_client, query_id)
    assert first["status"] == "completed"
    later = [ended(analyst_client, submit(analyst_client, query, limit=10_000)) for _ in range(2)]
    assert {found["error_code"] for found in later} >= {"STORAGE_QUOTA_EXCEEDED"}


def test_settings_that_would_give_up_what_runs_well(settings: Any) -> None:
    settings.QUERY_LOST_AFTER_S = 5
    settings.QUERY_BACKGROUND_TIMEOUT_S = 1740
    found = {message.id for message in check_background(None)}
    assert found == {"semantic_layer.E004", "semantic_layer.E005"}


def test_beat_reaps_more_often_than_a_loss_is_noticed(settings: Any) -> None:
    entry = settings.CELERY_BEAT_SCHEDULE["reap queries"]
    assert entry["schedule"] <= settings.QUERY_LOST_AFTER_S
    assert entry["task"] == reap.name
