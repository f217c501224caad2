"""Health with a workspace: whether the warehouse would answer, and how the breaker stands."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from semantic_layer import probes, wiring
from semantic_layer.errors import WarehouseUnavailable
from tests.workspace import whole
from tests.workspace.engine import ScriptedEngine
from tests.workspace.state import WorkspaceState
from tests.workspace.whole import WholeWorkspace

pytestmark = pytest.mark.django_db


@pytest.fixture
def workspace(
    services: None, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> Iterator[WholeWorkspace]:
    fresh = probes.Probe("warehouse", probes._warehouse)
    monkeypatch.setattr(probes, "PROBES", {**probes.PROBES, "warehouse": fresh})
    monkeypatch.setattr(probes, "TIME_LIMIT_S", 30.0)
    with whole.running(WorkspaceState(), ScriptedEngine()) as running:
        running.configure(settings)
        yield running


def get(path: str) -> Any:
    return Client().get(path).json()


def test_the_workspace_is_named(workspace: WholeWorkspace) -> None:
    body = get("/api/health/databricks")
    assert (body["connected"], body["warehouse"]) == (True, "databricks")
    assert body["workspace_url"] == workspace.rest.url
    assert body["breaker"] == {"state": "closed", "failures": 0, "retry_after_s": 0}
    assert workspace.warehouse.requests == []


def test_a_stopped_warehouse_is_well_and_stays_stopped(workspace: WholeWorkspace) -> None:
    workspace.rest.world.warehouse_state = "STOPPED"
    assert get("/api/health/databricks")["connected"] is True
    assert get("/api/health/ready")["checks"]["warehouse"]["status"] == "healthy"
    assert workspace.warehouse.requests == []


def test_an_open_breaker_is_told(workspace: WholeWorkspace, settings: Any) -> None:
    settings.DATABRICKS_BREAKER_FAILURES = 2
    settings.DATABRICKS_BREAKER_OPEN_S = 600
    breaker = wiring.circuit_breaker()
    workspace.rest.faults.add(r"GET /api/2\.0/sql/warehouses/.*", kind="reset", times=2)
    for _ in range(2):
        body = get("/api/health/databricks")
        assert body["connected"] is False
    assert body["breaker"]["state"] == "open"
    assert body["breaker"]["retry_after_s"] > 500
    with pytest.raises(WarehouseUnavailable), breaker.guarding():
        pytest.fail("nothing may be sent")
    ready = Client().get("/api/health/ready")
    assert ready.status_code == 503
    assert ready.json()["breaker"]["state"] == "open"
    breaker.succeeded()
