"""Versions, differences, audit and impact over HTTP; renames; who may see what of the past."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from models_registry import services
from models_registry.audit import SYSTEM
from models_registry.definition_changes import definition_changes
from models_registry.graph_source import load_graph
from models_registry.models import AuditEntry, Document
from semantic_layer.ports import Dependent, UsedNames
from tests.accounts_fixtures import Api, ApiClient
from tests.models_registry.conftest import CUSTOMERS, GUARDED, ORDERS

pytestmark = pytest.mark.django_db


def put(
    client: ApiClient, model: str = "customers", /, *, version: int | None = None, **body: Any
) -> Any:
    force = body.pop("force", None)
    headers = {} if version is None else {"If-Match": f'"{version}"'}
    query = "" if force is None else f"?force={force}"
    return client.put(f"/api/models/{model}{query}", body, headers=headers)


def test_versions(as_engineer: ApiClient, as_viewer: ApiClient, shop: None) -> None:
    put(as_engineer, description="Second.", message="Why not.")

    body = as_viewer.get("/api/models/customers/versions").json()

    assert (body["current_version"], body["latest_version"], body["total_count"]) == (2, 2, 2)
    newest, first = body["versions"]
    assert (newest["version"], newest["is_current"], newest["author"], newest["message"]) == (
        2, True, "engineer@example.com", "Why not.",
    )  # fmt: skip
    assert (first["version"], first["is_current"], first["author"]) == (1, False, "system")
    page = as_viewer.get("/api/models/customers/versions?page=2&page_size=1").json()
    assert [version["version"] for version in page["versions"]] == [1]
    assert as_viewer.get("/api/models/customers/versions?page_size=101").status_code == 400
    whole = as_viewer.get("/api/models/customers/versions/1").json()
    assert whole["definition"]["description"] == "One row per customer."
    assert whole["yaml"].startswith("semantic_models:")
    missing = as_viewer.get("/api/models/customers/versions/3")
    assert (missing.status_code, missing.json()["error_code"]) == (404, "VERSION_NOT_FOUND")


def test_deleted_models_keep_their_past(as_admin: ApiClient, shop: None) -> None:
    as_admin.delete("/api/models/orders")

    body = as_admin.get("/api/models/orders/versions").json()

    assert body["current_version"] is None
    assert body["deleted_at"]
    assert as_admin.get("/api/models/orders/versions/1").json()["yaml"] == ORDERS


def test_diff(as_engineer: ApiClient, shop: None) -> None:
    put(as_engineer, "orders", label="Orders", measures=[
        {"name": "order_count", "agg": "count", "expr": "order_id"},
        {"name": "revenue_sum", "agg": "sum", "expr": "amount - refund"},
    ])  # fmt: skip

    body = as_engineer.get("/api/models/orders/diff").json()

    assert (body["from_version"], body["to_version"]) == (1, 2)
    assert {(change["change"], change["path"]) for change in body["changes"]} == {
        ("added", "label"),
        ("changed", "measures.revenue_sum.expr"),
        ("reordered", "measures"),
    }
    assert body["same_definition"] is False
    back = as_engineer.get("/api/models/orders/diff?from=2&to=1").json()
    assert ("removed", "label") in {(c["change"], c["path"]) for c in back["changes"]}
    assert as_engineer.get("/api/models/orders/diff?from=1&to=1").json()["lines"] == []
    assert as_engineer.get("/api/models/orders/diff?from=9").status_code == 404
    assert as_engineer.get("/api/models/orders/diff?from=x").status_code == 400


def test_changes_of_definitions() -> None:
    before = {"a": 1, "meta": {"x": 1, "y": [1]}, "measures": [{"name": "m", "agg": "sum"}]}
    after = {"meta": {"y": [2]}, "b": 2, "measures": [{"name": "m", "agg": "max"}, {"name": "n"}]}
    assert [
        (change.change, ".".join(change.path)) for change in definition_changes(before, after)
    ] == [
        ("removed", "a"),
        ("removed", "meta.x"),
        ("changed", "meta.y"),
        ("changed", "measures.m.agg"),
        ("added", "measures.n"),
        ("added", "b"),
    ]


def test_audit(as_engineer: ApiClient, as_viewer: ApiClient, shop: None) -> None:
    put(as_engineer, description="Second.")
    assert put(as_engineer, measures=[]).status_code == 422

    seen = as_engineer.get("/api/models/customers/audit").json()["entries"]
    assert [(entry["action"], entry["outcome"]) for entry in seen] == [
        ("update", "refused"), ("update", "done"), ("create", "done"),
    ]  # fmt: skip
    assert (seen[1]["before_version"], seen[1]["after_version"]) == (1, 2)
    assert seen[0]["details"]["errors"]
    public = as_viewer.get("/api/models/customers/audit").json()
    assert [entry["outcome"] for entry in public["entries"]] == ["done", "done"]
    assert {str(entry["details"]) for entry in public["entries"]} == {"{}"}


def test_the_past_of_guarded_models_is_for_writers(
    api: Api, as_viewer: ApiClient, as_engineer: ApiClient, analyst: Any, shop: None
) -> None:
    services.create_model(actor=SYSTEM, category="production", payload=GUARDED)
    services.create_model(
        actor=SYSTEM, category="staging",
        payload={**GUARDED, "meta": {"access": [{"roles": ["admin"]}]}},
    )  # fmt: skip
    services.update_model(actor=SYSTEM, category="staging", name="salaries", payload={"meta": None})
    for path in ("versions", "versions/1", "diff", "audit", "impact"):
        assert as_viewer.get(f"/api/models/salaries/{path}").status_code == 404
        assert as_engineer.get(f"/api/models/salaries/{path}").status_code == 200
    assert api(analyst).get("/api/models/salaries/versions").status_code == 403
    # Open now, but its first version was not.
    assert as_viewer.get("/api/models/salaries/versions?category=staging").status_code == 200
    past = as_viewer.get("/api/models/salaries/versions/1?category=staging")
    assert (past.status_code, "grade" in past.content.decode()) == (403, False)
    assert as_viewer.get("/api/models/salaries/diff?category=staging").status_code == 403


# ---------------------------------------------------------------- impact


class Dashboards:
    """A DependentsSource that knows who asked for revenue."""

    def dependents(self, names: UsedNames) -> Iterable[Dependent]:
        assert names.model in ("orders", "customers")
        if "revenue" in names.metrics:
            assert "order__channel" in names.dimensions
            yield Dependent("recent_queries", "revenue", None, ("revenue",), {"count": 12})


def test_impact(settings: Any, as_viewer: ApiClient, shop: None) -> None:
    settings.DEPENDENTS_SOURCES = [f"{__name__}.Dashboards"]

    body = as_viewer.get("/api/models/customers/impact").json()
    assert (body["in_use"], body["total_count"]) == (True, 1)
    assert body["dependents"][0]["kind"] == "model"
    orders = as_viewer.get("/api/models/orders/impact").json()
    assert orders["dependents"] == [
        {"kind": "recent_queries", "name": "revenue", "model": None, "uses": ["revenue"],
         "details": {"count": 12}},
    ]  # fmt: skip
    assert as_viewer.get("/api/models/nobody/impact").status_code == 404


def test_what_apps_above_know_blocks_too(settings: Any, as_admin: ApiClient, shop: None) -> None:
    settings.DEPENDENTS_SOURCES = [f"{__name__}.Dashboards"]
    refused = as_admin.delete("/api/models/orders")
    assert (refused.status_code, refused.json()["error_code"]) == (409, "MODEL_IN_USE")
    assert "recent queries revenue" in refused.json()["detail"]
    assert as_admin.delete("/api/models/orders?force=true").status_code == 200


# ---------------------------------------------------------------- rename


def test_a_rename_with_if_match(as_engineer: ApiClient, shop: None) -> None:
    text = ORDERS.replace("name: orders\n", "name: purchases\n")

    response = put(as_engineer, "orders", version=1, yaml=text)

    assert response.status_code == 200, response.content
    assert (response.json()["id"], response.json()["version"]) == ("purchases", 1)
    assert as_engineer.get("/api/models/orders").status_code == 404
    assert as_engineer.get("/api/models/purchases").json()["metric_count"] == 3
    assert set(load_graph("production").models) == {"customers", "purchases"}
    past = as_engineer.get("/api/models/orders/versions").json()
    assert (past["latest_version"], past["current_version"]) == (1, None)
    new = as_engineer.get("/api/models/purchases/versions").json()["versions"]
    assert new[0]["renamed_from"] == "orders"
    trail = AuditEntry.objects.filter(action="rename").values_list("name", "details")
    assert [(name, details["renamed_to"]) for name, details in trail] == [("orders", "purchases")]


def test_json_renames_and_keeps_comments(as_engineer: ApiClient, shop: None) -> None:
    assert put(as_engineer, "orders", version=1, name="purchases").status_code == 200
    text = as_engineer.get("/api/models/purchases").json()["yaml"]
    assert text == ORDERS.replace("name: orders\n", "name: purchases\n")


def test_renames_that_are_refused(as_engineer: ApiClient, as_admin: ApiClient, shop: None) -> None:
    for refused, status, code in (
        (put(as_engineer, "orders", name="purchases"), 422, "NAME_MISMATCH"),
        (put(as_engineer, "orders", version=2, name="purchases"), 412, "STALE_VERSION"),
        (put(as_engineer, "orders", version=1, name="customers"), 409, "NAME_TAKEN"),
        (put(as_engineer, "orders", version=1, name="a__b"), 422, "INVALID_MODEL"),
        (put(as_engineer, "orders", version=1, name="search"), 422, "RESERVED_NAME"),
        (put(as_engineer, version=1, name="clients"), 409, "MODEL_IN_USE"),
        (put(as_engineer, version=1, name="clients", force="true"), 403, "PERMISSION_DENIED"),
    ):
        assert (refused.status_code, refused.json()["error_code"]) == (status, code)
    assert set(load_graph("production").models) == {"customers", "orders"}
    assert Document.objects.count() == 2

    forced = put(as_admin, version=1, name="clients", force="true")
    assert forced.status_code == 200
    assert set(load_graph("production").models) == {"clients", "orders"}


def test_with_review_a_rename_waits_for_its_approval(
    settings: Any, as_engineer: ApiClient, as_admin: ApiClient, shop: None
) -> None:
    settings.MODEL_REVIEW_CATEGORIES = ["production"]

    assert put(as_engineer, "orders", version=1, name="purchases").json()["status"] == "draft"
    assert set(load_graph("production").models) == {"customers", "orders"}
    again = put(as_engineer, "purchases", label="Purchases")
    assert again.status_code == 200, again.content
    path = "/api/models/purchases/transitions"
    as_engineer.post(path, {"action": "submit"})
    assert as_admin.post(path, {"action": "approve"}).status_code == 200

    assert set(load_graph("production").models) == {"customers", "purchases"}
    assert as_engineer.get("/api/models/orders").status_code == 404


def test_an_old_name_is_free_again(as_engineer: ApiClient, shop: None) -> None:
    put(as_engineer, "orders", version=1, name="purchases")
    entity = {"name": "thing", "type": "primary", "expr": "id"}

    again = as_engineer.post(
        "/api/models", {"name": "orders", "model": "a.b.c", "entities": [entity]}
    )

    assert again.json()["version"] == 2
    assert CUSTOMERS["name"] in load_graph("production").models
