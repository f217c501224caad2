"""POST /api/models/batch, /validate and GET /schema."""

from __future__ import annotations

from typing import Any

import pytest
from jsonschema import Draft202012Validator

from models_registry.models import AuditEntry, CategoryState, Document, DocumentVersion
from tests.accounts_fixtures import ApiClient
from tests.models_registry.conftest import CUSTOMERS, ORDERS, write_customers, write_orders

pytestmark = pytest.mark.django_db

REGIONS = {
    "name": "regions",
    "model": "a.b.regions",
    "entities": [{"name": "region", "type": "primary", "expr": "id"}],
}


def run(client: ApiClient, *operations: dict[str, Any], **options: Any) -> Any:
    return client.post("/api/models/batch", {"operations": list(operations), **options})


def test_each_operation_by_itself(as_admin: ApiClient) -> None:
    write_customers()

    response = run(
        as_admin,
        {"action": "create", "model": {"yaml": ORDERS}},
        {"action": "create", "model": CUSTOMERS},
        {"action": "update", "model_id": "customers", "model": {"description": "All."}},
        {"action": "update", "model_id": "nobody", "model": {"description": "x"}},
        {"action": "validate", "model": {**REGIONS, "entities": "many"}},
        {"action": "validate", "model": REGIONS},
        {"action": "delete", "model_id": "orders"},
        message="Spring cleaning.",
    )

    assert response.status_code == 200
    body = response.json()
    assert [(r["model_id"], r["action"], r["success"]) for r in body["results"]] == [
        ("orders", "create", True),
        (None, "create", False),
        ("customers", "update", True),
        ("nobody", "update", False),
        (None, "validate", False),
        (None, "validate", True),
        ("orders", "delete", True),
    ]
    assert body["results"][0]["message"] == "Model created successfully"
    assert [r.get("error_code") for r in body["results"]] == [
        None, "NAME_TAKEN", None, "MODEL_NOT_FOUND", "INVALID_MODEL", None, None,
    ]  # fmt: skip
    assert body["summary"]["total"] == 7
    assert (body["summary"]["succeeded"], body["summary"]["failed"]) == (4, 3)
    assert len(body["summary"]["errors"]) == 3
    assert as_admin.get("/api/models/customers").json()["message"] == "Spring cleaning."
    assert as_admin.get("/api/models/regions").status_code == 404


def test_atomic_is_all_or_nothing(as_engineer: ApiClient) -> None:
    write_customers()
    stamp = CategoryState.objects.get(category="production").stamp
    operations = [
        {"action": "update", "model_id": "customers", "model": {"description": "All."}},
        {"action": "create", "model": {"yaml": ORDERS}},
        {"action": "update", "model_id": "orders", "model": {"measures": []}},
        {"action": "create", "model": REGIONS},
    ]

    body = run(as_engineer, *operations, atomic=True).json()

    assert body["rolled_back"] is True
    assert [result["success"] for result in body["results"]] == [False] * 4
    assert [result["error_code"] for result in body["results"]] == [
        "ROLLED_BACK", "ROLLED_BACK", "INVALID_MODEL", "ROLLED_BACK",
    ]  # fmt: skip
    assert body["summary"] | {"errors": []} == {
        "total": 4, "succeeded": 0, "failed": 4, "errors": [],
    }  # fmt: skip
    assert CategoryState.objects.get(category="production").stamp == stamp
    assert as_engineer.get("/api/models").json()["total_count"] == 1
    assert DocumentVersion.objects.count() == 1
    refusal = AuditEntry.objects.get(outcome="refused")
    assert (refusal.action, refusal.name) == ("update", "orders")

    operations[2]["model"] = {"description": "Later ones see earlier ones."}
    done = run(as_engineer, *operations, atomic=True).json()
    assert done["summary"]["succeeded"] == 4
    assert as_engineer.get("/api/models/orders").json()["version"] == 2


def test_versions_seen_are_honoured(as_engineer: ApiClient) -> None:
    write_customers()
    change = {"action": "update", "model_id": "customers", "model": {"description": "x"}}

    body = run(as_engineer, {**change, "version": 1}, {**change, "version": 1}).json()

    assert [result.get("error_code") for result in body["results"]] == [None, "STALE_VERSION"]


def test_categories_are_each_operations_own(as_engineer: ApiClient) -> None:
    run(
        as_engineer,
        {"action": "create", "model": REGIONS, "category": "staging"},
        {"action": "create", "model": REGIONS, "category": "development"},
        atomic=True,
    )
    assert set(Document.objects.values_list("category", flat=True)) == {"staging", "development"}


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"operations": []},
        {"operations": [{"action": "validate", "model": REGIONS}] * 51},
        {"operations": [{"action": "drop", "model_id": "x"}]},
        {"operations": [{"action": "create", "modell": REGIONS}]},
        {"operations": "all"},
        {"operations": [{"action": "validate", "model": REGIONS}], "atomic": "perhaps"},
    ],
)
def test_bad_batches(as_engineer: ApiClient, body: dict[str, Any]) -> None:
    response = as_engineer.post("/api/models/batch", body)
    assert (response.status_code, response.json()["error_code"]) == (400, "VALIDATION_ERROR")
    assert Document.objects.count() == 0


def test_who_may_not_delete_gets_nothing_done(as_engineer: ApiClient) -> None:
    write_customers()
    response = run(
        as_engineer,
        {"action": "update", "model_id": "customers", "model": {"description": "x"}},
        {"action": "delete", "model_id": "customers"},
    )
    assert response.status_code == 403
    assert as_engineer.get("/api/models/customers").json()["version"] == 1


# ---------------------------------------------------------------- validate


def test_validate_says_everything_and_writes_nothing(as_viewer: ApiClient) -> None:
    broken = ORDERS.replace("agg: count,", "agg: cuont,").replace("type: ratio", "type: rato")

    body = as_viewer.post("/api/models/validate", {"yaml": broken}).json()

    assert body["valid"] is False
    assert {"INVALID_AGGREGATION", "INVALID_METRIC_TYPE"} <= {e["code"] for e in body["errors"]}
    assert all(error["line"] and error["column"] for error in body["errors"])
    assert as_viewer.post("/api/models/validate", {"yaml": ORDERS}).json() == {
        "valid": True, "errors": [], "warnings": [],
    }  # fmt: skip
    assert Document.objects.count() == 0
    assert AuditEntry.objects.count() == 0


def test_validate_of_a_model_that_exists_is_about_its_next_version(as_viewer: ApiClient) -> None:
    write_customers()
    write_orders()
    assert as_viewer.post("/api/models/validate", CUSTOMERS).json()["valid"] is True
    clash = {**CUSTOMERS, "metrics": [{"name": "revenue", "type": "simple",
                                       "measure": "customer_count"}]}  # fmt: skip
    assert as_viewer.post("/api/models/validate", clash).json()["valid"] is False


def test_text_that_cannot_be_read_is_told_at_its_place(as_viewer: ApiClient) -> None:
    body = as_viewer.post("/api/models/validate", {"yaml": "semantic_model:\n  name: [a\n"}).json()
    assert body["valid"] is False
    assert body["errors"][0]["code"] == "YAML_SYNTAX"
    assert body["errors"][0]["line"] == 3
    flat = as_viewer.post("/api/models/validate", {"model": "a.b.c"}).json()
    assert flat["errors"][0]["path"] == "name"
    assert as_viewer.post("/api/models/validate", {"yaml": 7}).status_code == 400


def test_validate_does_not_tell_hidden_names(as_viewer: ApiClient, as_engineer: ApiClient) -> None:
    secret = {**CUSTOMERS, "meta": {"access": [{"roles": ["admin"]}]}}
    as_engineer.post("/api/models", secret)
    probe = {**REGIONS, "metrics": [{"name": "probe", "type": "simple",
                                     "measure": "customer_cuont"}]}  # fmt: skip

    seen = as_viewer.post("/api/models/validate", probe).json()
    assert "customer_count" not in str(seen).replace("customer_cuont", "")
    assert "customer_count" in str(as_engineer.post("/api/models/validate", probe).json())


def test_the_schema_takes_what_the_reader_takes(as_viewer: ApiClient) -> None:
    schema = as_viewer.get("/api/models/schema").json()
    Draft202012Validator.check_schema(schema)
    Draft202012Validator(schema).validate(CUSTOMERS)
