"""The stewards' pages over the services: rights by role, dry runs that leave nothing, conflicts."""

from __future__ import annotations

import io
import json
import re
import zipfile
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from models_registry import services
from models_registry.audit import SYSTEM
from models_registry.models import AuditEntry, Document, DocumentVersion, OutboxEntry
from models_registry.stewards.side_by_side import side_by_side
from semantic_layer.accounts import services as accounts
from tests.models_registry.conftest import CUSTOMERS, ORDERS

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("shop")]

CHANGED = ORDERS.replace("label: Revenue", "label: Turnover")


def browser(role: str, name: str = "") -> Client:
    token = accounts.create_local_token(email=f"{name or role}@example.com", roles=[role])
    client = Client()
    assert client.post("/admin/login/", {"token": token.secret}).status_code == 302
    return client


def key(name: str = "orders", category: str = "production") -> int:
    return Document.objects.get(name=name, category=category).pk


def page(client: Client, path: str, status: int = 200) -> str:
    response = client.get(path)
    assert response.status_code == status, (path, response.status_code)
    return str(response.content.decode())


def send(client: Client, path: str, said: dict[str, Any], status: int = 200) -> str:
    response = client.post(path, said)
    assert response.status_code == status, (path, response.status_code, response.content[:3000])
    return str(response.content.decode())


def everything() -> tuple[int, int, int]:
    return (
        DocumentVersion.objects.count(),
        AuditEntry.objects.count(),
        OutboxEntry.objects.count(),
    )


def test_nobody_who_is_not_signed_in_sees_a_page() -> None:
    for path in ("", "explorer/", "reviews/", "models/new/", "metrics/", "explorer/metrics"):
        assert Client().get(f"/admin/{path}").status_code == 302, path
    assert Client().post("/admin/models/problems", "{}", "application/json").status_code == 302


@pytest.mark.parametrize(
    ("path", "statuses"),
    [
        ("models/new/", (403, 403, 200, 200)),
        ("models/upload/", (403, 403, 200, 200)),
        ("models/{pk}/edit/", (403, 403, 200, 200)),
        ("models/{pk}/move/deprecate/", (403, 403, 200, 200)),
        ("models/{pk}/remove/", (403, 403, 403, 200)),
        ("models/{pk}/compare/?from=1&to=1", (200, 200, 200, 200)),
        ("reviews/", (200, 200, 200, 200)),
        ("explorer/", (200, 200, 200, 200)),
        ("metrics/production/revenue/", (200, 200, 200, 200)),
        ("metrics/production/revenue/values", (403, None, None, None)),
    ],
)
def test_pages_follow_the_roles(path: str, statuses: tuple[int | None, ...]) -> None:
    for role, status in zip(("viewer", "analyst", "engineer", "admin"), statuses, strict=True):
        if status is not None:
            page(browser(role), f"/admin/{path.format(pk=key())}", status)


@pytest.mark.parametrize(
    ("role", "there", "gone"),
    [
        (
            "viewer",
            ["Explorer", "Models", "Metrics"],
            ["Upload", "Audit", "Local tokens", "Groups"],
        ),
        ("engineer", ["Explorer", "Upload"], ["Audit", "Local tokens", "Groups"]),
        ("admin", ["Upload", "Audit", "Local tokens"], ["Groups", "Django administration"]),
    ],
)
def test_the_sidebar_offers_what_may_be_opened(
    role: str, there: list[str], gone: list[str]
) -> None:
    html = page(browser(role), "/admin/")
    assert "Semantic layer" in html
    for word in there:
        assert re.search(rf">\s*{word}\s*<", html), word
    for word in gone:
        assert not re.search(rf">\s*{word}\s*<", html), word


def test_the_dashboard_tells_what_is_broken_and_what_waits(settings: Any) -> None:
    settings.MODEL_REVIEW_CATEGORIES = ["production"]
    services.update_model(
        actor=SYSTEM, category="production", name="orders", payload={"yaml": CHANGED}
    )
    client = browser("engineer")
    send(client, f"/admin/models/{key()}/move/submit/", {"intent": "do"}, 302)

    html = page(client, "/admin/")

    waiting = html[html.index("Reviews waiting") : html.index("Volume")]
    assert "orders" in waiting
    assert "version 2" in waiting
    row = html[html.index("Production</a></th>") :]
    cells = re.findall(r'<td data-label="([^"]+)">(\d+)</td>', row)[:4]
    assert cells == [("Published", "2"), ("Deprecated", "0"), ("Drafts", "0"), ("In review", "1")]
    assert re.search(r"<strong>2</strong> pending", html)


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("models/{pk}/edit/", {"yaml": CHANGED, "expected": "1", "intent": "check"}),
        ("models/{pk}/move/deprecate/", {"reason": "old", "intent": "check"}),
        ("models/{customers}/remove/", {"expected": "1", "force": "on", "intent": "check"}),
        ("models/new/", {"yaml": CHANGED, "category": "staging", "intent": "check"}),
    ],
)
def test_a_dry_run_leaves_nothing(path: str, said: dict[str, str]) -> None:
    client = browser("admin")
    before = everything()
    html = send(client, f"/admin/{path.format(pk=key(), customers=key('customers'))}", said)
    assert "Dry run: " in html
    assert "Nothing was written." in html
    assert everything() == before


def test_saving_writes_a_version_with_the_author_s_line_ends() -> None:
    text = CHANGED.replace("\n", "\r\n")
    client = browser("engineer")
    said = {"yaml": text, "expected": "1", "intent": "save", "message": "why"}
    send(client, f"/admin/models/{key()}/edit/", said, 302)
    version = DocumentVersion.objects.get(document=key(), number=2)
    assert (version.yaml, version.message) == (CHANGED, "why")
    assert version.author_email == "engineer@example.com"


def test_a_broken_text_is_told_at_its_line_and_kept() -> None:
    broken = ORDERS.replace("agg: sum", "agg: smu")
    client = browser("engineer")
    said = {"yaml": broken, "expected": "1", "intent": "save"}
    html = send(client, f"/admin/models/{key()}/edit/", said, 422)
    line = broken[: broken.index("smu")].count("\n") + 1
    assert f"line {line}, column" in html
    assert "agg: smu" in html
    answer = client.post(
        "/admin/models/problems",
        json.dumps({"yaml": broken, "category": "production"}),
        "application/json",
    ).json()
    assert [(issue["line"]) for issue in answer["errors"]] == [line]


def test_who_comes_second_is_told_what_the_first_one_did() -> None:
    first, second = browser("engineer", "ann"), browser("engineer", "bob")
    said = {"expected": "1", "intent": "save"}
    send(first, f"/admin/models/{key()}/edit/", {**said, "yaml": CHANGED}, 302)
    mine = ORDERS.replace("One row per order.", "An order a row.")
    html = send(second, f"/admin/models/{key()}/edit/", {**said, "yaml": mine}, 412)
    assert "ann@example.com saved version 2 meanwhile" in html
    assert "label: Turnover" in html
    assert "An order a row." in html
    assert DocumentVersion.objects.filter(document=key()).count() == 2


def test_one_s_own_work_is_not_approved(settings: Any) -> None:
    settings.MODEL_REVIEW_CATEGORIES = ["production"]
    author, other = browser("admin", "ann"), browser("admin", "bob")
    edit = {"yaml": CHANGED, "expected": "1", "intent": "save"}
    send(author, f"/admin/models/{key()}/edit/", edit, 302)
    send(author, f"/admin/models/{key()}/move/submit/", {"intent": "do"}, 302)
    approve = f"/admin/models/{key()}/move/approve/"
    assert "another person has to approve it" in send(author, approve, {"intent": "do"}, 403)
    send(other, approve, {"intent": "do"}, 302)
    published = Document.objects.get(pk=key()).published
    assert published is not None
    assert published.number == 2


def test_a_reason_is_asked_for() -> None:
    client = browser("engineer")
    path = f"/admin/models/{key()}/move/deprecate/"
    assert "REASON_REQUIRED" in send(client, path, {"intent": "do"}, 400)
    send(client, path, {"intent": "do", "reason": "Use sales."}, 302)
    assert AuditEntry.objects.filter(action="deprecate", reason="Use sales.").exists()


def test_deleting_shows_who_would_notice() -> None:
    client = browser("admin")
    path = f"/admin/models/{key('customers')}/remove/"
    html = page(client, path)
    assert "Who would notice" in html
    assert re.search(r"<td>model</td><td>orders</td>", html)
    refused = send(client, path, {"expected": "1", "intent": "do"}, 409)
    assert "MODEL_IN_USE" in refused
    send(client, path, {"expected": "1", "intent": "do", "force": "on"}, 302)
    assert Document.objects.get(pk=key("customers")).published is None


def test_a_zip_is_uploaded_whole_or_not_at_all() -> None:
    good = json.dumps({**CUSTOMERS, "name": "clients"})

    def archive(**files: str) -> SimpleUploadedFile:
        data = io.BytesIO()
        with zipfile.ZipFile(data, "w") as made:
            for name, text in files.items():
                made.writestr(f"{name}.yml", text)
        return SimpleUploadedFile("models.zip", data.getvalue())

    client = browser("engineer")
    said = {"category": "staging", "intent": "check"}
    html = send(client, "/admin/models/upload/", {**said, "file": archive(clients=good)})
    assert "Dry run: this would be written" in html
    assert not Document.objects.filter(category="staging").exists()
    said["intent"] = "do"
    broken = ORDERS.replace("agg: sum", "agg: smu")
    html = send(client, "/admin/models/upload/", {**said, "file": archive(a=good, b=broken)}, 422)
    assert "b.yml: line" in html
    assert not Document.objects.filter(category="staging").exists()
    send(client, "/admin/models/upload/", {**said, "file": archive(clients=good)})
    assert Document.objects.filter(category="staging", name="clients").exists()


def test_hidden_models_have_no_pages() -> None:
    services.create_model(
        actor=SYSTEM, category="production",
        payload={**CUSTOMERS, "name": "salaries", "metrics": [], "measures": [],
                 "entities": [{"name": "employee", "type": "primary", "expr": "id"}],
                 "meta": {"access": [{"roles": ["admin"]}]}},
    )  # fmt: skip
    hidden = key("salaries")
    missing = page(browser("viewer"), f"/admin/models/{hidden}/compare/?from=1&to=1", 404)
    assert "salaries" not in missing
    page(browser("engineer"), f"/admin/models/{hidden}/compare/?from=1&to=1")


def test_lines_stand_side_by_side() -> None:
    pairs = side_by_side("a\nb\nc\n", "a\nx\ny\nc\n")
    texts = [(p.before and p.before.text, p.after and p.after.text) for p in pairs]
    assert texts == [("a", "a"), ("b", "x"), (None, "y"), ("c", "c")]
    assert side_by_side("a", "a") == []


def test_no_page_has_inline_handlers_or_asks_a_foreign_host() -> None:
    client = browser("admin")
    for path in ("models/new/", f"models/{key()}/edit/", "explorer/", "reviews/", "metrics/"):
        html = page(client, f"/admin/{path}")
        ours = html[html.index('class="sl-page"') :]
        ours = ours[: ours.index("</form>") if "</form>" in ours else None]
        assert not re.search(r"<[^>]+\son\w+=", ours), path
        assert not re.findall(r'(?:src|href|action)="(?:https?:)?//', html), path


def test_a_models_page_tells_what_happened_and_offers_its_old_versions() -> None:
    engineer = browser("engineer")
    page_of_model = f"models_registry/document/{key()}/change/"
    send(engineer, f"/admin/models/{key()}/edit/", {
        "yaml": CHANGED, "expected": "1", "message": "Said as finance says it.", "intent": "save",
    }, 302)  # fmt: skip
    send(engineer, f"/admin/models/{key()}/move/deprecate/", {
        "version": "2", "reason": "The ledger has it now.", "intent": "do",
    }, 302)  # fmt: skip

    restore = f"/admin/models/{key()}/move/restore/?version=1"
    shown = page(engineer, f"/admin/{page_of_model}")
    assert "The ledger has it now." in shown
    assert restore in shown
    as_viewer = page(browser("viewer"), f"/admin/{page_of_model}")
    assert "The ledger has it now." in as_viewer
    assert restore not in as_viewer
