"""GET and POST /api/models/sync, the command, and where else the state is told."""

from __future__ import annotations

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from models_registry.mirror.draining import drain
from models_registry.models import AuditEntry, MirrorState
from semantic_layer.adapters.local_volume import LocalVolume
from tests.accounts_fixtures import ApiClient
from tests.models_registry.conftest import ORDERS, write_customers, write_orders
from tests.models_registry.mirror.expected import assert_in_step
from tests.models_registry.mirror.test_draining import Failing, delete, update_orders

pytestmark = pytest.mark.django_db


def states(client: ApiClient, query: str = "") -> dict[str, Any]:
    response = client.get(f"/api/models/sync{query}")
    assert response.status_code == 200, response.json()
    body: dict[str, Any] = response.json()
    return body


def test_pending_failing_and_synced(store: LocalVolume, as_viewer: ApiClient) -> None:
    write_customers()
    drain(store)
    write_orders()
    write_orders("staging")
    drain(Failing(store, "backups/staging"), category="staging")

    body = states(as_viewer)

    rows = {(row["category"], row["name"]): row for row in body["models"]}
    found = {key: row["sync_state"] for key, row in rows.items()}
    assert found == {
        ("production", "customers"): "synced",
        ("production", "orders"): "pending",
        ("staging", "orders"): "failing",
    }
    failing = rows["staging", "orders"]
    assert "No space left" in failing["reason"]
    assert (failing["attempts"], failing["version"], failing["mirrored_version"]) == (1, 1, None)
    assert failing["next_try_at"] > failing["pending_since"]
    assert failing["path"] == "staging/orders.yml"
    synced = rows["production", "customers"]
    assert (synced["mirrored_version"], synced["pending_since"]) == (1, None)
    totals = body["totals"]
    assert (totals["synced"], totals["pending"], totals["failing"]) == (1, 1, 1)
    assert 0 <= totals["lag_s"] < 60
    manifests = {row["category"]: row for row in body["manifests"]}
    assert manifests["production"]["sync_state"] == "synced"
    assert manifests["production"]["path"] == "production/manifest.json"


def test_filters_and_pages(store: LocalVolume, as_viewer: ApiClient) -> None:
    write_customers()
    drain(store)
    write_orders()
    write_orders("staging")
    assert [m["name"] for m in states(as_viewer, "?category=staging")["models"]] == ["orders"]
    assert states(as_viewer, "?category=staging")["totals"]["pending"] == 1
    assert [m["name"] for m in states(as_viewer, "?sync_state=synced")["models"]] == ["customers"]
    assert states(as_viewer, "?sync_state=pending")["total_count"] == 2
    assert states(as_viewer, "?sync_state=failing")["models"] == []
    page = states(as_viewer, "?page=2&page_size=2")
    assert [m["category"] for m in page["models"]] == ["staging"]
    assert page["pagination"]["total_pages"] == 2
    assert as_viewer.get("/api/models/sync?sync_state=lost").status_code == 400
    assert as_viewer.get("/api/models/sync?state=synced").status_code == 400


def test_a_deleted_model_is_listed_until_its_file_is_gone(
    store: LocalVolume, as_viewer: ApiClient
) -> None:
    write_orders()
    drain(store)
    delete("orders")
    row = states(as_viewer)["models"][0]
    assert (row["sync_state"], row["version"], row["mirrored_version"]) == ("pending", None, 1)
    drain(store)
    assert states(as_viewer)["models"] == []


def test_an_admin_drains_now(
    store: LocalVolume, as_admin: ApiClient, as_engineer: ApiClient
) -> None:
    write_orders()
    drain(Failing(store, "backups/"))
    assert as_engineer.post("/api/models/sync", {}).status_code == 403
    assert AuditEntry.objects.filter(action="sync", outcome="refused").count() == 1

    response = as_admin.post("/api/models/sync", {})

    assert response.status_code == 200, response.json()
    body = response.json()
    assert (body["synced"], body["failed"], body["totals"]["pending"]) == (1, [], 0)
    assert_in_step(store.base)
    assert as_admin.post("/api/models/sync", {"category": "nowhere"}).status_code == 400


def test_a_drain_that_fails_says_why(store: LocalVolume, as_admin: ApiClient) -> None:
    write_orders()
    drain(store)
    store.write("production/orders.yml", b"mine")
    update_orders("Two.")
    body = as_admin.post("/api/models/sync", {"category": "production"}).json()
    assert body["synced"] == 0
    assert "reconcile_models" in body["failed"][0]
    assert body["totals"]["failing"] == 1


def test_models_say_whether_the_volume_has_them(store: LocalVolume, as_viewer: ApiClient) -> None:
    write_orders()
    assert as_viewer.get("/api/models/orders").json()["sync_state"] == "pending"
    drain(store)
    assert as_viewer.get("/api/models/orders").json()["sync_state"] == "synced"
    assert [m["sync_state"] for m in as_viewer.get("/api/models").json()["models"]] == ["synced"]


def test_ready_tells_the_lag_and_stays_ready(store: LocalVolume, as_viewer: ApiClient) -> None:
    write_orders()
    drain(Failing(store, "backups/"))
    body = as_viewer.get("/api/health/ready").json()
    assert (body["sync"]["pending"], body["sync"]["failing"]) == (0, 1)
    assert body["sync"]["lag_s"] >= 0
    assert body["checks"]["volume_store"]["status"] == "healthy"


def test_a_volume_that_is_down_refuses_no_write(
    store: LocalVolume, as_engineer: ApiClient, as_admin: ApiClient
) -> None:
    store.base.write_text("not a folder")
    assert as_engineer.post("/api/models", {"yaml": ORDERS}).status_code == 201
    failed = as_admin.post("/api/models/sync", {}).json()["failed"]
    assert any("volume store" in reason for reason in failed)
    assert MirrorState.objects.get().attempts == 1
    store.base.unlink()
    assert as_admin.post("/api/models/sync", {}).json()["failed"] == []
    assert_in_step(store.base)


def test_the_command(store: LocalVolume, tmp_path: Path) -> None:
    write_orders()
    out = StringIO()
    call_command("sync_models", stdout=out)
    assert "Written: 1. In the volume: 1, waiting: 0." in out.getvalue()
    assert_in_step(store.base)

    store.write("production/orders.yml", b"mine")
    update_orders("Two.")
    told = StringIO()
    with pytest.raises(CommandError, match="does not have everything"):
        call_command("sync_models", "--wait", "--timeout", "0.1", stdout=out, stderr=told)
    assert "changed by hand" in told.getvalue()
