"""The life of a version, with review and without; who may what, and what is kept of it."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction

from models_registry import services
from models_registry.audit import SYSTEM
from models_registry.graph_source import load_graph
from models_registry.models import AuditEntry, Category, Document, DocumentVersion
from models_registry.transitions import ACTIONS, Move, Moved, move_version
from semantic_layer.accounts.actor import actor_of
from semantic_layer.accounts.models import User
from semantic_layer.errors import Conflict, Forbidden, Issue, SemanticLayerError
from semantic_layer.ports import Actor, Candidate
from tests.accounts_fixtures import Api, ApiClient
from tests.models_registry.conftest import CUSTOMERS, ORDERS, write_customers, write_orders
from tests.models_registry.test_services import at_once, wait_until_somebody_waits_for_a_lock


@pytest.fixture
def reviewed(settings: Any) -> None:
    settings.MODEL_REVIEW_CATEGORIES = ["production", "staging"]


@pytest.fixture
def colleague(db: None, api: Api) -> ApiClient:
    return api(User.objects.create_user("colleague@example.com", ["engineer"]))


def move(client: ApiClient, action: str, name: str = "customers", **body: Any) -> Any:
    category = body.pop("category", "production")
    headers = body.pop("headers", {})
    return client.post(
        f"/api/models/{name}/transitions?category={category}",
        {"action": action, **body},
        headers=headers,
    )


def status(client: ApiClient, name: str = "customers", category: str = "production") -> list[str]:
    """States of all versions, newest first."""
    body = client.get(f"/api/models/{name}/versions?category={category}").json()
    return [version["status"] for version in body["versions"]]


# ---------------------------------------------------------------- with review


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


# ---------------------------------------------------------------- without review


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


# ---------------------------------------------------------------- gates


class Objection:
    """A PublishGate that minds one model."""

    def problems(self, actor: Actor, candidate: Candidate) -> list[Issue]:
        if "customers" not in candidate.models:
            return []
        assert "customers_known" in candidate.graph.metrics
        return [Issue(code="GOLDEN_QUESTION", message="'How many customers?' answers 7, not 8.")]


@pytest.mark.django_db
def test_a_gate_may_refuse(settings: Any, as_engineer: ApiClient) -> None:
    settings.PUBLISH_GATES = [f"{__name__}.Objection"]
    write_orders()
    refused = as_engineer.post("/api/models", CUSTOMERS)
    assert (refused.status_code, refused.json()["error_code"]) == (422, "INVALID_MODEL")
    assert refused.json()["details"]["errors"][0]["code"] == "GOLDEN_QUESTION"
    settings.MODEL_REVIEW_CATEGORIES = ["production"]
    assert as_engineer.post("/api/models", CUSTOMERS).status_code == 201


# ---------------------------------------------------------------- two at once, and a killed one


@pytest.mark.django_db(transaction=True)
def test_of_two_approvals_one_counts(reviewed: None, admin_user: User) -> None:
    other = User.objects.create_user("second@example.com", ["admin"])
    author = User.objects.create_user("author@example.com", ["engineer"])
    services.create_model(actor=actor_of(author), category="production", payload=CUSTOMERS)
    asked = Move("submit", "production", "customers")
    move_version(actor=actor_of(author), move=asked)
    approve = Move("approve", "production", "customers", version=1)

    outcomes = at_once(
        lambda: move_version(actor=actor_of(admin_user), move=approve),
        lambda: move_version(actor=actor_of(other), move=approve),
    )

    assert sum(isinstance(item, Moved) for item in outcomes) == 1, outcomes
    lost = next(item for item in outcomes if isinstance(item, Conflict))
    assert lost.code == "WRONG_STATE"
    assert AuditEntry.objects.filter(action="approve").count() == 2


@pytest.mark.django_db(transaction=True)
def test_approve_and_edit_at_once_never_publish_what_nobody_saw(
    reviewed: None, admin_user: User
) -> None:
    author = actor_of(User.objects.create_user("author@example.com", ["engineer"]))
    services.create_model(actor=author, category="production", payload=CUSTOMERS)
    move_version(actor=author, move=Move("submit", "production", "customers"))

    def edit() -> object:
        return services.update_model(
            actor=author, category="production", name="customers",
            payload={"description": "Slipped in."},
        )  # fmt: skip

    at_once(
        edit,
        lambda: move_version(
            actor=actor_of(admin_user), move=Move("approve", "production", "customers")
        ),
    )

    document = Document.objects.get()
    if document.published is not None:
        assert document.published.description == "One row per customer."


@pytest.mark.django_db(transaction=True)
def test_a_killed_transaction_leaves_nothing_and_blocks_nobody() -> None:
    write_customers()
    has_written, killed = threading.Event(), threading.Event()
    backend: list[int] = []
    outcome: list[object] = []

    def doomed() -> None:
        try:
            with transaction.atomic():
                with connection.cursor() as cursor:
                    cursor.execute("SELECT pg_backend_pid()")
                    backend.append(cursor.fetchone()[0])
                move_version(
                    actor=SYSTEM, move=Move("deprecate", "production", "customers", reason="x")
                )
                services.create_model(actor=SYSTEM, category="production", payload={"yaml": ORDERS})
                has_written.set()
                killed.wait(timeout=10)
                Document.objects.count()
        except (OperationalError, SemanticLayerError) as error:
            outcome.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=doomed)
    thread.start()
    assert has_written.wait(timeout=20)
    waiting = threading.Thread(target=_update_in_thread)
    waiting.start()
    wait_until_somebody_waits_for_a_lock()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s)", backend)
    killed.set()
    thread.join(timeout=20)
    waiting.join(timeout=20)

    assert isinstance(outcome[0], OperationalError)
    assert [document.name for document in Document.objects.all()] == ["customers"]
    current = Document.objects.get().published
    assert current is not None
    assert (current.number, current.state, current.description) == (2, "published", "After.")
    assert AuditEntry.objects.filter(action="deprecate").count() == 0
    assert set(load_graph("production").models) == {"customers"}


def _update_in_thread() -> None:
    try:
        services.update_model(
            actor=SYSTEM, category="production", name="customers",
            payload={"description": "After."},
        )  # fmt: skip
    finally:
        connection.close()


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
