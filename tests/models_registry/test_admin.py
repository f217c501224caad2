"""The registry's admin screens: what they show, to whom, and that they change nothing."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from models_registry import services
from models_registry.audit import SYSTEM
from models_registry.models import Document, DocumentVersion
from semantic_layer.accounts import services as accounts
from tests.models_registry.conftest import CUSTOMERS, ORDERS, write_customers

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("shop")]

MODELS = "/admin/models_registry/document/"
VERSIONS = "/admin/models_registry/documentversion/"
AUDIT = "/admin/models_registry/auditentry/"


def browser(role: str) -> Client:
    token = accounts.create_local_token(email=f"{role}@example.com", roles=[role])
    client = Client()
    assert client.post("/admin/login/", {"token": token.secret}).status_code == 302
    return client


def text_of(client: Client, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200, (path, response.status_code)
    return response.content.decode()


def page_of(name: str) -> str:
    return reverse(
        "admin:models_registry_document_change", args=[Document.objects.get(name=name).pk]
    )


def test_the_list_shows_state_and_table_the_page_counts_and_author() -> None:
    client = browser("viewer")
    html = text_of(client, MODELS)
    for expected in ("customers", "orders", "published", "shop.main.customers", "Production"):
        assert expected in html, expected

    html = text_of(client, page_of("orders"))
    for expected in ("2, 2, 2", "system", "/admin/metrics/production/revenue/"):
        assert expected in html, expected


@pytest.mark.parametrize(
    ("query", "there", "gone"),
    [
        ("?category__exact=staging", [], ["customers", "orders"]),
        ("?category__exact=production", ["customers", "orders"], []),
        ("?q=shop.main", ["customers"], ["orders"]),
        ("?life=deleted", [], ["customers", "orders"]),
        ("?published__state__exact=draft", [], ["customers", "orders"]),
    ],
)
def test_the_list_is_filtered(query: str, there: list[str], gone: list[str]) -> None:
    html = text_of(browser("viewer"), MODELS + query)
    links = re.findall(r"document/\d+/change/[^>]*>([^<]+)</a>", html)
    assert sorted(links) == sorted(there)
    assert not set(gone) & set(links)


def test_the_list_costs_the_same_queries_however_long() -> None:
    client = browser("viewer")

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            text_of(client, MODELS)
        assert not any('"yaml"' in query["sql"] for query in queries)
        return len(queries)

    text_of(client, MODELS)
    few = cost()
    for number in range(5):
        services.create_model(
            actor=SYSTEM, category="development", payload={**CUSTOMERS, "name": f"m{number}",
            "entities": [{"name": f"e{number}", "type": "primary", "expr": "id"}],
            "measures": [], "metrics": []},
        )  # fmt: skip
    text_of(client, MODELS)
    assert cost() == few


def test_a_model_shows_its_text_metrics_problems_and_versions() -> None:
    services.update_model(
        actor=SYSTEM, category="production", name="orders", message="<b>Why</b>",
        payload={"yaml": ORDERS.replace("# What customers bought.", "# <script>alert(1)</script>")},
    )  # fmt: skip

    html = text_of(browser("engineer"), page_of("orders"))

    assert "Average order value" in html
    assert "None: it answers queries." in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert "<script>alert(1)" not in html
    assert "&lt;b&gt;Why" in html
    assert html.count("/admin/models_registry/documentversion/") >= 2


def test_a_broken_model_shows_its_problem_at_its_line() -> None:
    text = (
        "semantic_model:\n  name: regions\n  model: a.b.c\n"
        "  entities: [{name: region, type: primary, expr: id}]\n"
        "  measures: [{name: region_count, agg: count, expr: id}]\n"
        "metrics:\n"
        "  - {name: regions_known, type: simple, measure: region_count}\n"
        "  - {name: share, type: ratio, numerator: regions_known, denominator: orders_placed}\n"
    )
    services.create_model(actor=SYSTEM, category="production", payload={"yaml": text})
    services.delete_model(actor=SYSTEM, category="production", name="orders", force=True)

    html = text_of(browser("viewer"), page_of("regions"))

    assert "UNKNOWN_INPUT" in html
    assert re.search(r"line 8, column \d+", html)


def test_a_version_shows_what_changed() -> None:
    services.update_model(
        actor=SYSTEM, category="production", name="orders",
        payload={"yaml": ORDERS.replace("Revenue", "Turnover")},
    )  # fmt: skip
    second = DocumentVersion.objects.get(document__name="orders", number=2)

    html = text_of(browser("viewer"), f"{VERSIONS}{second.pk}/change/")

    removed = re.search(r'<div class="removed".*?</div>', html, re.DOTALL)
    added = re.search(r'<div class="added".*?</div>', html, re.DOTALL)
    assert removed is not None
    assert "label: Revenue" in removed.group()
    assert added is not None
    assert "label: Turnover" in added.group()
    assert "unchanged lines" in html


def test_versions_of_one_model() -> None:
    orders = Document.objects.get(name="orders")
    html = text_of(browser("viewer"), f"{VERSIONS}?document__id__exact={orders.pk}")
    assert "orders (production)" in html
    assert "customers (production)" not in html


@pytest.mark.parametrize("role", ["viewer", "engineer", "admin"])
def test_nothing_is_written_here(role: str) -> None:
    client = browser(role)
    version = DocumentVersion.objects.first()
    assert version is not None
    for base, key in ((MODELS, version.document_id), (VERSIONS, version.pk)):
        assert client.get(f"{base}add/").status_code == 403
        assert client.post(f"{base}{key}/change/", {"yaml": "x"}).status_code == 403
        assert client.post(f"{base}{key}/delete/", {"post": "yes"}).status_code == 403


def test_the_audit_trail_is_for_admins() -> None:
    for role in ("viewer", "analyst", "engineer"):
        assert browser(role).get(AUDIT).status_code == 403
    client = browser("admin")
    html = text_of(client, AUDIT)
    assert "create" in html
    assert "customers" in html
    entry = re.search(r"auditentry/(\d+)/change", html)
    assert entry is not None
    assert "Production" in text_of(client, f"{AUDIT}{entry.group(1)}/change/")


def test_models_with_access_rules_are_for_who_may_write() -> None:
    services.create_model(
        actor=SYSTEM, category="production",
        payload={**CUSTOMERS, "name": "salaries", "metrics": [], "measures": [],
                 "entities": [{"name": "employee", "type": "primary", "expr": "id"}],
                 "meta": {"access": [{"roles": ["analyst"], "members": {"excludes": ["country"]}}]}},  # noqa: E501
    )  # fmt: skip

    for role in ("viewer", "analyst"):
        client = browser(role)
        assert "salaries" not in text_of(client, MODELS)
        assert "salaries" not in text_of(client, VERSIONS)
        assert client.get(page_of("salaries")).status_code in (302, 404)
    assert "salaries" in text_of(browser("engineer"), MODELS)


def test_a_deleted_model_is_found_among_the_deleted() -> None:
    services.delete_model(actor=SYSTEM, category="production", name="orders")
    client = browser("viewer")
    assert "orders" in re.findall(
        r"document/\d+/change/[^>]*>([^<]+)</a>", text_of(client, f"{MODELS}?life=deleted")
    )
    assert "its versions are kept" in text_of(client, page_of("orders"))
    write_customers("staging")
    assert text_of(client, f"{MODELS}?life=all")
