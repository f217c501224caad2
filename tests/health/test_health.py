"""Health: right when all is well, right and quick when something is down or hangs."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from semantic_layer import probes, wiring
from semantic_layer.errors import WarehouseUnavailable
from tests.accounts_fixtures import ApiClient
from tests.waiting import PATIENCE_S

pytestmark = pytest.mark.django_db

NO_SERVER = "redis://127.0.0.1:1/0"


class WarehouseFake:
    """A Warehouse that only answers to ping, as told; anything else raises AttributeError."""

    name, dialect = "fake", "duckdb"

    def __init__(self) -> None:
        self.error: Exception | None = None
        self.release = threading.Event()
        self.release.set()
        self.pings = 0

    def ping(self) -> None:
        self.pings += 1
        self.release.wait(PATIENCE_S)
        if self.error:
            raise self.error


@pytest.fixture(autouse=True)
def _forget_what_was_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that is busy is not down, and what hangs does so for as long as it takes."""
    monkeypatch.setattr(probes, "TIME_LIMIT_S", 20.0)
    for probe in probes.PROBES.values():
        probe.last = None


@pytest.fixture
def warehouse(monkeypatch: pytest.MonkeyPatch) -> Iterator[WarehouseFake]:
    fake = WarehouseFake()
    monkeypatch.setattr(wiring, "warehouse", lambda credential: fake)
    yield fake
    fake.release.set()


@pytest.fixture
def hanging_address() -> Iterator[str]:
    """host:port of a server that accepts connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"127.0.0.1:{server.getsockname()[1]}"


def get(path: str) -> Any:
    return ApiClient().get(path)


@pytest.mark.parametrize("path", ["/api/health", "/api/health/", "/health", "/health/"])
def test_all_is_well(warehouse: WarehouseFake, path: str) -> None:
    assert get("/api/health/databricks").json()["connected"] is True
    response = get(path)
    assert response.status_code == 200
    body = response.json()
    assert set(body) >= {"status", "version", "timestamp", "databricks_connected", "checks"}
    assert body["status"] == "healthy"
    assert body["databricks_connected"] is True
    assert body["checks"] == {"database": True, "cache": True, "external_apis": True}
    assert body["timestamp"].endswith("Z")


def test_the_real_local_warehouse_answers() -> None:
    body = get("/api/health/databricks").json()
    assert (body["connected"], body["warehouse"], body["workspace_url"]) == (True, "duckdb", None)
    assert body["error"] is None


def test_the_overview_never_asks_the_warehouse(warehouse: WarehouseFake) -> None:
    body = get("/api/health/").json()
    assert warehouse.pings == 0
    assert body["status"] == "healthy"  # nothing is known against it
    assert body["databricks_connected"] is False


def test_a_warehouse_that_is_down_is_told_everywhere(warehouse: WarehouseFake) -> None:
    warehouse.error = WarehouseUnavailable("secret host name")
    answer = get("/api/health/databricks")
    assert answer.status_code == 200
    body = answer.json()
    assert set(body) >= {
        "status", "connected", "workspace_url", "error", "latency_ms", "timestamp", "warehouse",
    }  # fmt: skip
    assert (body["connected"], body["status"]) == (False, "unhealthy")
    assert body["error"]
    assert "secret" not in answer.content.decode()
    overview = get("/api/health").json()
    assert overview["status"] == "degraded"
    assert overview["databricks_connected"] is False
    assert overview["checks"]["external_apis"] is False
    ready = get("/api/health/ready")
    assert ready.status_code == 503
    assert ready["Retry-After"]
    assert ready.json()["checks"]["warehouse"]["status"] == "unhealthy"
    assert ready.json()["checks"]["database"]["status"] == "healthy"


def test_other_processes_know_what_one_of_them_found(warehouse: WarehouseFake) -> None:
    get("/api/health/databricks")
    probes.PROBES["warehouse"].last = None  # as in a process that never asked
    assert get("/api/health").json()["databricks_connected"] is True


def test_ready_asks_everything(warehouse: WarehouseFake) -> None:
    response = get("/api/health/ready")
    assert response.status_code == 200, response.content
    body = response.json()
    assert body["status"] == "healthy"
    assert set(body["checks"]) == {"database", "cache", "broker", "warehouse", "volume_store"}
    for check in body["checks"].values():
        assert check["status"] == "healthy"
        assert check["error"] is None
        assert check["latency_ms"] >= 0


@pytest.mark.parametrize("path", ["/api/health/ready", "/api/health/databricks"])
def test_a_hanging_warehouse_hangs_nobody(
    warehouse: WarehouseFake, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    monkeypatch.setattr(probes, "TIME_LIMIT_S", 0.5)
    warehouse.release.clear()
    for _ in range(3):
        response = get(path)
        assert "No answer within" in response.content.decode()
        assert response.status_code == (503 if path.endswith("ready") else 200)
    assert warehouse.pings == 1  # waited for again, not piled up
    assert get("/api/health").json()["status"] == "degraded"
    assert not warehouse.release.is_set()


def test_a_cache_that_is_down_degrades_but_answers(warehouse: WarehouseFake, settings: Any) -> None:
    settings.REDIS_URL = NO_SERVER
    response = get("/api/health")
    assert response.status_code == 200
    assert response.json()["status"] == "degraded"
    assert response.json()["checks"] == {"database": True, "cache": False, "external_apis": True}
    ready = get("/api/health/ready")
    assert ready.status_code == 503
    assert ready.json()["checks"]["cache"]["status"] == "unhealthy"


def test_a_hanging_cache_hangs_nobody(
    warehouse: WarehouseFake, settings: Any, hanging_address: str
) -> None:
    settings.REDIS_URL = f"redis://{hanging_address}/0"
    response = get("/api/health")
    assert response.status_code == 200
    assert response.json()["checks"]["cache"] is False


def test_a_broker_that_hangs_or_is_down(
    warehouse: WarehouseFake, monkeypatch: pytest.MonkeyPatch, hanging_address: str
) -> None:
    monkeypatch.setattr(probes.celery_app.conf, "broker_write_url", NO_SERVER)
    response = get("/api/health/ready")
    assert response.status_code == 503
    assert response.json()["checks"]["broker"]["status"] == "unhealthy"
    assert response.json()["checks"]["cache"]["status"] == "healthy"
    hangs = f"redis://{hanging_address}/0"
    monkeypatch.setattr(probes.celery_app.conf, "broker_write_url", hangs)
    monkeypatch.setattr(probes, "TIME_LIMIT_S", 1.0)
    response = get("/api/health/ready")
    assert response.status_code == 503
    assert response.json()["checks"]["broker"]["status"] == "unhealthy"


def test_a_database_that_is_down_makes_it_unhealthy(
    warehouse: WarehouseFake, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = {**connection.settings_dict, "HOST": "127.0.0.1", "PORT": "1"}
    monkeypatch.setattr("django.db.connections.settings", {"default": port})
    response = get("/api/health")
    assert response.status_code == 200
    assert response.json()["status"] == "unhealthy"
    assert response.json()["checks"]["database"] is False
    assert get("/api/health/ready").status_code == 503


def test_a_volume_folder_that_takes_no_file(
    warehouse: WarehouseFake, settings: Any, tmp_path: Path
) -> None:
    (tmp_path / "volumes").write_text("a file where the folder belongs")
    settings.VOLUME_FOLDER = tmp_path / "volumes"
    response = get("/api/health/ready")
    assert response.status_code == 503
    assert response.json()["checks"]["volume_store"]["status"] == "unhealthy"


def test_a_bad_token_does_not_matter_here(warehouse: WarehouseFake) -> None:
    for path in ("/api/health", "/health", "/api/health/databricks", "/api/health/ready"):
        assert ApiClient("nonsense").get(path).status_code == 200


def test_health_is_limited_for_all_together(warehouse: WarehouseFake, settings: Any) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "health": (3, 60)}
    statuses = [
        ApiClient(REMOTE_ADDR=f"192.0.2.{number}").get("/api/health").status_code
        for number in range(4)
    ]
    assert statuses == [200, 200, 200, 429]
