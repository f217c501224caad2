"""/api/models: every answer's shape, and what is refused and why."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from models_registry import services
from models_registry.audit import SYSTEM
from models_registry.models import DocumentVersion
from semantic_layer.compiler import Source, read_documents
from tests.accounts_fixtures import ApiClient
from tests.models_registry.conftest import CUSTOMERS, ORDERS, write_customers

pytestmark = pytest.mark.django_db

SUMMARY = {
    "id", "name", "label", "description", "category", "model", "version", "entity_count",
    "dimension_count", "measure_count", "metric_count", "status", "tags", "owner", "created_at",
    "updated_at", "sync_state",
}  # fmt: skip


def codes(response: Any) -> list[str]:
    return [error["code"] for error in response.json()["details"]["errors"]]


# ---------------------------------------------------------------- create


def test_create_from_json_answers_what_the_contract_says(as_engineer: ApiClient) -> None:
    response = as_engineer.post("/api/models", CUSTOMERS)

    assert response.status_code == 201
    assert response.headers["ETag"] == '"1"'
    body = response.json()
    assert as_engineer.get(response.headers["Location"]).json()["id"] == "customers"
    assert body["id"] == body["name"] == "customers"
    assert body["message"] == "Model created successfully"
    assert body["version"] == 1
    assert body["validation"] == {"valid": True, "errors": [], "warnings": []}


def test_create_from_yaml_keeps_the_authors_text(as_engineer: ApiClient) -> None:
    assert as_engineer.post("/api/models/", {"yaml": ORDERS}).status_code == 201

    body = as_engineer.get("/api/models/orders/").json()

    assert body["yaml"] == ORDERS
    assert body["author"] == "engineer@example.com"


def test_create_from_json_writes_yaml_that_reads_back_the_same(as_engineer: ApiClient) -> None:
    as_engineer.post("/api/models", CUSTOMERS)
    body = as_engineer.get("/api/models/customers").json()

    again = read_documents([Source(body["yaml"])])

    assert again.issues == ()
    assert [measure.name for measure in again.models[0].measures] == ["customer_count"]
    assert [metric.name for metric in again.metrics] == ["customers_known"]
    assert body["meta"] == {"owner": "crm-team"}
    assert list(body["entities"][0]) == ["name", "type", "expr"]


@pytest.mark.parametrize(
    "wrapped",
    [
        {"semantic_model": {k: v for k, v in CUSTOMERS.items() if k != "metrics"},
         "metrics": CUSTOMERS["metrics"]},
        {"semantic_models": [{k: v for k, v in CUSTOMERS.items() if k != "metrics"}],
         "metrics": CUSTOMERS["metrics"]},
    ],
    ids=["wrapper", "lists"],
)  # fmt: skip
def test_wrapped_forms_are_taken_too(as_engineer: ApiClient, wrapped: dict[str, Any]) -> None:
    response = as_engineer.post("/api/models", wrapped)

    assert response.status_code == 201, response.json()
    assert as_engineer.get("/api/models/customers").json()["metric_count"] == 1


def test_a_body_of_many_documents_is_written_whole(as_engineer: ApiClient) -> None:
    text = ORDERS + "saved_queries:\n  - {name: all_revenue, query_params: {metrics: [revenue]}}\n"

    body = as_engineer.post("/api/models", {"yaml": text}).json()

    assert [(item["kind"], item["id"], item["version"]) for item in body["models"]] == [
        ("semantic_model", "orders", 1),
        ("saved_query", "all_revenue", 1),
    ]


def test_categories_are_apart(as_engineer: ApiClient) -> None:
    as_engineer.post("/api/models", {**CUSTOMERS, "category": "development"})

    assert as_engineer.get("/api/models/customers").status_code == 404
    assert as_engineer.get("/api/models/customers?category=development").status_code == 200
    assert as_engineer.post("/api/models?category=staging", CUSTOMERS).status_code == 201
    both = as_engineer.post("/api/models?category=staging", {**CUSTOMERS, "category": "production"})
    assert both.status_code == 400


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"yaml": "a: [b"}, 400, "MALFORMED_YAML"),
        ({"yaml": "a: 1\na: 2"}, 400, "MALFORMED_YAML"),
        ({"yaml": "a: &a [*a]"}, 400, "MALFORMED_YAML"),
        ({"yaml": "{" * 200}, 400, "MALFORMED_YAML"),
        ({"yaml": "name: \x07"}, 400, "MALFORMED_YAML"),
        ({"yaml": ""}, 400, "MALFORMED_BODY"),
        ({"yaml": 5}, 400, "MALFORMED_BODY"),
        ({"yaml": "name: a", "raw_yaml": "name: a"}, 400, "MALFORMED_BODY"),
        ({"yaml": ORDERS, "name": "orders"}, 400, "MALFORMED_BODY"),
        ([1], 400, "MALFORMED_BODY"),
        ({**CUSTOMERS, "category": "prod"}, 400, "VALIDATION_ERROR"),
        ({**CUSTOMERS, "message": "x" * 1001}, 400, "VALIDATION_ERROR"),
        ({}, 422, "NOTHING_TO_WRITE"),
        ({"model": "a.b.c"}, 422, "INVALID_MODEL"),
        ({**CUSTOMERS, "name": "search"}, 422, "RESERVED_NAME"),
        ({**CUSTOMERS, "name": "Bad Name"}, 422, "INVALID_MODEL"),
        ({**CUSTOMERS, "name": "a__b"}, 422, "INVALID_MODEL"),
        ({**CUSTOMERS, "name": "../../etc/passwd"}, 422, "INVALID_MODEL"),
        ({**CUSTOMERS, "name": "x" * 65}, 422, "INVALID_MODEL"),
        ({**CUSTOMERS, "name": None}, 422, "INVALID_MODEL"),
        ({**CUSTOMERS, "measures": "many"}, 422, "INVALID_MODEL"),
        ({**CUSTOMERS, "dimensons": []}, 422, "INVALID_MODEL"),
    ],
)
def test_bad_bodies_are_refused_and_change_nothing(
    as_engineer: ApiClient, body: Any, status: int, code: str
) -> None:
    response = as_engineer.post("/api/models", body)

    assert (response.status_code, response.json()["error_code"]) == (status, code)
    assert response.json()["detail"]
    assert DocumentVersion.objects.count() == 0


def test_all_problems_are_told_at_once_with_their_places(as_engineer: ApiClient) -> None:
    broken = ORDERS.replace("agg: count,", "agg: cuont,").replace("type: ratio", "type: rato")
    broken = broken.replace("expr: amount", "expr: 'amount; drop table t'")

    response = as_engineer.post("/api/models", {"yaml": broken})

    errors = response.json()["details"]["errors"]
    lines = broken.splitlines()
    assert response.status_code == 422
    assert {"cuont", "rato"} <= {
        word for error in errors for word in ("cuont", "rato") if word in error["message"]
    }
    assert len(errors) >= 3
    for error in errors:
        assert 1 <= error["line"] <= len(lines)
        assert 1 <= error["column"] <= len(lines[error["line"] - 1])
    assert "Did you mean 'count'?" in str(errors)


def test_a_name_that_is_taken_is_a_conflict(as_engineer: ApiClient, shop: None) -> None:
    response = as_engineer.post("/api/models", CUSTOMERS)

    assert (response.status_code, response.json()["error_code"]) == (409, "NAME_TAKEN")


def test_measures_and_metrics_are_unique_in_the_category(
    as_engineer: ApiClient, shop: None
) -> None:
    response = as_engineer.post(
        "/api/models", {"yaml": ORDERS.replace("name: orders\n", "name: more_orders\n")}
    )

    assert response.status_code == 422
    assert {"DUPLICATE_MEASURE", "DUPLICATE_METRIC"} <= set(codes(response))
    assert as_engineer.get("/api/models").json()["total_count"] == 2


def test_warnings_do_not_block(as_engineer: ApiClient) -> None:
    off = "  - {name: later, type: simple, measure: order_count, config: {enabled: false}}\n"
    response = as_engineer.post("/api/models", {"yaml": ORDERS + off})

    assert response.status_code == 201
    warnings = response.json()["validation"]["warnings"]
    assert [warning["code"] for warning in warnings] == ["DISABLED"]


# ---------------------------------------------------------------- read


def test_list_has_the_contracts_fields(as_viewer: ApiClient, shop: None) -> None:
    body = as_viewer.get("/api/models").json()

    assert [model["name"] for model in body["models"]] == ["customers", "orders"]
    assert body["total_count"] == 2
    orders = body["models"][1]
    assert set(orders) == SUMMARY
    assert (orders["entity_count"], orders["dimension_count"]) == (2, 2)
    assert (orders["measure_count"], orders["metric_count"]) == (2, 3)
    assert (orders["model"], orders["status"]) == ("ref('orders')", "published")
    assert (orders["owner"], orders["tags"]) == ("sales", ["finance"])
    assert orders["created_at"].endswith("Z")


def test_expand_adds_the_members(as_viewer: ApiClient, shop: None) -> None:
    orders = as_viewer.get("/api/models?expand=true").json()["models"][1]

    assert [item["name"] for item in orders["measures"]] == ["revenue_sum", "order_count"]
    assert [item["name"] for item in orders["entities"]] == ["order", "customer"]
    assert [item["name"] for item in orders["dimensions"]] == ["ordered_at", "channel"]
    assert len(orders["metrics"]) == 3


@pytest.mark.parametrize("expand", ["false", "true"])
def test_a_list_costs_the_same_queries_however_long(
    as_viewer: ApiClient, shop: None, expand: str
) -> None:
    def cost() -> int:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            as_viewer.get(f"/api/models?expand={expand}")
        return len(queries)

    cost()
    few = cost()
    for number in range(6):
        services.create_model(
            actor=SYSTEM,
            category="production",
            payload={"name": f"table_{number}", "model": "a.b.c", "entities": [
                {"name": f"key_{number}", "type": "primary", "expr": "id"}]},
        )  # fmt: skip
    cost()
    assert cost() == few


def test_pages(as_viewer: ApiClient, shop: None) -> None:
    body = as_viewer.get("/api/models?page=2&page_size=1").json()

    assert [model["name"] for model in body["models"]] == ["orders"]
    assert body["pagination"] == {
        "total": 2, "page": 2, "page_size": 1, "total_pages": 2,
        "has_next": False, "has_previous": True,
    }  # fmt: skip


@pytest.mark.parametrize(
    "query",
    [
        "page=0",
        "page=x",
        "page_size=101",
        "category=prod",
        "expand=perhaps",
        "filter=x",
        "page=1e3",
    ],
)
def test_parameters_out_of_range_are_told_not_clamped(as_viewer: ApiClient, query: str) -> None:
    response = as_viewer.get(f"/api/models?{query}")

    assert response.status_code == 400
    assert query.partition("=")[0] in response.json()["field_errors"]


def test_get_has_the_version_as_etag(as_engineer: ApiClient, shop: None) -> None:
    response = as_engineer.get("/api/models/customers")
    assert response.headers["ETag"] == '"1"'

    as_engineer.put("/api/models/customers", {"description": "New."})

    assert as_engineer.get("/api/models/customers").headers["ETag"] == '"2"'


@pytest.mark.parametrize("name", ["custmers", "%00", "a/../b", "x" * 3000])
def test_unknown_models_are_404(as_viewer: ApiClient, shop: None, name: str) -> None:
    response = as_viewer.get(f"/api/models/{name}")

    assert response.status_code == 404
    if name == "custmers":
        assert response.json()["details"]["suggestions"] == ["customers"]


def test_download(as_viewer: ApiClient, shop: None) -> None:
    response = as_viewer.get("/api/models/orders/download")

    assert response.headers["Content-Type"].startswith("application/x-yaml")
    assert response.headers["Content-Disposition"] == 'attachment; filename="orders.yml"'
    assert response.content.decode() == ORDERS


# ---------------------------------------------------------------- update


def test_given_keys_replace_others_stay(as_engineer: ApiClient, shop: None) -> None:
    response = as_engineer.put(
        "/api/models/customers",
        {"description": "Everybody.", "dimensions": [{"name": "city", "type": "categorical"}],
         "tags": None, "message": "Cities, not countries."},
    )  # fmt: skip

    assert response.status_code == 200
    assert response.json()["message"] == "Model updated successfully"
    assert response.json()["version"] == 2
    body = as_engineer.get("/api/models/customers").json()
    assert body["description"] == "Everybody."
    assert [item["name"] for item in body["dimensions"]] == ["city"]
    assert [item["name"] for item in body["measures"]] == ["customer_count"]
    assert body["tags"] == []
    assert body["message"] == "Cities, not countries."


def test_an_answer_can_be_changed_and_sent_back(as_engineer: ApiClient, shop: None) -> None:
    body = as_engineer.get("/api/models/customers").json()
    measures = body["measures"]
    response = as_engineer.put("/api/models/customers", {**body, "description": "Everybody."})
    assert (response.status_code, response.json()["version"]) == (200, 2)
    after = as_engineer.get("/api/models/customers").json()
    assert (after["description"], after["measures"]) == ("Everybody.", measures)

    for change in ({"owner": "somebody"}, {"yaml": after["yaml"] + "# changed"}):
        refused = as_engineer.put("/api/models/customers", {**after, **change})
        assert refused.status_code in (400, 422), change
    assert as_engineer.get("/api/models/customers").json()["version"] == 2


def test_a_body_that_says_nothing_is_not_valid(as_viewer: ApiClient, db: None) -> None:
    for nothing in ({}, {"yaml": "# only a comment"}):
        found = as_viewer.post("/api/models/validate", nothing).json()
        assert found["valid"] is False
        assert [error["code"] for error in found["errors"]] == ["NOTHING_TO_WRITE"]


@pytest.mark.parametrize("key", ["yaml", "raw_yaml"])
def test_yaml_replaces_all(as_engineer: ApiClient, shop: None, key: str) -> None:
    text = ORDERS.replace("One row per order.", "One row per order, cancelled ones too.")

    assert as_engineer.put("/api/models/orders", {key: text}).json()["version"] == 2

    assert as_engineer.get("/api/models/orders").json()["yaml"] == text


@pytest.mark.parametrize(
    ("header", "status"),
    [('"1"', 200), ("1", 200), ('W/"1"', 200), ('"7", "1"', 200), ("*", 200), ('"2"', 412),
     ('"abc"', 412), ("'1'", 412)],
)  # fmt: skip
def test_if_match(as_engineer: ApiClient, shop: None, header: str, status: int) -> None:
    response = as_engineer.put(
        "/api/models/customers", {"description": "x"}, headers={"If-Match": header}
    )

    assert response.status_code == status
    if status == 412:
        assert response.json()["details"]["current_version"] == 1


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"name": "clients"}, "NAME_MISMATCH"),
        ({"yaml": ORDERS}, "NAME_MISMATCH"),
        ({"measures": []}, "INVALID_MODEL"),
        ({"measurs": []}, "INVALID_MODEL"),
        ({"model": None}, "INVALID_MODEL"),
    ],
)
def test_updates_that_mean_nothing_change_nothing(
    as_engineer: ApiClient, shop: None, body: dict[str, Any], code: str
) -> None:
    before = as_engineer.get("/api/models/customers").content

    response = as_engineer.put("/api/models/customers", body)

    assert (response.status_code, response.json()["error_code"]) == (422, code)
    assert as_engineer.get("/api/models/customers").content == before


def test_an_update_may_not_break_other_models(as_engineer: ApiClient, shop: None) -> None:
    services.create_model(
        actor=SYSTEM,
        category="production",
        payload={"metrics": [{
            "name": "orders_per_customer", "type": "ratio",
            "numerator": "orders_placed", "denominator": "customers_known"}]},
    )  # fmt: skip
    assert as_engineer.get("/api/models/orders").json()["metric_count"] == 4

    response = as_engineer.put("/api/models/customers", {"metrics": []})

    assert response.status_code == 422
    assert "customers_known" in response.json()["detail"]


def test_update_of_nothing_is_404(as_engineer: ApiClient) -> None:
    assert as_engineer.put("/api/models/nope", {"description": "x"}).status_code == 404


# ---------------------------------------------------------------- delete


def test_a_model_in_use_is_not_deleted_without_force(as_admin: ApiClient, shop: None) -> None:
    response = as_admin.delete("/api/models/customers")

    assert (response.status_code, response.json()["error_code"]) == (409, "MODEL_IN_USE")
    assert response.json()["details"]["dependents"] == [
        {"kind": "model", "name": "orders", "model": "orders", "uses": ["customer"], "details": {}}
    ]
    forced = as_admin.delete("/api/models/customers?force=true")
    assert (forced.status_code, forced.json()) == (200, {"message": "Model deleted successfully"})
    assert as_admin.get("/api/models/customers").status_code == 404
    assert as_admin.get("/api/models/orders").status_code == 200


def test_delete_honours_if_match(as_admin: ApiClient, shop: None) -> None:
    stale = as_admin.delete("/api/models/orders", headers={"If-Match": '"9"'})
    assert stale.status_code == 412
    assert as_admin.delete("/api/models/orders", headers={"If-Match": '"1"'}).status_code == 200


def test_a_deleted_name_is_free_and_its_numbers_go_on(as_admin: ApiClient, db: None) -> None:
    write_customers()
    as_admin.delete("/api/models/customers")

    again = as_admin.post("/api/models", CUSTOMERS)

    assert again.json()["version"] == 2
    stale = as_admin.put("/api/models/customers", {"description": "x"}, headers={"If-Match": '"1"'})
    assert stale.status_code == 412
