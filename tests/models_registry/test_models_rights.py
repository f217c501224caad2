"""/api/models: who may do what, and what those who may not are told."""

from __future__ import annotations

import pytest

from models_registry import services
from models_registry.audit import SYSTEM
from models_registry.models import AuditEntry
from semantic_layer.accounts.models import User
from tests.accounts_fixtures import Api, ApiClient
from tests.models_registry.conftest import GUARDED

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("role", "read", "write", "delete"),
    [
        (None, 401, 401, 401),
        ("viewer", 200, 403, 403),
        ("analyst", 200, 403, 403),
        ("engineer", 200, 200, 403),
        ("admin", 200, 200, 200),
    ],
)
def test_permissions(
    api: Api, shop: None, role: str | None, read: int, write: int, delete: int
) -> None:
    user = User.objects.create_user("someone@example.com", [role]) if role else None
    client = api(user)
    new = {"name": "regions", "model": "a.b.regions", "entities": [
        {"name": "region", "type": "primary", "expr": "id"}]}  # fmt: skip

    for path in ("models", "models/orders", "models/orders/download", "metrics-explorer/metrics",
                 "metrics-explorer/metrics/revenue", "metrics-explorer/search?q=rev"):  # fmt: skip
        assert client.get(f"/api/{path}").status_code == read
    assert client.put("/api/models/orders", {"description": "x"}).status_code == write
    created = client.post("/api/models", new).status_code
    assert created == (201 if write == 200 else write)
    assert client.delete("/api/models/orders").status_code == delete


def test_refusals_are_in_the_audit_trail(as_viewer: ApiClient, shop: None) -> None:
    as_viewer.delete("/api/models/orders?category=staging", headers={"X-Request-ID": "ask-1"})

    entry = AuditEntry.objects.get(outcome="refused")
    assert (entry.action, entry.category, entry.name) == ("delete", "staging", "orders")
    assert (entry.actor_email, entry.request_id) == ("viewer@example.com", "ask-1")
    assert entry.details["error_code"] == "PERMISSION_DENIED"


def test_models_are_counted_as_models(as_viewer: ApiClient, shop: None) -> None:
    response = as_viewer.get("/api/models")
    assert response.headers["X-RateLimit-Limit"] == "50"
    assert as_viewer.get("/api/metrics-explorer/metrics").headers["X-RateLimit-Limit"] == "100"


def test_hidden_models_and_members_do_not_exist(
    api: Api, viewer: User, analyst: User, engineer: User, shop: None
) -> None:
    services.create_model(actor=SYSTEM, category="production", payload=GUARDED)
    as_viewer, as_analyst, as_engineer = api(viewer), api(analyst), api(engineer)

    assert as_viewer.get("/api/models").json()["total_count"] == 2
    assert as_viewer.get("/api/models/salaries").status_code == 404
    assert as_viewer.get("/api/models/salaries/download").status_code == 404
    near = as_viewer.get("/api/models/salarie").json()
    assert "salaries" not in str(near).replace("'salarie'", "")
    assert as_viewer.get("/api/metrics-explorer/metrics/salaries_paid").status_code == 404
    assert as_viewer.get("/api/metrics-explorer/search?q=salaries").json()["metrics"] == []

    seen = as_analyst.get("/api/models/salaries")
    assert [item["name"] for item in seen.json()["dimensions"]] == ["team"]
    assert seen.json()["dimension_count"] == 1
    assert "grade" not in seen.content.decode()
    assert b"grade" not in as_analyst.get("/api/models/salaries/download").content
    options = as_analyst.get("/api/metrics-explorer/metrics/salaries_paid").json()["dimensions"]
    assert "employee__team" in {option["name"] for option in options}
    assert "grade" not in str(options)

    assert "grade" in as_engineer.get("/api/models/salaries").json()["yaml"]
