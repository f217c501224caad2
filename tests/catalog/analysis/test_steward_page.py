"""The stewards' page that turns a table into a model."""

from __future__ import annotations

import pytest
from django.test import Client

from semantic_layer.accounts import services as accounts
from semantic_layer.accounts.models import User
from tests.accounts_fixtures import Api

PAGE = "/admin/tables/"
TABLE = {"catalog": "retail", "schema": "gold", "table": "dim_store"}


pytestmark = pytest.mark.django_db


def browser(role: str) -> Client:
    token = accounts.create_local_token(email=f"{role}-steward@example.com", roles=[role])
    client = Client()
    assert client.post("/admin/login/", {"token": token.secret}).status_code == 302
    return client


@pytest.fixture
def steward() -> Client:
    return browser("engineer")


def test_a_table_becomes_a_draft_and_then_a_model(
    steward: Client, api: Api, engineer: User, retail: None
) -> None:
    listed = steward.get(PAGE, {"search": "dim_"}).content.decode()
    assert "retail.gold.dim_store" in listed
    assert "fact_sales" not in listed
    shown = steward.post(PAGE, {**TABLE, "intent": "check"}).content.decode()
    assert "name: stores" in shown
    models = "/api/models?category=development"
    assert api(engineer).get(models).json()["models"] == []
    saved = steward.post(PAGE, {**TABLE, "intent": "do"}).content.decode()
    assert "stores: version 1 in development." in saved
    assert [m["name"] for m in api(engineer).get(models).json()["models"]] == ["stores"]


def test_refusals_are_shown(steward: Client, retail: None) -> None:
    assert steward.post(PAGE, {"intent": "check"}).status_code == 400
    missing = steward.post(PAGE, {**TABLE, "table": "<b>no</b>", "intent": "check"})
    assert missing.status_code == 404
    assert b"<b>no</b>" not in missing.content


def test_who_may_not_write_is_refused(retail: None) -> None:
    assert browser("viewer").get(PAGE).status_code == 403
