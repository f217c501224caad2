"""Signing in, /me and /permissions."""

from __future__ import annotations

import pytest

from semantic_layer.accounts.services import create_local_token
from tests.accounts_fixtures import Api, ApiClient

pytestmark = pytest.mark.django_db


def test_login_answers_with_tokens_and_the_user(api: Api) -> None:
    new = create_local_token(email="Ada@Example.com", roles=["engineer"])
    response = api(None).post("/api/auth/login", {"databricks_token": new.secret})
    assert response.status_code == 200, response.content
    body = response.json()
    assert body["token_type"] == "bearer"
    assert body["expires_in"] == 1800
    assert body["user"] == {
        "id": str(new.record.user_id),
        "email": "ada@example.com",
        "display_name": "ada",
        "roles": ["engineer"],
        "permissions": ["read", "write", "execute"],
    }
    me = ApiClient(body["access_token"]).get("/api/auth/me")
    assert me.json() == body["user"]
