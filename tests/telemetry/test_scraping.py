"""`/metrics`: who may read it, what stands in it, and that nothing secret does."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from queries.models import QueryKind, QueryRun
from queries.states import QueryState
from tests.accounts_fixtures import Api, ApiClient

pytestmark = pytest.mark.django_db

Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


def scrape(client: Client | None = None, **extra: Any) -> Samples:
    response = (client or Client()).get("/metrics", **extra)
    assert response.status_code == 200, response.content
    return samples(response.content.decode())


def samples(text: str) -> Samples:
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def value(found: Samples, name: str, **labels: str) -> float:
    return found.get((f"semantic_layer_{name}", frozenset(labels.items())), 0.0)


def run(**fields: Any) -> QueryRun:
    values = {
        "kind": QueryKind.SQL,
        "state": QueryState.COMPLETED,
        "actor_id": "1",
        "actor_email": "somebody@example.com",
        "submitted_at": timezone.now(),
    }
    return QueryRun.objects.create(**{**values, **fields})


@pytest.mark.parametrize(
    ("extra", "status"),
    [
        ({}, 200),
        ({"REMOTE_ADDR": "::1"}, 200),
        ({"REMOTE_ADDR": "203.0.113.9"}, 403),
        ({"REMOTE_ADDR": ""}, 403),
        ({"HTTP_X_FORWARDED_FOR": "203.0.113.9"}, 403),
        ({"HTTP_X_FORWARDED_FOR": "127.0.0.1", "REMOTE_ADDR": "203.0.113.9"}, 403),
    ],
)
def test_only_this_machine_may_look(extra: dict[str, str], status: int) -> None:
    response = Client().get("/metrics", **extra)
    assert response.status_code == status
    if status == 403:
        assert response.json()["error_code"] == "PERMISSION_DENIED"


@pytest.mark.parametrize(
    ("header", "status"),
    [
        ("Bearer the-token-of-the-scraper", 200),
        ("Bearer the-token-of-the-scrape", 403),
        ("Bearer", 403),
        ("Basic the-token-of-the-scraper", 403),
    ],
)
def test_a_token_opens_it_from_anywhere(settings: Any, header: str, status: int) -> None:
    settings.METRICS_TOKEN = "the-token-of-the-scraper"
    extra = {"HTTP_AUTHORIZATION": header, "REMOTE_ADDR": "203.0.113.9"}
    assert Client().get("/metrics/", **extra).status_code == status


def test_an_empty_token_is_no_token(settings: Any) -> None:
    settings.METRICS_TOKEN, settings.METRICS_NETWORKS = "", []
    response = Client().get("/metrics", HTTP_AUTHORIZATION="Bearer ")
    assert response.status_code == 403


def test_requests_are_timed_by_route_and_status(api: Api, analyst: Any) -> None:
    before = scrape()
    client = api(analyst)
    client.get("/api/models/no_such_model")
    client.get("/api/models/another_one")
    client.get("/no/such/path")
    client.generic("BREW", "/api/auth/me")
    after = scrape()

    def counted(**labels: str) -> float:
        name = "http_request_seconds_count"
        return value(after, name, **labels) - value(before, name, **labels)

    assert counted(method="GET", route="/api/models/<str:name>", status="404") == 2
    assert counted(method="GET", route="none", status="404") == 1
    assert counted(method="OTHER", route="/api/auth/me", status="405") == 1


def test_refusals_by_a_rate_limit_are_counted(settings: Any, api: Api, viewer: Any) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "metadata": (1, 60)}
    settings.RATE_LIMIT_PROFILE = "production"
    before = value(scrape(), "http_throttled_total", category="metadata")
    client = api(viewer)
    assert [client.get("/api/auth/me").status_code for _ in range(3)] == [200, 429, 429]
    assert value(scrape(), "http_throttled_total", category="metadata") == before + 2


def test_queries_are_counted_by_outcome(api: Api, analyst: Any) -> None:
    client: ApiClient = api(analyst)
    before = scrape()
    for query in ("SELECT 1 AS one", "SELECT 1 AS one", "SELECT no_such_column", "DROP TABLE x"):
        client.post("/api/queries/execute", {"query": query})
    after = scrape()

    def more(name: str, **labels: str) -> float:
        return value(after, name, **labels) - value(before, name, **labels)

    def ended(outcome: str) -> float:
        return more("queries_total", kind="sql", outcome=outcome, background="false")

    assert (ended("completed"), ended("SQL_ERROR")) == (2, 1)
    assert more("query_seconds_count", kind="sql", cached="false") == 1
    assert more("query_seconds_count", kind="sql", cached="true") == 1
    assert more("query_engine_seconds_count", kind="sql") == 1


def test_the_queue_and_its_age_are_told() -> None:
    now = timezone.now()
    for age_s in (90, 10):
        run(state=QueryState.QUEUED, background=True, submitted_at=now - timedelta(seconds=age_s))
    run(state=QueryState.RUNNING)
    found = scrape()
    assert value(found, "queries_open", state="queued") == 2
    assert value(found, "queries_open", state="running") == 1
    assert value(found, "queue_oldest_seconds") >= 90


def test_an_empty_queue_is_a_zero() -> None:
    found = scrape()
    assert found[("semantic_layer_queries_open", frozenset({("state", "queued")}))] == 0
    assert found[("semantic_layer_queue_oldest_seconds", frozenset())] == 0


def test_cost_is_told_by_person_and_by_metric() -> None:
    asked = {"kind": QueryKind.METRIC, "request": {"metrics": ["revenue", "orders"]}}
    run(**asked, engine_ms=1500)
    run(**asked, engine_ms=500, actor_id="2")
    run(**asked, engine_ms=9000, cached=True)
    run(**asked, engine_ms=9000, submitted_at=timezone.now() - timedelta(hours=2))
    run(engine_ms=250)
    found = scrape()
    assert value(found, "user_engine_seconds_last_hour", user="1") == 1.75
    assert value(found, "user_engine_seconds_last_hour", user="2") == 0.5
    assert value(found, "metric_engine_seconds_last_hour", metric="revenue") == 2.0
    assert value(found, "metric_engine_seconds_last_hour", metric="orders") == 2.0


def test_only_the_dearest_have_a_figure_of_their_own() -> None:
    for number in range(30):
        run(actor_id=str(number), engine_ms=1000 + number)
    people = {
        dict(labels)["user"]
        for name, labels in scrape()
        if name == "semantic_layer_user_engine_seconds_last_hour"
    }
    assert people == {str(number) for number in range(10, 30)}


def test_nothing_secret_is_in_it(api: Api, analyst: Any) -> None:
    client = api(analyst)
    client.post("/api/queries/execute", {"query": "SELECT 'a secret of mine' AS s"})
    text = Client().get("/metrics").content.decode()
    for secret in ("a secret of mine", analyst.email, client.bearer or "no bearer"):
        assert secret not in text


def test_a_dead_broker_leaves_a_gap_and_no_error(settings: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr("semantic_layer.telemetry.celery_app.connection_for_read", _unreachable)
    found = scrape()
    assert ("semantic_layer_broker_messages", frozenset()) not in found
    assert ("semantic_layer_queue_oldest_seconds", frozenset()) in found


def _unreachable(**kwargs: Any) -> None:
    import kombu.exceptions

    raise kombu.exceptions.OperationalError("no broker")
