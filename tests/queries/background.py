"""What tests of background queries share: the worker on the shop's warehouse, and waiting."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from queries.models import QueryRun
from semantic_layer.accounts.models import User
from tests.accounts_fixtures import Api, ApiClient
from tests.waiting import wait_for
from tests.worker_fixture import CeleryWorker
from tests.workspace import switch

ENDED = ("completed", "failed", "cancelled", "expired")

# Compares each number with each other: seconds of work that LIMIT and indexes cannot cut short.
SLOW = (
    "SELECT count(*) AS n FROM range({size}) a(n), range({size}) b(n) "
    "WHERE a.n * 7 > b.n * b.n % 11 AND sin(a.n + b.n) > 2"
)
ENDLESS = SLOW.format(size=4_000_000)
"""Nobody waits for this one to end."""


def slow(size: int = 12_000) -> str:
    """Some seconds of work; one row, 0."""
    return SLOW.format(size=size)


@pytest.fixture
def worker(celery_worker: CeleryWorker, shop_file: Path) -> CeleryWorker:
    """The worker, with the shop as its warehouse and a pulse that is quick to stop."""
    return celery_worker.use(**worker_environment(shop_file))


def worker_environment(shop_file: Path, **more: str) -> dict[str, str]:
    return {
        "DUCKDB_ATTACH": f"shop={shop_file}",
        "DUCKDB_DEFAULT_CATALOG": "shop",
        "DUCKDB_THREADS": "1",
        "QUERY_HEARTBEAT_S": "1",
        "QUERY_LOST_AFTER_S": "3",
        **switch.environment(),
        **more,
    }


@pytest.fixture
def quick_loss(settings: Any) -> None:
    """The reaper of this process waits as long as the worker's."""
    settings.QUERY_HEARTBEAT_S = 1
    settings.QUERY_LOST_AFTER_S = 3


@pytest.fixture
def analyst_client(api: Api, transactional_db: None, shop: Path) -> ApiClient:
    return api(User.objects.create_user("analyst@example.com", ["analyst"]))


@pytest.fixture
def other_client(api: Api, transactional_db: None, shop: Path) -> ApiClient:
    return api(User.objects.create_user("other@example.com", ["analyst"]))


def submit(client: ApiClient, query: str, **extra: Any) -> str:
    """Queue the statement; its id."""
    response = client.post("/api/queries/execute", {"query": query, "async": True, **extra})
    assert response.status_code == 202, response.json()
    return str(response.json()["query_id"])


def status(client: ApiClient, query_id: str) -> dict[str, Any]:
    response = client.get(f"/api/queries/{query_id}/status")
    assert response.status_code == 200, response.json()
    body: dict[str, Any] = response.json()
    return body


def ended(client: ApiClient, query_id: str) -> dict[str, Any]:
    """The status of the query once it has ended."""

    def look() -> dict[str, Any] | None:
        found = status(client, query_id)
        return found if found["status"] in ENDED else None

    return dict(wait_for(look, what=f"the end of {query_id}"))


def running(query_id: str) -> QueryRun:
    """The run, once a worker has told the warehouse of it."""

    def look() -> QueryRun | None:
        run = QueryRun.objects.get(pk=query_id)
        return run if run.state == "running" and run.statement_id else None

    found = wait_for(look, what=f"{query_id} running")
    assert isinstance(found, QueryRun)
    return found


def rows_of(client: ApiClient, query_id: str) -> list[dict[str, Any]]:
    response = client.get(f"/api/queries/{query_id}/results")
    assert response.status_code == 200, response.json()
    found: list[dict[str, Any]] = response.json()["rows"]
    return found
