"""A version in a category with review: who may what, and what answers until then."""

from __future__ import annotations

from typing import Any

import pytest

from models_registry import services
from models_registry.audit import SYSTEM
from models_registry.graph_source import load_graph
from models_registry.models import AuditEntry, DocumentVersion
from tests.accounts_fixtures import ApiClient
from tests.models_registry.conftest import CUSTOMERS, ORDERS, write_customers
from tests.models_registry.lifecycle import move, status


@pytest.mark.django_db
def test_the_whole_life(reviewed: None, as_engineer: ApiClient, as_admin: ApiClient) -> None:
    created = as_engineer.post("/api/models", CUSTOMERS)
    assert (created.status_code, created.json()["status"]) == (201, "draft")
    assert as_engineer.get("/api/models/customers").status_code == 404
    assert load_graph("production").metrics == {}

    submitted = move(as_engineer, "submit", reason="Please look.")
    assert submitted.json() == {
        "id": "customers", "category": "production", "action": "submit", "version": 1,
        "previous_status": "draft", "status": "in_review", "published_version": None,
        "message": "Version 1 is in review now",
    }  # fmt: skip
    assert move(as_admin, "approve", version=1).json()["published_version"] == 1
    assert "customers_known" in load_graph("production").metrics

    as_engineer.put("/api/models/customers", {"description": "Everybody."})
    live = as_engineer.get("/api/models/customers")
    assert (live.json()["version"], live.headers["ETag"]) == (1, '"1"')
    assert live.json()["description"] == "One row per customer."
    move(as_engineer, "submit")
    rejected = move(as_admin, "reject", reason="Who is everybody?")
    assert rejected.json()["status"] == "draft"
    as_engineer.put("/api/models/customers", {"description": "Everybody who ever paid."})
    move(as_engineer, "submit")
    move(as_admin, "approve", reason="Good.")

    now = as_engineer.get("/api/models/customers").json()
    assert (now["version"], now["description"]) == (3, "Everybody who ever paid.")
    assert status(as_engineer) == ["published", "draft", "published"]

    move(as_admin, "deprecate", reason="Use clients.")
    assert as_engineer.get("/api/models/customers").json()["status"] == "deprecated"
    assert "customers_known" in load_graph("production").metrics
    move(as_admin, "retire", reason="Nobody asks any more.")
    assert as_engineer.get("/api/models/customers").status_code == 404
    assert load_graph("production").metrics == {}

    actions = AuditEntry.objects.filter(outcome="done").order_by("id")
    assert list(actions.values_list("action", flat=True)) == [
        "create", "submit", "approve", "update", "submit", "reject", "update", "submit",
        "approve", "deprecate", "retire",
    ]  # fmt: skip
    approval = actions.filter(action="approve").last()
    version = DocumentVersion.objects.get(number=3)
    assert approval is not None
    assert approval.details["definition_hash"] == version.definition_hash
    assert (approval.actor_email, approval.reason) == ("admin@example.com", "Good.")
    assert approval.request_id


@pytest.mark.django_db
def test_nobody_approves_their_own_work(
    reviewed: None, as_engineer: ApiClient, colleague: ApiClient
) -> None:
    as_engineer.post("/api/models?category=staging", CUSTOMERS)
    move(colleague, "submit", category="staging")

    own = move(as_engineer, "approve", category="staging")
    assert (own.status_code, own.json()["error_code"]) == (403, "OWN_WORK")
    refusal = AuditEntry.objects.get(outcome="refused")
    assert (refusal.action, refusal.actor_email) == ("approve", "engineer@example.com")

    # What goes on from one's own draft is one's own work too.
    colleague.put("/api/models/customers?category=staging", {"description": "x"})
    move(colleague, "submit", category="staging")
    assert move(as_engineer, "approve", category="staging").json()["error_code"] == "OWN_WORK"
    assert move(colleague, "approve", category="staging").json()["error_code"] == "OWN_WORK"


@pytest.mark.django_db
def test_production_is_an_admins_to_approve(
    reviewed: None, as_engineer: ApiClient, colleague: ApiClient
) -> None:
    for category in ("production", "staging"):
        as_engineer.post(f"/api/models?category={category}", CUSTOMERS)
        move(as_engineer, "submit", category=category)

    refused = move(colleague, "approve")
    assert refused.status_code == 403
    assert refused.json()["details"] == {"required_permission": "admin"}
    assert move(colleague, "approve", category="staging").status_code == 200


@pytest.mark.django_db
def test_edits_go_on_from_the_draft_and_if_match_is_about_it(
    reviewed: None, as_engineer: ApiClient, as_admin: ApiClient
) -> None:
    as_engineer.post("/api/models", CUSTOMERS)
    move(as_engineer, "submit")
    move(as_admin, "approve")
    as_engineer.put("/api/models/customers", {"description": "Second."})

    stale = as_engineer.put("/api/models/customers", {"label": "x"}, headers={"If-Match": '"1"'})
    assert (stale.status_code, stale.json()["details"]["current_version"]) == (412, 2)
    third = as_engineer.put(
        "/api/models/customers", {"label": "Customers"}, headers={"If-Match": '"2"'}
    )
    assert third.status_code == 200

    version = as_engineer.get("/api/models/customers/versions/3").json()
    assert (version["definition"]["label"], version["definition"]["description"]) == (
        "Customers", "Second.",
    )  # fmt: skip
    assert version["is_current"] is False


@pytest.mark.django_db
def test_an_approval_is_of_a_definition_not_of_a_text(
    reviewed: None, as_engineer: ApiClient, as_admin: ApiClient
) -> None:
    as_engineer.post("/api/models", {"yaml": ORDERS})
    move(as_engineer, "submit", "orders")
    move(as_admin, "approve", "orders")

    commented = as_engineer.put("/api/models/orders", {"yaml": ORDERS + "# Checked.\n"})
    assert commented.json()["status"] == "published"
    changed = as_engineer.put(
        "/api/models/orders", {"yaml": ORDERS.replace("agg: sum", "agg: max")}
    )
    assert changed.json()["status"] == "draft"


@pytest.mark.django_db
def test_a_draft_that_was_overtaken_is_not_published(
    settings: Any, as_engineer: ApiClient, as_admin: ApiClient
) -> None:
    write_customers()
    settings.MODEL_REVIEW_CATEGORIES = ["production"]
    as_engineer.put("/api/models/customers", {"description": "Second."})
    move(as_engineer, "submit")
    settings.MODEL_REVIEW_CATEGORIES = []
    as_engineer.put("/api/models/customers", {"description": "Third."})

    late = move(as_admin, "approve", version=2)
    assert (late.status_code, late.json()["error_code"]) == (409, "OVERTAKEN")


@pytest.mark.django_db
def test_what_no_longer_fits_is_not_approved(
    reviewed: None, as_engineer: ApiClient, as_admin: ApiClient, settings: Any
) -> None:
    as_engineer.post("/api/models", CUSTOMERS)
    move(as_engineer, "submit")
    settings.MODEL_REVIEW_CATEGORIES = []
    services.create_model(actor=SYSTEM, category="production", payload={
        **CUSTOMERS, "name": "clients", "entities": [
            {"name": "client", "type": "primary", "expr": "id"}]})  # fmt: skip

    refused = move(as_admin, "approve")
    assert (refused.status_code, refused.json()["error_code"]) == (422, "INVALID_MODEL")
    assert status(as_admin) == ["in_review"]


SPLIT = (
    ORDERS.replace("    - {name: order_count, agg: count, expr: order_id}\n", "")
    .replace("  - name: orders_placed\n    type: simple\n", "")
    .replace("    type_params: {measure: order_count}\n", "")
    .replace("denominator: orders_placed", "denominator: customers_known")
)  # fmt: skip


@pytest.mark.django_db
def test_changes_that_are_valid_only_together_are_approved_together(
    settings: Any, as_engineer: ApiClient, as_admin: ApiClient
) -> None:
    settings.MODEL_REVIEW_CATEGORIES = ["production"]
    as_engineer.post("/api/models", {"yaml": SPLIT + "---\n" + (
        "semantic_model: {name: customers, model: a.b.c,"
        " entities: [{name: customer, type: primary, expr: id}],"
        " measures: [{name: customer_count, agg: count, expr: id}]}\n"
        "metrics: [{name: customers_known, type: simple, measure: customer_count}]\n"
    )})  # fmt: skip
    move(as_engineer, "submit", "orders")
    move(as_engineer, "submit", "customers")

    assert move(as_admin, "approve", "orders").status_code == 422
    assert move(as_admin, "approve", "orders", **{"with": ["customers"]}).status_code == 200
    assert set(load_graph("production").models) == {"orders", "customers"}


@pytest.mark.django_db
def test_a_draft_may_be_given_up(reviewed: None, as_engineer: ApiClient) -> None:
    as_engineer.post("/api/models", CUSTOMERS)
    assert as_engineer.post("/api/models", CUSTOMERS).json()["error_code"] == "NAME_TAKEN"

    assert move(as_engineer, "retire", reason="A mistake.").json()["status"] == "retired"

    assert as_engineer.post("/api/models", CUSTOMERS).status_code == 201
    assert status(as_engineer) == ["draft", "retired"]


@pytest.mark.django_db
def test_saved_queries_and_configuration_are_reviewed_too(
    reviewed: None, as_engineer: ApiClient, as_admin: ApiClient
) -> None:
    query = "saved_queries: [{name: daily, query_params: {metrics: [revenue]}}]"
    body = as_engineer.post("/api/models", {"yaml": f"{ORDERS}{query}\n"}).json()
    assert [item["status"] for item in body["models"]] == ["draft", "draft"]

    for kind, name in (("semantic_model", "orders"), ("saved_query", "daily")):
        path = f"/api/models/{name}/transitions?kind={kind}"
        assert as_engineer.post(path, {"action": "submit"}).status_code == 200
        assert as_admin.post(path, {"action": "approve"}).status_code == 200
    assert "daily" in load_graph("production").saved_queries
