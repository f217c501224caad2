"""Signing in on the workspace's own page: the way through, and every way round it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import pytest
import requests
import time_machine
from django.test import Client
from pytest_django.fixtures import Settings

from semantic_layer.accounts import vault
from semantic_layer.accounts.actor import actor_of
from semantic_layer.accounts.browser_sign_in import challenge_of
from semantic_layer.accounts.models import LoginSession, StoredCredential, User
from tests.accounts_fixtures import ApiClient
from tests.workspace.rest_server import RestServer
from tests.workspace.rest_world import OAuthApp

pytestmark = pytest.mark.django_db

START, EXCHANGE = "/api/auth/oauth/start", "/api/auth/oauth/token"
FRONTEND = "http://localhost:3000/signed-in?tab=1"
VERIFIER = "v" * 50
ME = "/api/2.0/preview/scim/v2/Me"


@pytest.fixture
def server(at_workspace: RestServer, settings: Settings) -> RestServer:
    settings.DATABRICKS_OAUTH_CLIENT_ID = "sl-app"
    callback = "http://testserver/api/auth/oauth/callback"
    at_workspace.world.apps["sl-app"] = OAuthApp("sl-app", callback)
    at_workspace.state.add_person("ann@example.com", groups=["analysts"])
    at_workspace.world.browser_user = "ann@example.com"
    return at_workspace


def begin(browser: Client, return_to: str = FRONTEND, verifier: str | None = VERIFIER) -> Any:
    query = {"return_to": return_to}
    if verifier is not None:
        query["code_challenge"] = challenge_of(verifier)
    return browser.get(f"{START}?{urlencode(query)}")


def at_the_workspace(response: Any) -> str:
    """The address the workspace's page sends the browser back to."""
    assert response.status_code == 302, response.content
    there = requests.get(response["Location"], allow_redirects=False, timeout=30)
    assert there.status_code == 302, there.text
    return there.headers["Location"]


def come_back(browser: Client, place: str) -> Any:
    parts = urlsplit(place)
    return browser.get(f"{parts.path}?{parts.query}")


def code_in(response: Any) -> str:
    assert response.status_code == 302, response.content
    return parse_qs(urlsplit(response["Location"]).fragment)["code"][0]


def sign_in(browser: Client) -> str:
    return code_in(come_back(browser, at_the_workspace(begin(browser))))


def exchange(code: str, verifier: str = VERIFIER) -> Any:
    return ApiClient().post(EXCHANGE, {"code": code, "code_verifier": verifier})


def test_the_way_through(server: RestServer) -> None:
    browser = Client()
    started = begin(browser)
    asked = dict(parse_qsl(urlsplit(started["Location"]).query))
    assert asked["code_challenge_method"] == "S256"
    cookie = next(iter(started.cookies.values()))
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")
    back = come_back(browser, at_the_workspace(started))
    assert back["Location"].startswith(f"{FRONTEND}#code=")
    response = exchange(code_in(back))
    assert response.status_code == 200, response.content
    body = response.json()
    assert body["user"]["roles"] == ["analyst"]
    assert ApiClient(body["access_token"]).get("/api/auth/me").status_code == 200
    stored = StoredCredential.objects.get()
    assert stored.renewable
    opened = vault.opened(stored)
    assert opened is not None
    assert server.state.tokens[opened.token] == "ann@example.com"
    for secret in (opened.token, opened.refresh or ""):
        assert secret not in back["Location"] + repr(started.cookies) + response.content.decode()


def test_the_admin_site_is_signed_in_to_likewise(server: RestServer) -> None:
    browser = Client()
    page = browser.get("/admin/login/").content.decode()
    assert f"{START}?return_to=%2Fadmin%2F" in page
    back = come_back(browser, at_the_workspace(begin(browser, "/admin/", verifier=None)))
    assert (back.status_code, back["Location"]) == (302, "/admin/")
    assert browser.get("/admin/").status_code == 200
    assert LoginSession.objects.get().kind == LoginSession.Kind.ADMIN


def test_without_an_application_it_is_not_offered(
    at_workspace: RestServer, settings: Settings
) -> None:
    response = begin(Client())
    assert (response.status_code, response.json()["error_code"]) == (422, "NOT_AVAILABLE")
    assert START not in Client().get("/admin/login/").content.decode()


# ---------------------------------------------------------------- where it may lead


@pytest.mark.parametrize(
    "place",
    [
        "https://evil.example.com/",
        "http://localhost:3000@evil.example.com/",
        "http://localhost:3000.evil.example.com/",
        "//evil.example.com/admin/",
        "/admin//evil.example.com",
        "/admin/../api/auth/me",
        "/\\evil.example.com/admin/",
        "/api/models",
        "javascript:alert(1)",
        "http://localhost:3001\r\nSet-Cookie: a=b",
        "http://[",
        "localhost:3000",
    ],
)
def test_nobody_is_sent_elsewhere(server: RestServer, place: str) -> None:
    response = begin(Client(), place)
    assert response.status_code in (400, 422)
    assert not response.cookies


def test_a_frontend_has_to_bind_the_code_to_itself(server: RestServer) -> None:
    response = begin(Client(), verifier=None)
    assert response.status_code == 422
    assert response.json()["field_errors"] == {"code_challenge": ["Required."]}


# ---------------------------------------------------------------- who may come back


def test_another_browser_cannot_end_what_this_one_began(server: RestServer) -> None:
    place = at_the_workspace(begin(Client()))
    for stranger in (Client(), browser_that_began()):
        response = come_back(stranger, place)
        assert (response.status_code, response.json()["error_code"]) == (401, "SIGN_IN_NOT_BEGUN")
    assert StoredCredential.objects.count() == 0


def browser_that_began() -> Client:
    browser = Client()
    begin(browser)
    return browser


def test_two_tabs_may_sign_in_at_once(server: RestServer) -> None:
    browser = Client()
    first, second = begin(browser), begin(browser)
    for started in (second, first):
        code = code_in(come_back(browser, at_the_workspace(started)))
        assert exchange(code).status_code == 200


def test_an_answer_is_taken_once(server: RestServer) -> None:
    browser = Client()
    place = at_the_workspace(begin(browser))
    come_back(browser, place)
    assert come_back(browser, place).json()["error_code"] == "SIGN_IN_NOT_BEGUN"


def test_ten_minutes_are_the_limit(server: RestServer) -> None:
    browser = Client()
    place = at_the_workspace(begin(browser))
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=11)):
        assert come_back(browser, place).status_code == 401


def test_what_the_workspace_refuses_comes_back_as_an_error(server: RestServer) -> None:
    browser = Client()
    server.world.browser_user = None
    back = come_back(browser, at_the_workspace(begin(browser)))
    assert back["Location"] == f"{FRONTEND}#error=access_denied"
    server.world.browser_user = "ann@example.com"
    server.world.inactive.add("ann@example.com")
    back = come_back(browser, at_the_workspace(begin(browser)))
    assert back["Location"] == f"{FRONTEND}#error=access_denied"
    back = come_back(browser, at_the_workspace(begin(browser, "/admin/", verifier=None)))
    assert back["Location"] == "/admin/"
    assert browser.get("/admin/").status_code == 302
    assert LoginSession.objects.count() == 0


def test_a_workspace_that_is_down_is_told(server: RestServer) -> None:
    browser = Client()
    place = at_the_workspace(begin(browser))
    server.faults.add("POST /oidc/v1/token", kind="reset")
    response = come_back(browser, place)
    assert (response.status_code, response.json()["error_code"]) == (503, "WORKSPACE_UNAVAILABLE")


@pytest.mark.parametrize("query", ["", "state=short&code=x", f"code=x&state={'s' * 44}"])
def test_a_callback_that_nobody_writes_is_refused(server: RestServer, query: str) -> None:
    assert Client().get(f"/api/auth/oauth/callback?{query}").status_code == 400


# ---------------------------------------------------------------- the code for the frontend


def test_a_code_works_for_its_page_once_and_soon(server: RestServer) -> None:
    browser = Client()
    code = sign_in(browser)
    assert exchange(code, "w" * 50).status_code == 401
    assert exchange(code).status_code == 200
    with time_machine.travel(datetime.now(UTC) + timedelta(seconds=2)):
        again = exchange(code)
        assert (again.status_code, again.json()["error_code"]) == (401, "REFRESH_TOKEN_REUSED")
    late = sign_in(browser)
    with time_machine.travel(datetime.now(UTC) + timedelta(seconds=62)):
        assert exchange(late).status_code == 401


def test_nothing_else_that_we_sealed_is_a_code(server: RestServer) -> None:
    browser = Client()
    started = begin(browser)
    cookie = next(iter(started.cookies.values())).value
    code_in(come_back(browser, at_the_workspace(started)))
    for other in (cookie, StoredCredential.objects.get().sealed, "gibberish"):
        assert exchange(other).status_code == 401


# ---------------------------------------------------------------- renewing the workspace's token


def test_the_workspaces_token_is_renewed_before_it_ends(server: RestServer) -> None:
    client = ApiClient(exchange(sign_in(Client())).json()["access_token"])
    first = actor_of(User.objects.get()).credential.token
    assert client.get("/api/auth/me").status_code == 200
    assert len(server.asked("POST", "/oidc/v1/token")) == 1
    server.world.token_lifetime_s = 7200
    let_pass(58 * 60 + 30)
    assert client.get("/api/auth/me").status_code == 200
    second = actor_of(User.objects.get()).credential.token
    assert second not in (None, first)
    client.get("/api/auth/me")
    assert len(server.asked("POST", "/oidc/v1/token")) == 2


def test_a_renewal_that_is_refused_means_to_sign_in_again(server: RestServer) -> None:
    client = ApiClient(exchange(sign_in(Client())).json()["access_token"])
    server.world.refresh_tokens.clear()
    let_pass(3600)
    response = client.get("/api/auth/me")
    assert response.status_code == 401
    assert response.json()["error_code"] == "WORKSPACE_TOKEN_EXPIRED"
    assert StoredCredential.objects.get().sealed == ""


def test_while_nobody_renews_the_old_token_is_used_to_its_end(server: RestServer) -> None:
    client = ApiClient(exchange(sign_in(Client())).json()["access_token"])
    server.faults.add("POST /oidc/v1/token", kind="reset", times=2)
    let_pass(3540)
    assert client.get("/api/auth/me").status_code == 200
    let_pass(3601)
    assert client.get("/api/auth/me").status_code == 503
    assert client.get("/api/auth/me").status_code == 200


def let_pass(seconds: int) -> None:
    """For the workspace's token alone: our own shall stay good."""
    stored = StoredCredential.objects.get()
    assert stored.expires_at is not None
    signed_in_at = stored.session.created_at
    StoredCredential.objects.update(
        expires_at=signed_in_at + timedelta(hours=1) - timedelta(seconds=seconds)
    )
