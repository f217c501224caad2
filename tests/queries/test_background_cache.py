"""Queries in the background use the same kept answers as those that somebody waits for: one run for
equal ones, never across data scopes, and each has a result of its own.
"""

from __future__ import annotations

from typing import Any

import pytest

from queries import services
from queries.models import QueryRun, StoredResult
from semantic_layer.accounts.models import User
from semantic_layer.api.counters import counters
from tests.accounts_fixtures import Api, ApiClient
from tests.queries.background import ended, rows_of, slow, status, submit
from tests.queries.conftest import execute
from tests.queries.test_result_cache import EVERY_TYPE, QUERY
from tests.waiting import wait_for
from tests.worker_fixture import CeleryWorker

NUMBERS = "SELECT n FROM shop.main.numbers ORDER BY n"


def run_here(client: ApiClient, query: str, **extra: Any) -> dict[str, Any]:
    """Submit the statement, be the worker that runs it, and read its result."""
    return result_of(client, submit(client, query, **extra))


def result_of(client: ApiClient, query_id: str) -> dict[str, Any]:
    assert services.run_next()
    found = status(client, query_id)
    assert found["status"] == "completed", found
    response = client.get(found["result_url"])
    assert response.status_code == 200, response.json()
    body: dict[str, Any] = response.json()
    assert body["cached"] is found["cached"] is (body["cache"]["state"] == "hit")
    return body


def asked(client: ApiClient, *metrics: str) -> dict[str, Any]:
    response = client.post(QUERY, {"metrics": list(metrics), "async": True})
    assert response.status_code == 202, response.json()
    return result_of(client, response.json()["query_id"])


def test_what_was_answered_at_once_is_kept_for_the_background(analyst_api: ApiClient) -> None:
    fresh = execute(analyst_api, EVERY_TYPE).json()
    kept = run_here(analyst_api, EVERY_TYPE)
    assert (fresh["cached"], kept["cached"]) == (False, True)
    for part in ("columns", "column_types", "rows", "row_count", "truncated", "statement_id"):
        assert kept[part] == fresh[part], part
    assert kept["query_id"] != fresh["query_id"]
    assert kept["cache"]["data_read_at"] == fresh["cache"]["data_read_at"]
    assert kept["receipt"]["result"]["rows_sha256"] is not None


def test_what_was_read_in_the_background_is_kept_for_all(analyst_api: ApiClient) -> None:
    first, second = run_here(analyst_api, EVERY_TYPE), run_here(analyst_api, EVERY_TYPE)
    at_once = execute(analyst_api, EVERY_TYPE).json()
    assert [found["cached"] for found in (first, second, at_once)] == [False, True, True]
    assert first["cache"]["reason"] == "Nobody asked this before, or the answer expired."
    assert first["rows"] == second["rows"] == at_once["rows"]
    assert StoredResult.objects.count() == 2, "each has a result of its own"
    newest = QueryRun.objects.filter(background=True).order_by("-submitted_at")[0]
    assert (newest.cached, newest.engine_ms, newest.row_count) == (True, 0, 1)


def test_the_age_of_stored_rows_is_that_of_the_data(analyst_api: ApiClient) -> None:
    found = run_here(analyst_api, "SELECT 1 AS a")
    again = analyst_api.get(f"/api/queries/{found['query_id']}/results").json()
    assert again["cache"]["data_read_at"] == found["cache"]["data_read_at"]
    assert again["cache"]["data_age_s"] >= found["cache"]["data_age_s"] > 0


def test_another_limit_is_another_question(analyst_api: ApiClient) -> None:
    assert run_here(analyst_api, NUMBERS, limit=5)["truncated"] is True
    other = run_here(analyst_api, NUMBERS, limit=6)
    assert (other["cached"], other["row_count"]) == (False, 6)


def test_no_rows_are_an_answer_too(analyst_api: ApiClient) -> None:
    sql = "SELECT n FROM shop.main.numbers WHERE n < 0"
    fresh, kept = (run_here(analyst_api, sql) for _ in range(2))
    assert (kept["cached"], kept["rows"], kept["columns"]) == (True, [], fresh["columns"])


def test_refresh_reads_again_and_renews(analyst_api: ApiClient, models: None) -> None:
    run_here(analyst_api, "SELECT 1 AS a")
    renewed = run_here(analyst_api, "SELECT 1 AS a", refresh=True)
    assert (renewed["cached"], renewed["cache"]["state"]) == (False, "refreshed")
    again = run_here(analyst_api, "SELECT 1 AS a")
    assert (again["cached"], again["statement_id"]) == (True, renewed["statement_id"])
    assert asked(analyst_api, "revenue")["cached"] is False
    fresh = {"metrics": ["revenue"], "async": True, "refresh": True}
    query_id = analyst_api.post(QUERY, fresh).json()["query_id"]
    assert result_of(analyst_api, query_id)["cache"]["state"] == "refreshed"


@pytest.mark.parametrize("sql", ["SELECT random() AS a", "SHOW TABLES"])
def test_what_is_never_kept_says_why(analyst_api: ApiClient, sql: str) -> None:
    for _ in range(2):
        body = run_here(analyst_api, sql)
        assert body["cache"]["state"] == "off"
        assert body["cache"]["reason"]


@pytest.mark.parametrize("kilobytes", [1, 8], ids=["while it is read", "when it is written out"])
def test_rows_too_many_to_keep_are_all_there(
    analyst_api: ApiClient, settings: Any, kilobytes: int
) -> None:
    settings.QUERY_CACHE_MAX_BYTES = kilobytes * 256
    sql = "SELECT md5(n::VARCHAR) AS hash FROM shop.main.numbers WHERE n < 300 ORDER BY n"
    for _ in range(2):
        body = run_here(analyst_api, sql)
        assert body["cache"]["reason"] == "The result is too large to be kept."
        assert (body["row_count"], len(body["rows"])) == (300, 300)
    assert not list(counters().scan_iter(match="*results:entry:*"))


def test_another_role_is_another_scope(
    api: Api, analyst: User, engineer: User, models: None
) -> None:
    """The same SQL, the same parameters: nothing but the scope keeps them apart."""
    first, other = asked(api(analyst), "revenue"), asked(api(engineer), "revenue")
    assert other["sql"] == first["sql"]
    assert (first["cached"], other["cached"]) == (False, False)
    assert other["receipt"]["data_scope"] != first["receipt"]["data_scope"]
    assert execute(api(analyst), "SELECT 1 AS a").json()["cached"] is False
    assert run_here(api(engineer), "SELECT 1 AS a")["cached"] is False
    assert run_here(api(analyst), "SELECT 1 AS a")["cached"] is True


def test_a_colleague_may_share_the_answer_and_not_the_result(
    api: Api, analyst: User, models: None
) -> None:
    colleague = User.objects.create_user("colleague@example.com", ["analyst"])
    first, second = asked(api(analyst), "revenue"), asked(api(colleague), "revenue")
    assert (first["cached"], second["cached"]) == (False, True)
    assert second["rows"] == first["rows"]
    path = f"/api/queries/{first['query_id']}/results"
    assert api(colleague).get(path).status_code == 404


@pytest.mark.django_db(transaction=True)
def test_a_hundred_equal_queries_at_once_run_one(
    analyst_client: ApiClient, worker: CeleryWorker
) -> None:
    worker.pause()
    queries = [submit(analyst_client, slow(6_000)) for _ in range(100)]
    worker.resume()
    open_ones = QueryRun.objects.filter(state__in=["queued", "running"])
    wait_for(lambda: not open_ones.exists(), within_s=240, what="the end of all hundred")
    runs = QueryRun.objects.filter(pk__in=queries)
    assert set(runs.values_list("state", "row_count")) == {("completed", 1)}
    assert runs.filter(cached=False).count() == 1, "the warehouse was asked once"
    assert runs.values("statement_id").distinct().count() == 1
    assert ended(analyst_client, queries[-1])["status"] == "completed"
    assert rows_of(analyst_client, queries[-1]) == [{"n": 0}]
