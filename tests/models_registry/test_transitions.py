"""The life of a version without review: every action in every state, and bad requests."""

from __future__ import annotations

from typing import Any

import pytest

from models_registry.graph_source import load_graph
from models_registry.models import AuditEntry, Category, Document, DocumentVersion
from models_registry.transitions import ACTIONS, Move, move_version
from semantic_layer.accounts.actor import actor_of
from semantic_layer.accounts.models import User
from semantic_layer.errors import Forbidden
from tests.accounts_fixtures import ApiClient
from tests.models_registry.conftest import CUSTOMERS, write_customers, write_orders
from tests.models_registry.lifecycle import move


@pytest.mark.django_db
def test_without_review_writes_are_published_and_audited_as_such(as_engineer: ApiClient) -> None:
    assert as_engineer.post("/api/models", CUSTOMERS).json()["status"] == "published"
    entry = AuditEntry.objects.get()
    assert entry.details["state"] == "published"
    assert entry.details["definition_hash"] == DocumentVersion.objects.get().definition_hash


@pytest.mark.django_db
def test_drafts_of_a_time_with_review_can_be_published(
    reviewed: None, settings: Any, as_engineer: ApiClient
) -> None:
    as_engineer.post("/api/models", CUSTOMERS)
    refused = move(as_engineer, "publish")
    assert (refused.status_code, refused.json()["error_code"]) == (409, "REVIEW_REQUIRED")
    settings.MODEL_REVIEW_CATEGORIES = []
    assert move(as_engineer, "publish").json()["status"] == "published"


@pytest.mark.django_db
def test_restore(as_engineer: ApiClient, as_admin: ApiClient) -> None:
    write_customers()
    as_engineer.put("/api/models/customers", {"description": "Worse."})

    rolled_back = move(as_engineer, "restore", version=1, reason="Second was wrong.").json()
    assert (rolled_back["version"], rolled_back["published_version"]) == (3, 3)
    model = as_engineer.get("/api/models/customers").json()
    assert model["description"] == "One row per customer."
    assert as_engineer.get("/api/models/customers/diff?from=1&to=3").json()["same_definition"]

    move(as_engineer, "deprecate", reason="x")
    assert move(as_engineer, "restore").json()["status"] == "published"
    as_admin.delete("/api/models/customers")
    back = move(as_admin, "restore", reason="Deleted by mistake.").json()
    assert (back["version"], back["published_version"]) == (4, 4)


@pytest.mark.django_db
def test_a_version_that_mends_less_than_all_can_be_restored(as_admin: ApiClient) -> None:
    """Others that were broken by the delete are broken still, with other words about it."""
    write_orders()
    more = {"name": "orders_places", "type": "derived", "expr": "orders_placed * 2",
            "metrics": ["orders_placed"]}  # fmt: skip
    assert as_admin.post("/api/models/orders/metrics", more).status_code == 201
    write_customers()
    ratio = {"name": "orders_places_each", "type": "ratio", "numerator": "orders_places",
             "denominator": "customers_known"}  # fmt: skip
    assert as_admin.post("/api/models/customers/metrics", ratio).status_code == 201
    assert as_admin.delete("/api/models/orders?force=true").status_code == 200

    back = move(as_admin, "restore", "orders", version=1, reason="Deleted by mistake.")

    assert back.status_code == 200, back.json()
    assert "revenue" in load_graph("production").metrics
    assert "orders_places_each" not in load_graph("production").metrics


@pytest.mark.django_db
def test_retiring_what_is_used_needs_force(as_engineer: ApiClient, as_admin: ApiClient) -> None:
    write_customers()
    write_orders()
    move(as_engineer, "deprecate", reason="x")

    used = move(as_engineer, "retire", reason="x")
    assert (used.status_code, used.json()["error_code"]) == (409, "MODEL_IN_USE")
    assert used.json()["details"]["dependents"][0]["name"] == "orders"
    assert move(as_engineer, "retire", reason="x", force=True).status_code == 403
    assert move(as_admin, "retire", reason="x", force=True).status_code == 200


ALLOWED = {
    "draft": {"submit", "publish", "retire"},
    "in_review": {"approve", "reject", "publish"},
    "published": {"deprecate"},
    "deprecated": {"retire", "restore"},
    "retired": {"restore"},
}


@pytest.mark.django_db
@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("state", ALLOWED)
def test_every_action_in_every_state(as_admin: ApiClient, state: str, action: str) -> None:
    write_customers()
    if state in ("draft", "in_review", "retired"):
        Document.objects.update(published=None)
    DocumentVersion.objects.update(state=state)

    response = move(as_admin, action, version=1, reason="Because.")

    if action in ALLOWED[state]:
        assert response.status_code == 200, response.content
    else:
        assert (response.status_code, response.json()["error_code"]) == (409, "WRONG_STATE")
        assert DocumentVersion.objects.get().state == state
    assert AuditEntry.objects.filter(action=action).count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, 400),
        ({"action": "vanish"}, 400),
        ({"action": "submit", "version": 0}, 400),
        ({"action": "submit", "version": "one"}, 400),
        ({"action": "submit", "versoin": 1}, 400),
        ({"action": "deprecate"}, 400),
        ({"action": "deprecate", "reason": " "}, 400),
        ({"action": "reject"}, 400),
        ({"action": "submit", "category": "staging"}, 400),
        ({"action": "submit", "version": 9}, 404),
        ({"action": "submit", "reason": "x" * 1001}, 400),
    ],
)
def test_bad_transitions(as_admin: ApiClient, body: dict[str, Any], code: int) -> None:
    write_customers()
    response = as_admin.post("/api/models/customers/transitions?category=production", body)
    assert response.status_code == code, response.content
    assert DocumentVersion.objects.get().state == "published"


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["nobody", "%00", "a/../b", "x" * 400, "%F0%9F%98%80", "';--"])
def test_hostile_names(as_admin: ApiClient, name: str) -> None:
    for path in ("versions", "diff", "audit", "impact", "versions/1"):
        assert as_admin.get(f"/api/models/{name}/{path}").status_code == 404
    for path, body in (
        ("transitions", {"action": "submit"}),
        ("promote", {"to_category": "staging"}),
        ("metrics", {"name": "x"}),
    ):
        assert as_admin.post(f"/api/models/{name}/{path}", body).status_code == 404


@pytest.mark.django_db
def test_if_match(as_admin: ApiClient) -> None:
    write_customers()
    stale = move(as_admin, "deprecate", reason="x", headers={"If-Match": '"2"'})
    assert stale.status_code == 412
    assert move(as_admin, "deprecate", reason="x", headers={"If-Match": '"1"'}).status_code == 200


@pytest.mark.django_db
def test_services_ask_for_permission_themselves(viewer: User) -> None:
    write_customers()
    for action in ACTIONS:
        with pytest.raises(Forbidden):
            move_version(
                actor=actor_of(viewer),
                move=Move(action, Category.PRODUCTION.value, "customers", reason="x"),
            )
    assert AuditEntry.objects.filter(outcome="refused").count() == len(ACTIONS)
