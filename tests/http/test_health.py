"""Contract 1 to 3, and what every answer carries."""

from __future__ import annotations

import contextlib
import socket
from urllib.parse import urlsplit

import pytest

from tests.http.client import HttpClient
from tests.http.shapes import BOOL, NUMBER, TEXT, TIME, Nullable, check

HEALTH = {
    "status": {"healthy", "degraded", "unhealthy"},
    "version": TEXT,
    "timestamp": TIME,
    "databricks_connected": BOOL,
    "checks": {"database": BOOL, "cache": BOOL, "external_apis": BOOL},
}
CHECK = {"status": TEXT, "latency_ms": NUMBER, "error": Nullable(TEXT)}
READY = {
    "status": TEXT,
    "checks": dict.fromkeys(("database", "cache", "broker", "warehouse", "volume_store"), CHECK),
    "models": {"published": NUMBER, "broken": NUMBER},
}
DATABRICKS = {
    "status": TEXT,
    "connected": BOOL,
    "workspace_url": Nullable(TEXT),
    "error": Nullable(TEXT),
    "latency_ms": NUMBER,
    "timestamp": TIME,
    "warehouse": TEXT,
}


def test_everything_is_up(anonymous: HttpClient) -> None:
    ready = anonymous.answer("GET", "/api/health/ready")
    check(ready, READY)
    assert ready["status"] == "healthy"


@pytest.mark.parametrize("path", ["/api/health", "/api/health/", "/health", "/health/"])
def test_health(anonymous: HttpClient, path: str) -> None:
    body = anonymous.answer("GET", path)
    check(body, HEALTH)
    assert body["status"] == "healthy"


def test_the_warehouse_answers(anonymous: HttpClient, dialect: str) -> None:
    body = anonymous.answer("GET", "/api/health/databricks")
    check(body, DATABRICKS)
    assert body["connected"] is True
    assert body["warehouse"] == dialect
    assert (body["workspace_url"] is None) is (dialect == "duckdb")


def test_a_request_id_is_echoed(anonymous: HttpClient) -> None:
    response = anonymous.request("GET", "/api/health", headers={"X-Request-ID": "mine-1"})
    assert response.headers["X-Request-ID"] == "mine-1"


def test_limits_are_told(viewer: HttpClient) -> None:
    headers = viewer.get("/api/models").headers
    assert int(headers["X-RateLimit-Remaining"]) < int(headers["X-RateLimit-Limit"])
    assert int(headers["X-RateLimit-Reset"]) > 1_700_000_000


def test_clients_that_do_not_close_their_side_keep_nobody_waiting(anonymous: HttpClient) -> None:
    """The server ends these connections, and would give each client two seconds to do the same."""
    place = urlsplit(anonymous.server.url)
    with contextlib.ExitStack() as held:
        for _ in range(80):
            client = held.enter_context(
                socket.create_connection((str(place.hostname), place.port or 80), timeout=30)
            )
            client.sendall(b"GET /health HTTP/1.0\r\nHost: localhost\r\n\r\n")
            assert client.recv(1)
        assert anonymous.request("GET", "/health", timeout=30).status_code == 200
