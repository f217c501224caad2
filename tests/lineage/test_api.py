"""The lineage endpoints over the shop: what comes from what, and what nobody is told."""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

import pytest

from lineage import services as lineage_services
from models_registry import services
from models_registry.audit import SYSTEM
from queries.models import QueryKind, SavedQuery, Sharing
from semantic_layer import wiring
from semantic_layer.accounts.models import User
from semantic_layer.errors import Unavailable
from semantic_layer.ports import LineageDirection, LineageEdge
from tests.accounts_fixtures import ApiClient

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("models")]

ODD = "/api/lineage/tables/shop.gold.`odd.name%2F<b>`"


def get(client: ApiClient, path: str, status: int = 200) -> Any:
    response = client.get(f"/api/lineage/{path}")
    assert response.status_code == status, (path, response.content[:2000])
    return response.json()


def names(things: list[dict[str, Any]]) -> list[str]:
    return [thing["full_name"] for thing in things]


def test_a_table_with_what_is_made_of_it(as_viewer: ApiClient) -> None:
    body = get(as_viewer, "tables/shop.gold.orders")
    assert body["table"] == {
        "name": "orders", "catalog": "shop", "schema": "gold", "type": "TABLE",
        "full_name": "shop.gold.orders",
    }  # fmt: skip
    assert body["upstream"] == []
    assert names(body["downstream"]) == [
        "shop.gold.opaque", "shop.gold.paid", "shop.gold.by_country",
    ]  # fmt: skip
    assert {thing["type"] for thing in body["downstream"]} == {"VIEW"}
    assert names(body["models"]) == ["orders"]
    assert "revenue" in names(body["metrics"])
    ids = {node["id"] for node in body["graph"]["nodes"]}
    assert {e["source"] for e in body["graph"]["edges"]} <= ids
    assert {e["target"] for e in body["graph"]["edges"]} <= ids


def test_direction_and_depth_limit_the_walk(as_viewer: ApiClient) -> None:
    body = get(as_viewer, "tables/shop.gold.by_country?direction=upstream&depth=1")
    assert names(body["upstream"]) == ["shop.gold.customers", "shop.gold.paid"]
    assert body["models"] == [] == body["downstream"]
    body = get(as_viewer, "tables/shop.gold.by_country?direction=upstream&depth=2")
    assert "shop.gold.orders" in names(body["upstream"])


def test_names_are_case_insensitive_and_hostile_ones_can_be_quoted(as_viewer: ApiClient) -> None:
    assert get(as_viewer, "tables/SHOP.Gold.ORDERS")["table"]["name"] == "orders"
    response = as_viewer.get(ODD)
    assert response.status_code == 200, response.content
    assert response.json()["table"]["name"] == "odd.name/<b>"
    assert names(response.json()["downstream"]) == ['shop.gold.`v]->"; <script>`']


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("tables/orders", 400),
        ("tables/a.b.`c", 400),
        ("tables/shop.gold.nothing", 404),
        ("tables/nowhere.gold.orders", 404),
        ("tables/shop.gold.orders?depth=0", 400),
        ("tables/shop.gold.orders?depth=21", 400),
        ("tables/shop.gold.orders?depth=x", 400),
        ("tables/shop.gold.orders?direction=sideways", 400),
        ("tables/shop.gold.orders?format=png", 400),
        ("tables/shop.gold.orders?colums=1", 400),
        ("columns/shop.gold.orders", 400),
        ("columns/shop.gold.orders.nothing", 404),
        ("models/nothing", 404),
        ("models/orders?category=nowhere", 400),
        ("metrics/nothing", 404),
        ("impact", 400),
        ("impact?table=shop.gold.orders&metric=revenue", 400),
        ("impact?table=shop.gold.nothing", 404),
        ("impact?column=shop.gold.orders.nothing", 404),
        ("impact?metric=nothing", 404),
        ("impact?model=nothing", 404),
    ],
)
def test_what_is_not_there_or_not_meant(as_viewer: ApiClient, path: str, status: int) -> None:
    body = get(as_viewer, path, status)
    assert body["detail"]
    assert body["status_code"] == status


def test_a_column_up_and_down(as_viewer: ApiClient) -> None:
    body = get(as_viewer, "columns/shop.gold.by_country.total")
    assert names(body["upstream"]) == ["shop.gold.paid.double_amount", "shop.gold.orders.amount"]
    body = get(as_viewer, "columns/shop.gold.orders.amount")
    assert names(body["downstream"]) == [
        "shop.gold.paid.double_amount", "shop.gold.by_country.total",
    ]  # fmt: skip
    assert names(body["measures"]) == ["orders.revenue_sum"]
    assert names(body["dimensions"]) == ["orders.size"]
    assert {"revenue", "average_order", "average_in_cents"} <= set(names(body["metrics"]))


def test_a_column_that_only_chooses_rows_leads_to_the_view(as_viewer: ApiClient) -> None:
    edges = get(as_viewer, "columns/shop.gold.orders.status")["graph"]["edges"]
    chosen = [e["target"] for e in edges if e["relation"] == "condition"]
    assert "table:shop.gold.paid" in chosen
    assert "metric:production.paid_revenue" in chosen


def test_a_metric_down_to_its_columns(as_viewer: ApiClient) -> None:
    body = get(as_viewer, "metrics/average_in_cents")
    assert body["metric"]["type"] == "derived"
    assert names(body["upstream_metrics"]) == ["average_order", "orders_placed", "revenue"]
    assert names(body["measures"]) == ["orders.order_count", "orders.revenue_sum"]
    assert {"shop.gold.orders.amount", "shop.gold.orders.order_id"} <= set(names(body["columns"]))
    assert names(body["tables"]) == ["shop.gold.orders"]
    assert names(get(as_viewer, "metrics/revenue")["saved_queries"]) == ["revenue_by_status"]


def test_filters_of_a_metric_are_conditions(as_viewer: ApiClient) -> None:
    body = get(as_viewer, "metrics/french_revenue")
    assert "customers.country" in names(body["dimensions"])
    assert {"shop.gold.orders", "shop.gold.customers"} == set(names(body["tables"]))


def test_a_model_and_its_neighbours(as_viewer: ApiClient) -> None:
    body = get(as_viewer, "models/orders?include_columns=true")
    assert body["model"] == {"id": "orders", "name": "orders", "category": "production"}
    assert body["source_tables"] == [{"catalog": "shop", "schema": "gold", "table": "orders"}]
    up = body["dependencies"]["upstream_models"]
    assert [model["id"] for model in up] == ["customers"]
    assert body["dependencies"]["downstream_dashboards"] == []
    ids = {node["id"] for node in body["graph"]["nodes"]}
    assert {"column:shop.gold.orders.amount", "measure:production.orders.revenue_sum"} <= ids
    down = get(as_viewer, "models/customers")["dependencies"]["downstream_models"]
    assert [model["id"] for model in down] == ["orders"]


def test_what_cannot_be_followed_is_shown_as_unresolved(as_viewer: ApiClient) -> None:
    body = get(as_viewer, "tables/shop.gold.opaque")
    assert names(body["upstream"]) == ["shop.gold.orders"]
    assert [thing["reason"] for thing in body["unresolved"]] == ["columns by pattern"]
    column = get(as_viewer, "columns/shop.gold.opaque.n")
    assert column["upstream"] == []
    assert [thing["of"] for thing in column["unresolved"]] == [["column:shop.gold.opaque.n"]]


# ---------------------------------------------------------------- impact


def test_a_column_that_goes_takes_whole_views_with_it(as_viewer: ApiClient) -> None:
    body = get(as_viewer, "impact?column=shop.gold.orders.status")
    found = {thing["full_name"] for thing in body["dependents"]}
    # The view only filters by it, and fails as a whole; so does the view over that.
    assert {"shop.gold.paid", "shop.gold.by_country.total", "orders.status"} <= found
    assert {"paid_revenue", "revenue_by_status"} <= found
    assert "revenue" not in found
    assert "orders.revenue_sum" not in found
    assert body["counts"]["metric"] == 1


def test_impact_of_a_table_a_model_and_a_metric(as_viewer: ApiClient) -> None:
    table = get(as_viewer, "impact?table=shop.gold.customers")
    found = {thing["full_name"] for thing in table["dependents"]}
    assert {"customers", "customer_count", "revenue_per_customer", "french_revenue"} <= found
    assert "revenue" not in found
    model = get(as_viewer, "impact?model=orders")
    assert "average_in_cents" in {thing["full_name"] for thing in model["dependents"]}
    metric = get(as_viewer, "impact?metric=average_order")
    assert names(metric["dependents"]) == ["average_in_cents"]


def test_impact_of_the_registry_names_metrics_over_several_steps(as_admin: ApiClient) -> None:
    extra = {
        "name": "regions", "model": "shop.gold.customers",
        "entities": [{"name": "region", "type": "primary", "expr": "country"}],
        "metrics": [
            {"name": "twice", "type": "derived", "type_params": {
                "expr": "average_in_cents * 2", "metrics": ["average_in_cents"]}},
            {"name": "four_times", "type": "derived", "type_params": {
                "expr": "twice * 2", "metrics": ["twice"]}},
        ],
    }  # fmt: skip
    services.create_model(actor=SYSTEM, category="production", payload=extra)
    found = as_admin.get("/api/models/orders/impact").json()["dependents"]
    far = [one for one in found if one["name"] == "four_times"]
    assert [one["kind"] for one in far] == ["metric"]
    assert "average_in_cents" in far[0]["uses"]
    assert len([one for one in found if one["name"] == "twice"]) == 1


# ---------------------------------------------------------------- who sees what


def everything(client: ApiClient) -> str:
    paths = [
        "tables/shop.gold.by_country?include_columns=true",
        "columns/shop.gold.by_country.total",
        "impact?table=shop.gold.orders",
        "impact?column=shop.gold.orders.amount",
        "models/customers",
    ]
    texts = [client.get(f"/api/lineage/{path}").content.decode() for path in paths]
    for kind in ("mermaid", "dot", "svg"):
        path = f"/api/lineage/tables/shop.gold.by_country?include_columns=true&format={kind}"
        texts.append(client.get(path).content.decode())
    return "\n".join(texts)


def test_hidden_models_are_not_there_nor_counted(
    as_viewer: ApiClient, as_analyst: ApiClient, as_admin: ApiClient
) -> None:
    for client in (as_viewer, as_analyst):
        assert "secret" not in everything(client)
        hidden = get(client, "models/secrets", 404)
        missing = get(client, "models/secretz", 404)
        assert hidden["detail"].replace("secrets", "secretz") == missing["detail"]
        get(client, "metrics/secret_total", 404)
        counts = get(client, "impact?table=shop.gold.by_country")["counts"]
        assert counts == {}
    assert "secret_total" in everything(as_admin)
    assert get(as_admin, "impact?table=shop.gold.by_country")["counts"] == {"metric": 1, "model": 1}


def test_tables_the_caller_does_not_see_are_not_there(
    as_viewer: ApiClient, as_admin: ApiClient
) -> None:
    """As in Unity Catalog, where every caller has a catalog of their own."""
    assert "shop.gold.by_country" in everything(as_admin)

    def blind(*, actor: Any, catalog: str, schema: str, **kwargs: Any) -> Any:
        found = real(actor=actor, catalog=catalog, schema=schema, **kwargs)
        return [table for table in found if table.name != "paid"]

    real = lineage_services.catalog.list_tables
    with patch.object(lineage_services.catalog, "list_tables", blind):
        body = get(as_viewer, "tables/shop.gold.orders")
        assert names(body["downstream"]) == ["shop.gold.opaque"]
        assert "paid" not in {node["name"] for node in body["graph"]["nodes"]}
        up = get(as_viewer, "columns/shop.gold.by_country.total")
        assert up["upstream"] == []
        impact = get(as_viewer, "impact?column=shop.gold.orders.amount")
        assert "table" not in impact["counts"]


@pytest.fixture
def kept(analyst: User) -> list[SavedQuery]:
    from django.utils import timezone

    now = timezone.now()
    common = {"owner": analyst, "created_at": now, "updated_at": now}
    return [
        SavedQuery.objects.create(
            name="my private look", kind=QueryKind.SQL,
            sql="SELECT country FROM shop.gold.customers", **common,
        ),
        SavedQuery.objects.create(
            name="for everybody", kind=QueryKind.METRIC, category="production",
            sharing=Sharing.EVERYONE, terms=["revenue", "order__size"],
            request={"metrics": ["revenue"], "group_by": ["order__size"]}, **common,
        ),
    ]  # fmt: skip


@pytest.mark.usefixtures("kept")
def test_saved_queries_are_seen_by_whom_they_are_shared_with(
    as_viewer: ApiClient, as_analyst: ApiClient
) -> None:
    mine = get(as_analyst, "impact?column=shop.gold.customers.country")
    assert "`my private look`" in names(mine["dependents"])
    others = get(as_viewer, "impact?column=shop.gold.customers.country")
    assert others["counts"].get("saved_query", 0) == 0
    shared = get(as_viewer, "columns/shop.gold.orders.amount")
    assert "`for everybody`" in names(shared["saved_queries"])


def test_recent_queries_count_and_name_nobody(as_viewer: ApiClient, as_analyst: ApiClient) -> None:
    sql = "SELECT country AS hidden_word FROM shop.gold.customers WHERE country = 'hidden_word'"
    assert as_analyst.post("/api/queries/execute", {"query": sql}).status_code == 200
    body = get(as_viewer, "impact?column=shop.gold.customers.country")
    assert body["counts"]["queries"] == 1
    assert "hidden_word" not in str(body)
    assert "analyst@example.com" not in str(body)


# ---------------------------------------------------------------- recorded by the warehouse


class Recorded:
    """A LineageSource that knows one table."""

    def edges(self, table: str, *, direction: LineageDirection, columns: bool) -> list[LineageEdge]:
        if table != "shop.gold.orders" or direction is LineageDirection.UPSTREAM:
            return []
        return [
            LineageEdge(table, "TABLE", "Sales <board>", "DASHBOARD"),
            LineageEdge(table, "TABLE", "shop.gold.hidden", "TABLE"),
        ]


class Silent(Recorded):
    def edges(self, *args: Any, **kwargs: Any) -> list[LineageEdge]:
        raise Unavailable("away")


def test_dashboards_come_as_the_caller_may_see_them(
    as_viewer: ApiClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wiring, "lineage_source", lambda credential: Recorded())
    body = get(as_viewer, "tables/shop.gold.orders")
    assert [thing["name"] for thing in body["dashboards"]] == ["Sales <board>"]
    assert "hidden" not in str(body)
    model = get(as_viewer, "models/orders")
    shown = model["dependencies"]["downstream_dashboards"]
    assert [thing["type"] for thing in shown] == ["DASHBOARD"]


def test_a_silent_warehouse_is_said(as_viewer: ApiClient, monkeypatch: pytest.MonkeyPatch) -> None:
    get(as_viewer, "tables/shop.gold.orders")
    monkeypatch.setattr(wiring, "lineage_source", lambda credential: Silent())
    body = get(as_viewer, "tables/shop.gold.orders")
    assert body["notes"] == ["What the warehouse recorded is missing: it cannot be read now."]
    assert names(body["models"]) == ["orders"]
