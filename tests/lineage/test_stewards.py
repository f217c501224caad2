"""The JSON behind the interactive picture: what is opened, what is shown, and to whom."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from semantic_layer.accounts import services as accounts

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("models")]

ROOT = "model:production.orders"


def browser(role: str) -> Client:
    token = accounts.create_local_token(email=f"{role}@example.com", roles=[role])
    client = Client()
    assert client.post("/admin/login/", {"token": token.secret}).status_code == 302
    return client


def read(client: Client, status: int = 200, **asked: Any) -> Any:
    response = client.get("/admin/lineage/graph", asked)
    assert response.status_code == status, response.content
    return response.json()


def ids(body: Any) -> set[str]:
    return {box["id"] for box in body["boxes"]}


def test_only_who_is_signed_in_sees_it() -> None:
    for path in ("lineage/", "lineage/graph"):
        assert Client().get(f"/admin/{path}", {"root": ROOT}).status_code == 302


def test_one_step_around_everything_that_is_open() -> None:
    client = browser("viewer")
    first = read(client, root=ROOT)
    assert {"table:shop.gold.orders", "metric:production.revenue"} <= ids(first)
    assert "table:shop.gold.paid" not in ids(first)
    opened = read(client, root=ROOT, open=["table:shop.gold.orders"])
    assert "table:shop.gold.paid" in ids(opened)
    # What hangs together with nothing that is shown opens nothing.
    apart = read(client, root=ROOT, open=["table:shop.gold.paid"])
    assert ids(apart) == ids(first)
    for line in opened["lines"]:
        assert {line["source"], line["target"]} <= ids(opened)


def test_columns_are_shown_where_they_are_wanted() -> None:
    client = browser("viewer")
    table = "table:shop.gold.orders"
    body = read(client, root=ROOT, columns=[table])
    rows = {box["id"]: [row["label"] for row in box["rows"]] for box in body["boxes"]}
    assert "amount" in rows[table]
    assert rows[ROOT] == []


def test_hidden_things_are_not_there() -> None:
    table = "table:shop.gold.by_country"
    for role, sees in (("viewer", False), ("admin", True)):
        client = browser(role)
        body = read(client, root=table, open=["model:production.secrets"], columns=[table])
        assert ("model:production.secrets" in ids(body)) is sees
        read(client, 200 if sees else 404, root="model:production.secrets")
        page = client.get("/admin/lineage/", {"root": "model:production.secrets"})
        assert page.status_code == (200 if sees else 404)


@pytest.mark.parametrize(
    ("root", "status"),
    [
        ("", 400),
        ("orders", 400),
        ("column:shop.gold.orders.amount", 400),
        ("table:orders", 400),
        ("model:nowhere.orders", 400),
        ("metric:production.nothing", 404),
        ("table:shop.gold.nothing", 404),
    ],
)
def test_roots_that_are_none(root: str, status: int) -> None:
    read(browser("viewer"), status, root=root)


def test_the_form_leads_to_the_picture() -> None:
    client = browser("viewer")
    asked = {"kind": "table", "category": "production", "name": "shop.gold.orders"}
    response = client.get("/admin/lineage/", asked)
    assert response.status_code == 302
    assert "root=table%3Ashop.gold.orders" in response["Location"]
    page = client.get(response["Location"]).content.decode()
    assert 'data-root="table:shop.gold.orders"' in page
