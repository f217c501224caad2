"""Documentation of models over the API: what it says, for whom, and when it is out of date."""

from __future__ import annotations

import base64
import io
import re
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from pypdf import PdfReader

from models_registry import services as registry
from models_registry import tasks
from models_registry.audit import SYSTEM
from models_registry.documentation import services
from models_registry.documentation.contents import gather
from models_registry.documentation.rendering import TEMPLATES, render
from models_registry.models import Documentation, DocumentationFormat, DocumentationState
from semantic_layer.accounts.models import User
from tests.accounts_fixtures import Api, ApiClient

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("models")]

EVIL = "</pre></script><img src=x onerror=alert(1)> {{ 7|add:7 }} {% now 'Y' %} [x](javascript:y)"
HOSTILE = f"""
semantic_model:
  name: hostile
  label: "{EVIL}"
  description: "{EVIL}"
  model: shop.gold.orders
  config: {{meta: {{owner: "{EVIL}", tags: ["{EVIL}"]}}}}
  entities: [{{name: hostile_key, type: primary, expr: order_id, description: "{EVIL}"}}]
  dimensions: [{{name: kind, type: categorical, expr: "'{EVIL.replace("'", "")}'"}}]
  measures: [{{name: hostile_count, agg: count, expr: order_id, description: "{EVIL}"}}]
metrics:
  - name: hostiles
    label: "{EVIL}"
    description: "{EVIL}"
    type: simple
    type_params: {{measure: hostile_count}}
    config: {{meta: {{synonyms: ["{EVIL}"]}}}}
"""


@pytest.fixture
def as_engineer(api: Api, engineer: User) -> ApiClient:
    return api(engineer)


def generate(client: ApiClient, status: int = 200, **asked: Any) -> Any:
    response = client.post("/api/documentation/generate", {"model_id": "orders", **asked})
    assert response.status_code == status, response.content[:2000]
    return response.json()


def listed(client: ApiClient, name: str = "orders") -> Any:
    found = client.get("/api/documentation/models").json()["models"]
    return next((one for one in found if one["model_id"] == name), None)


def text_of_pdf(content: bytes) -> str:
    pages = PdfReader(io.BytesIO(content)).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


def test_a_pdf_shows_other_scripts(as_engineer: ApiClient) -> None:
    """With their own letters, each embedded with what is used of it only."""
    words = "売上高 销售额 매출 Выручка Έσοδα"
    update_orders(description=f"{words} إيرادات", label="订单")
    content = render(
        gather(actor=SYSTEM, category="production", name="orders"), DocumentationFormat.PDF
    )
    # pypdf puts a null before letters whose codes in the font have two bytes.
    text = text_of_pdf(content).replace("\x00", "")
    for word in words.split():
        assert word in text
    assert "订单" in text
    fonts = set(re.findall(rb"/BaseFont /[A-Z]+\+([\w-]+)", content))
    assert {b"NotoSansArabic", b"NotoSansCJKJP"} <= fonts, fonts
    assert len(content) < 400_000


def update_orders(**changes: Any) -> None:
    registry.update_model(actor=SYSTEM, category="production", name="orders", payload=changes)


@pytest.mark.parametrize("wanted", ["markdown", "html", "pdf"])
def test_each_format_says_what_the_model_is(as_engineer: ApiClient, wanted: str) -> None:
    body = generate(as_engineer, format=wanted)
    assert body["documentation"] == body["content"]
    assert (body["format"], body["status"], body["stale"]) == (wanted, "completed", False)
    if wanted == "pdf":
        content = base64.b64decode(body["content"])
        text = text_of_pdf(content)
        assert content.startswith(b"%PDF")
    else:
        content = body["content"].encode()
        text = body["content"].replace("\\", "")
    for expected in (
        "Orders", "shop.gold.orders", "Revenue", "sum(amount)", "average_order",
        "revenue / orders_placed", "average_order * 100", "order__status", "SELECT", "customers",
        "Lineage", "History",
    ):  # fmt: skip
        assert expected in text, expected
    response = as_engineer.get(body["download_url"])
    assert response.content == content
    assert response["Content-Disposition"] == f'attachment; filename="orders.{_ending(wanted)}"'
    assert "default-src 'none'" in response["Content-Security-Policy"]


def _ending(wanted: str) -> str:
    return {"markdown": "md", "html": "html", "pdf": "pdf"}[wanted]


def test_examples_show_numbers_and_charts(as_engineer: ApiClient) -> None:
    contents = gather(actor=SYSTEM, category="production", name="orders")
    example = {metric.name: metric.example for metric in contents.metrics}["orders_placed"]
    assert example.columns == ("metric_time__month", "orders_placed")
    assert example.rows == (("2025-02-01", "2"), ("2025-01-01", "1"))
    assert (example.labels, example.values) == (("2025-01-01", "2025-02-01"), (1.0, 2.0))
    assert 'COUNT("orders"."order_id")' in example.sql
    assert "<polyline" in generate(as_engineer, format="html")["content"]
    assert "| 2025-02-01 | 2 |" in generate(as_engineer)["content"]


def test_templates_and_lineage_are_chosen(as_engineer: ApiClient) -> None:
    assert generate(as_engineer, 400, template="../../settings")["field_errors"]["template"]
    for template in TEMPLATES:
        body = generate(as_engineer, template=template, include_lineage=False)
        assert "## Lineage" not in body["content"]
        assert ("```sql" in body["content"]) == (template == "standard")
        assert ("## History" in body["content"]) == (template == "standard")
    pdf = generate(as_engineer, template="brief", format="pdf", include_lineage=False)
    assert "History" not in text_of_pdf(base64.b64decode(pdf["content"]))


def test_it_is_stale_when_the_model_has_changed(as_engineer: ApiClient) -> None:
    assert listed(as_engineer)["has_documentation"] is False
    first = generate(as_engineer)
    entry = listed(as_engineer)
    assert (entry["has_documentation"], entry["stale"]) == (True, False)
    assert entry["last_generated"] == first["generated_at"]
    update_orders(description="Another one.")
    assert listed(as_engineer)["stale"] is True
    assert as_engineer.get(first["status_url"]).json()["stale"] is True
    again = generate(as_engineer)
    assert (again["version"], listed(as_engineer)["stale"]) == (2, False)
    assert "Another one" not in as_engineer.get(first["status_url"]).json()["content"]


@pytest.mark.parametrize("wanted", list(DocumentationFormat))
def test_hostile_words_are_only_words(wanted: DocumentationFormat) -> None:
    registry.create_model(actor=SYSTEM, category="production", payload={"yaml": HOSTILE})
    contents = gather(actor=SYSTEM, category="production", name="hostile")
    for template in TEMPLATES:
        written = render(contents, wanted, template)
        if wanted is DocumentationFormat.PDF:
            text = text_of_pdf(written)
            assert "/JS" not in written.decode("latin-1")
            assert "/URI" not in written.decode("latin-1")
        else:
            text = written.decode()
            assert "<img" not in text
            assert "</script><img" not in text
            assert 'href="javascript' not in text
        assert "14 " not in text.replace("{{ 7|add:7 }}", "")[:200]
        assert "7|add:7" in text.replace("\\", "")


# ---------------------------------------------------------------- who reads what


def test_what_is_open_to_all_is_read_by_all(as_engineer: ApiClient, as_viewer: ApiClient) -> None:
    body = generate(as_engineer)
    assert listed(as_viewer)["has_documentation"] is True
    assert as_viewer.get(body["download_url"]).status_code == 200
    assert "secret" not in body["content"]


def test_what_rules_hide_is_its_authors_alone(
    as_admin: ApiClient, as_viewer: ApiClient, as_engineer: ApiClient
) -> None:
    body = generate(as_admin, model_id="secrets")
    assert "secret_total" in body["content"]
    assert listed(as_admin, "secrets")["has_documentation"] is True
    for client in (as_viewer, as_engineer):
        for path in (body["status_url"], body["download_url"]):
            assert client.get(path).status_code == 404, path
    assert listed(as_viewer, "secrets") is None
    # Who writes models knows of it, but not of what another one was shown.
    assert listed(as_engineer, "secrets")["has_documentation"] is False


def test_an_admins_documentation_of_an_open_model_names_nothing_hidden(
    as_admin: ApiClient,
) -> None:
    registry.create_model(
        actor=SYSTEM,
        category="production",
        payload={
            "name": "hidden_sales",
            "model": "shop.gold.orders",
            "meta": {"access": [{"roles": ["admin"]}]},
            "entities": [{"name": "customer", "type": "foreign", "expr": "customer_id"}],
            "measures": [{"name": "hidden_sum", "agg": "sum", "expr": "amount"}],
            "metrics": [
                {"name": "hidden_share", "type": "derived", "type_params": {
                    "expr": "revenue / 2", "metrics": ["revenue"]}},
            ],
        },
    )  # fmt: skip
    for wanted in ("markdown", "html"):
        assert "hidden" not in generate(as_admin, format=wanted)["content"].replace("[hidden]", "")
        customers = generate(as_admin, format=wanted, model_id="customers")["content"]
        assert "hidden_sales" not in customers


def test_a_model_that_became_hidden_takes_its_documentation_along(
    as_engineer: ApiClient, as_viewer: ApiClient
) -> None:
    body = generate(as_engineer)
    update_orders(meta={"access": [{"roles": ["admin", "engineer"]}]})
    assert as_viewer.get(body["status_url"]).status_code == 404
    assert listed(as_viewer) is None


def test_what_is_not_there(as_engineer: ApiClient, as_viewer: ApiClient) -> None:
    generate(as_engineer, 404, model_id="nothing")
    assert "format" in generate(as_engineer, 400, format="docx")["field_errors"]
    assert "modelid" in generate(as_engineer, 400, modelid="x")["field_errors"]
    assert as_viewer.get("/api/documentation/models?category=nowhere").status_code == 400
    generate(as_viewer, 403)


# ---------------------------------------------------------------- in the background


def test_a_worker_writes_what_was_ordered(
    as_engineer: ApiClient, django_capture_on_commit_callbacks: Any, monkeypatch: Any
) -> None:
    sent: list[Any] = []
    monkeypatch.setattr(services.app, "send_task", lambda name, args, retry: sent.append(args))
    with django_capture_on_commit_callbacks(execute=True):
        body = generate(as_engineer, 202, **{"async": True, "format": "html"})
    assert (body["status"], body["content"], body["download_url"]) == ("queued", None, None)
    assert as_engineer.get(f"{body['status_url']}/download").status_code == 409
    assert sent == [[body["documentation_id"]]]
    tasks.write_documentation(*sent[0])
    done = as_engineer.get(body["status_url"]).json()
    assert done["status"] == "completed"
    assert "Revenue" in done["content"]
    # A message that comes twice changes nothing.
    tasks.write_documentation(*sent[0])
    assert Documentation.objects.get().generated_at.isoformat()[:19] in done["generated_at"]


def test_an_order_that_cannot_be_kept_says_why(as_engineer: ApiClient, engineer: User) -> None:
    body = generate(as_engineer, 202, **{"async": True})
    User.objects.filter(pk=engineer.pk).update(roles=["viewer"])
    tasks.write_documentation(body["documentation_id"])
    row = Documentation.objects.get()
    assert row.state == DocumentationState.FAILED
    assert "write" in row.error


def test_lost_messages_are_sent_again_and_lost_work_is_given_up(
    as_engineer: ApiClient, monkeypatch: Any
) -> None:
    body = generate(as_engineer, 202, **{"async": True})
    sent: list[Any] = []
    monkeypatch.setattr(services.app, "send_task", lambda name, args, retry: sent.append(args))
    tasks.wake_documentation()
    assert sent == []
    created = timezone.now() - timedelta(minutes=5)
    Documentation.objects.update(created_at=created, state=DocumentationState.RUNNING)
    tasks.wake_documentation()
    assert sent == [[body["documentation_id"]]]
    Documentation.objects.update(created_at=timezone.now() - timedelta(hours=2))
    tasks.wake_documentation()
    assert Documentation.objects.get().state == DocumentationState.FAILED
    assert len(sent) == 1


# ---------------------------------------------------------------- upkeep


def test_old_ones_go(as_engineer: ApiClient, monkeypatch: Any) -> None:
    monkeypatch.setattr(services, "KEPT", 2)
    for _ in range(3):
        generate(as_engineer, include_lineage=False)
    generate(as_engineer, format="html", include_lineage=False)
    assert Documentation.objects.filter(format="markdown").count() == 2
    assert Documentation.objects.filter(format="html").count() == 1


def test_documentation_is_a_dependent(as_engineer: ApiClient, as_admin: ApiClient) -> None:
    generate(as_engineer)
    found = as_admin.get("/api/models/orders/impact").json()["dependents"]
    assert [one["name"] for one in found if one["kind"] == "documentation"] == ["markdown"]
