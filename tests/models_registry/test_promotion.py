"""Development to staging to production: validated there, shown in words and in numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import duckdb
import pytest
from django.test import override_settings

from models_registry import services
from models_registry.audit import SYSTEM
from models_registry.models import AuditEntry, Document
from models_registry.promotions import Promotion, promote
from models_registry.value_diffs import affected_metrics
from semantic_layer.accounts.actor import actor_of
from semantic_layer.accounts.models import User
from semantic_layer.compiler import Source, build_graph, read_documents
from semantic_layer.errors import Conflict, WarehouseUnavailable
from semantic_layer.ports import Actor, MetricRows
from tests.accounts_fixtures import ApiClient
from tests.models_registry.conftest import CUSTOMERS, write_customers

SCHEMA = """
CREATE TABLE orders (order_id INTEGER, amount INTEGER, tax INTEGER, ordered_at DATE);
INSERT INTO orders
    SELECT n, 10, CASE WHEN n % 50 = 0 THEN 90 ELSE 0 END, DATE '2013-01-01' + n::INTEGER
    FROM range(1, 101) AS days (n);
"""
ORDERS = """\
# Orders.
semantic_models:
  - name: orders
    model: shop.main.orders
    defaults: {agg_time_dimension: ordered_at}
    entities: [{name: order, type: primary, expr: order_id}]
    dimensions: [{name: ordered_at, type: time, type_params: {time_granularity: day}}]
    measures:
      - {name: revenue_sum, agg: sum, expr: amount}
      - {name: order_count, agg: count, expr: order_id}
metrics:
  - {name: revenue, type: simple, type_params: {measure: revenue_sum}}
  - {name: orders_placed, type: simple, type_params: {measure: order_count}}
  - {name: order_value, type: ratio, type_params: {numerator: revenue, denominator: orders_placed}}
"""
TAXED = ORDERS.replace("expr: amount}", "expr: amount + tax}")


@pytest.fixture
def warehouse(tmp_path: Path, db: None) -> Iterator[Path]:
    file = tmp_path / "shop.duckdb"
    with duckdb.connect(str(file)) as connection:
        connection.execute(SCHEMA)
    with override_settings(DUCKDB_ATTACH=f"shop={file}", DUCKDB_DEFAULT_CATALOG="shop"):
        yield file


def write(text: str, category: str) -> None:
    exists = Document.objects.filter(category=category, published__isnull=False).exists()
    if exists:
        services.update_model(
            actor=SYSTEM, category=category, name="orders", payload={"yaml": text}
        )
    else:
        services.create_model(actor=SYSTEM, category=category, payload={"yaml": text})


def to(client: ApiClient, category: str, name: str = "orders", **body: Any) -> Any:
    headers = body.pop("headers", {})
    path = f"/api/models/{name}/promote"
    return client.post(path, {"to_category": category, **body}, headers=headers)


def test_old_and_new_numbers_largest_changes_first(warehouse: Path, as_engineer: ApiClient) -> None:
    write(TAXED, "development")
    write(ORDERS, "staging")

    body = to(as_engineer, "staging", dry_run=True).json()

    assert (body["dry_run"], body["changed"], body["version"]) == (True, True, None)
    assert body["diff"]["changes"] == [
        {"change": "changed", "path": "measures.revenue_sum.expr", "before": "amount",
         "after": "amount + tax"},
    ]  # fmt: skip
    changed = [line for line in body["diff"]["lines"] if line["change"] in ("added", "removed")]
    assert [line["before"] or line["after"] for line in changed] == [9, 9]
    revenue, value = body["value_diff"]["metrics"]
    # 30 days with data end on 2013-04-11 (n = 100); n = 100 alone has tax in the range.
    assert revenue == {
        "metric": "order_value", "change": "changed", "old": 10.0, "new": 13.0,
        "difference": 3, "percent_change": 30.0, "start": revenue["start"], "periods": 30,
        "changed_periods": 1, "old_error": None, "new_error": None,
        "largest_change": revenue["largest_change"],
    }  # fmt: skip
    assert revenue["start"].startswith("2013-03-13")
    assert revenue["largest_change"]["period"].startswith("2013-04-11")
    assert (value["metric"], value["old"], value["new"]) == ("revenue", 300, 390)
    assert (value["largest_change"]["old"], value["largest_change"]["new"]) == (10, 100)
    assert "orders_placed" not in str(body["value_diff"])
    assert as_engineer.get("/api/models/orders?category=staging").json()["version"] == 1
    assert AuditEntry.objects.filter(action="promote").count() == 0


def test_promotion_copies_the_version(warehouse: Path, as_engineer: ApiClient) -> None:
    write(TAXED, "development")

    response = to(as_engineer, "staging", message="Finance agreed.")

    assert response.status_code == 200, response.content
    body = response.json()
    assert body["message"] == "Model promoted to staging successfully"
    assert (body["from_category"], body["to_category"]) == ("development", "staging")
    assert (body["source_version"], body["version"], body["status"]) == (1, 1, "published")
    assert {m["change"] for m in body["value_diff"]["metrics"]} == {"added"}
    staged = as_engineer.get("/api/models/orders?category=staging").json()
    assert (staged["yaml"], staged["message"]) == (TAXED, "Finance agreed.")
    entry = AuditEntry.objects.get(action="promote")
    assert (entry.category, entry.details["source_version"]) == ("staging", 1)

    again = to(as_engineer, "staging").json()
    assert (again["changed"], again["version"]) == (False, None)
    assert again["value_diff"]["metrics"] == []
    assert to(as_engineer, "production").json()["version"] == 1


def test_with_review_it_becomes_a_draft(
    warehouse: Path, settings: Any, as_engineer: ApiClient, as_admin: ApiClient
) -> None:
    settings.MODEL_REVIEW_CATEGORIES = ["production"]
    write(TAXED, "staging")

    body = to(as_engineer, "production").json()

    assert (body["version"], body["status"]) == (1, "draft")
    assert "review" in body["message"]
    assert as_engineer.get("/api/models/orders").status_code == 404
    path = "/api/models/orders/transitions?category=production"
    as_engineer.post(path, {"action": "submit"})
    assert as_admin.post(path, {"action": "approve"}).json()["published_version"] == 1


def test_it_is_validated_against_the_target(warehouse: Path, as_engineer: ApiClient) -> None:
    write(TAXED, "development")
    other = ORDERS.replace("name: orders\n", "name: sales\n").replace("order_id}]", "order_id}]", 1)
    services.create_model(actor=SYSTEM, category="staging", payload={"yaml": other})

    shown = to(as_engineer, "staging", dry_run=True)
    assert shown.status_code == 200
    assert shown.json()["validation"]["valid"] is False
    assert "DUPLICATE_MEASURE" in str(shown.json()["validation"]["errors"])
    assert shown.json()["value_diff"]["skipped"]
    refused = to(as_engineer, "staging")
    assert (refused.status_code, refused.json()["error_code"]) == (422, "INVALID_MODEL")
    assert AuditEntry.objects.get(outcome="refused").action == "promote"


@pytest.mark.parametrize(
    ("body", "query", "status", "code"),
    [
        ({"to_category": "development"}, "", 422, "PROMOTION_ORDER"),
        ({"to_category": "production"}, "?category=development", 422, "PROMOTION_ORDER"),
        ({"to_category": "staging"}, "?category=staging", 422, "PROMOTION_ORDER"),
        ({"to_category": "production"}, "", 404, "MODEL_NOT_FOUND"),
        ({"to_category": "moon"}, "", 400, "VALIDATION_ERROR"),
        ({}, "", 400, "VALIDATION_ERROR"),
        ({"to_category": "staging", "version": 7}, "", 409, "WRONG_STATE"),
        ({"to_category": "staging", "dryrun": True}, "", 400, "VALIDATION_ERROR"),
    ],
)
@pytest.mark.django_db
def test_what_cannot_be(
    as_engineer: ApiClient, body: dict[str, Any], query: str, status: int, code: str
) -> None:
    write(ORDERS, "development")
    response = as_engineer.post(f"/api/models/orders/promote{query}", body)
    assert (response.status_code, response.json()["error_code"]) == (status, code)
    assert Document.objects.count() == 1


@pytest.mark.django_db
def test_if_match_is_about_the_source(as_engineer: ApiClient) -> None:
    write_customers("development")
    assert to(as_engineer, "staging", "customers", headers={"If-Match": '"9"'}).status_code == 412
    assert to(as_engineer, "staging", "customers", headers={"If-Match": '"1"'}).status_code == 200


# ---------------------------------------------------------------- numbers that cannot be had


class Unreachable:
    """A MetricRunner whose warehouse is down."""

    def run(self, actor: Actor, body: Mapping[str, Any], *, graph: Any = None) -> MetricRows:
        raise WarehouseUnavailable("The warehouse sleeps.")


@pytest.mark.django_db
def test_without_a_warehouse_the_reason_is_told(settings: Any, as_engineer: ApiClient) -> None:
    settings.METRIC_RUNNER = f"{__name__}.Unreachable"
    write(TAXED, "development")
    write(ORDERS, "staging")

    body = to(as_engineer, "staging").json()

    assert body["version"] == 2
    assert {m["change"] for m in body["value_diff"]["metrics"]} == {"failed"}
    assert body["value_diff"]["metrics"][0]["new_error"] == "The warehouse sleeps."


def test_a_metric_that_fails_does_not_hide_the_others(
    warehouse: Path, as_engineer: ApiClient
) -> None:
    write(ORDERS, "staging")
    write(TAXED.replace("agg: count, expr: order_id", "agg: count, expr: no_such"), "development")

    found = to(as_engineer, "staging", dry_run=True).json()["value_diff"]["metrics"]

    assert [m["metric"] for m in found if m["change"] == "failed"] == [
        "order_value", "orders_placed",
    ]  # fmt: skip
    assert "no_such" in found[0]["new_error"]
    revenue = next(m for m in found if m["metric"] == "revenue")
    assert revenue["change"] == "changed"


def test_metrics_without_time_are_compared_in_total(
    warehouse: Path, as_engineer: ApiClient
) -> None:
    timeless = {
        "name": "orders", "model": "shop.main.orders",
        "entities": [{"name": "order", "type": "primary", "expr": "order_id"}],
        "measures": [{"name": "n", "agg": "sum", "expr": "amount", "create_metric": True}],
    }  # fmt: skip
    taxed = {**timeless, "measures": [{**timeless["measures"][0], "expr": "amount + tax"}]}  # type: ignore[dict-item]
    services.create_model(actor=SYSTEM, category="staging", payload=timeless)
    services.create_model(actor=SYSTEM, category="development", payload=taxed)

    (found,) = to(as_engineer, "staging", dry_run=True).json()["value_diff"]["metrics"]

    assert (found["metric"], found["old"], found["new"]) == ("n", 1000, 1180)
    assert (found["start"], found["periods"]) == (None, 0)


def test_only_metrics_whose_sql_differs_are_affected() -> None:
    def graph(text: str) -> Any:
        return build_graph(read_documents([Source(text)]))

    described = ORDERS.replace("measures:", "description: Words only.\n    measures:")
    assert affected_metrics(graph(ORDERS), graph(described), ["orders"]) == []
    assert affected_metrics(graph(ORDERS), graph(TAXED), ["orders"]) == ["order_value", "revenue"]
    fewer = graph(ORDERS.replace("  - {name: order_value", "  # - {name: order_value"))
    assert affected_metrics(graph(ORDERS), fewer, ["orders"]) == ["order_value"]


# ---------------------------------------------------------------- two at once


class Meddler:
    """A MetricRunner during whose work somebody writes the target."""

    def run(self, actor: Actor, body: Mapping[str, Any], *, graph: Any = None) -> MetricRows:
        if not Document.objects.filter(category="staging", name="customers").exists():
            services.create_model(actor=SYSTEM, category="staging", payload=CUSTOMERS)
        return MetricRows((), (), {})


@pytest.mark.django_db
def test_a_target_written_meanwhile_is_a_conflict(settings: Any, engineer: User) -> None:
    settings.METRIC_RUNNER = f"{__name__}.Meddler"
    write(TAXED, "development")
    write(ORDERS, "staging")
    wanted = Promotion("orders", "staging")

    with pytest.raises(Conflict) as caught:
        promote(actor=actor_of(engineer), promotion=wanted)

    assert caught.value.code == "TARGET_CHANGED"
    assert promote(actor=actor_of(engineer), promotion=wanted).written is not None
