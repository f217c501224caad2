"""Contract 4 to 7 and logout: sessions over HTTP."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests

from tests.api.permission_table import ROLES
from tests.http.client import HttpClient
from tests.http.server import Server
from tests.http.shapes import ID, TEXT, Items, check

USER = {
    "id": ID,
    "email": TEXT,
    "display_name": TEXT,
    "roles": Items(TEXT),
    "permissions": Items(TEXT),
}
TOKENS = {
    "access_token": TEXT,
    "refresh_token": TEXT,
    "token_type": {"bearer"},
    "expires_in": {1800},
    "user": USER,
}


@pytest.fixture
def signed_in(server: Server, anonymous: HttpClient) -> dict[str, str]:
    """A session of the viewer's that a test may spend."""
    body: dict[str, str] = anonymous.answer(
        "POST", "/api/auth/login", {"databricks_token": server.tokens["viewer"]}
    )
    return body


@pytest.fixture
def as_bearer(server: Server) -> Iterator[type[HttpClient]]:
    """`as_bearer(token)`: a client that is closed after the test."""
    made: list[HttpClient] = []

    class Made(HttpClient):
        def __init__(self, bearer: str) -> None:
            super().__init__(server, bearer)
            made.append(self)

    yield Made
    for client in made:
        client.close()


@pytest.mark.parametrize("path", ["/api/auth/login", "/api/auth/login/"])
@pytest.mark.parametrize("role", ROLES)
def test_login(server: Server, anonymous: HttpClient, role: str, path: str) -> None:
    body = anonymous.answer("POST", path, {"databricks_token": server.tokens[role]})
    check(body, TOKENS)
    assert body["user"]["roles"] == [role]
    assert set(body["user"]["permissions"]) == ROLES[role]


@pytest.mark.parametrize("slash", ["", "/"])
def test_me(viewer: HttpClient, slash: str) -> None:
    body = viewer.answer("GET", f"/api/auth/me{slash}")
    check(body, USER)
    assert body["email"] == "viewer@demo.example"


@pytest.mark.parametrize("slash", ["", "/"])
def test_permissions(engineer: HttpClient, slash: str) -> None:
    body = engineer.answer("GET", f"/api/auth/permissions{slash}")
    check(
        body,
        {
            "user_id": ID,
            "roles": Items(TEXT),
            "permissions": Items(TEXT),
            "groups": Items(TEXT, may_be_empty=True),
        },
    )
    assert set(body["permissions"]) == ROLES["engineer"]


def test_a_local_token_is_a_bearer_by_itself(server: Server, as_bearer: type[HttpClient]) -> None:
    me = as_bearer(server.tokens["analyst"]).answer("GET", "/api/auth/me")
    assert me["roles"] == ["analyst"]


@pytest.mark.parametrize("slash", ["", "/"])
def test_refresh_tokens_are_single_use(
    anonymous: HttpClient, as_bearer: type[HttpClient], signed_in: dict[str, str], slash: str
) -> None:
    spent = {"refresh_token": signed_in["refresh_token"]}
    renewed = anonymous.answer("POST", f"/api/auth/refresh{slash}", spent)
    check(renewed, TOKENS)
    assert renewed["refresh_token"] != spent["refresh_token"]
    as_bearer(renewed["access_token"]).answer("GET", "/api/auth/me")
    anonymous.answer("POST", f"/api/auth/refresh{slash}", spent, status=401)


def test_older_clients_refresh_with_the_access_token_alone(
    as_bearer: type[HttpClient], signed_in: dict[str, str]
) -> None:
    response = as_bearer(signed_in["access_token"]).request("POST", "/api/auth/refresh")
    assert response.status_code == 200, response.text
    check(response.json(), TOKENS)


def test_logout_ends_every_token_of_the_session(
    anonymous: HttpClient, as_bearer: type[HttpClient], signed_in: dict[str, str]
) -> None:
    client = as_bearer(signed_in["access_token"])
    assert client.answer("POST", "/api/auth/logout")["message"]
    client.refused("GET", "/api/auth/me", status=401, code="SESSION_ENDED")
    spent = {"refresh_token": signed_in["refresh_token"]}
    anonymous.answer("POST", "/api/auth/refresh", spent, status=401)


@pytest.mark.parametrize("bearer", ["", "nonsense", "a.b.c", "slt_unknown", "x y"])
def test_bad_tokens(server: Server, bearer: str) -> None:
    response = requests.get(
        f"{server.url}/api/auth/me", headers={"Authorization": f"Bearer {bearer}"}, timeout=30
    )
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"] == "Bearer"
    assert response.json()["error_code"] == "NOT_AUTHENTICATED"


def test_cors_for_the_frontend(anonymous: HttpClient) -> None:
    asked = {
        "Origin": "http://localhost:3000",
        "Access-Control-Request-Method": "PUT",
        "Access-Control-Request-Headers": "authorization,content-type,if-match,x-requested-with",
    }
    allowed = anonymous.request("OPTIONS", "/api/models/flights", headers=asked).headers
    assert allowed["Access-Control-Allow-Origin"] == "http://localhost:3000"
    assert allowed["Access-Control-Allow-Credentials"] == "true"
    assert {"GET", "POST", "PUT", "DELETE", "OPTIONS"} <= set(
        allowed["Access-Control-Allow-Methods"].split(", ")
    )
    assert {"content-type", "authorization", "x-requested-with", "if-match"} <= set(
        allowed["Access-Control-Allow-Headers"].split(", ")
    )
    stranger = anonymous.request("GET", "/api/health", headers={"Origin": "http://evil.example"})
    assert "Access-Control-Allow-Origin" not in stranger.headers
