"""Whom a workspace token belongs to."""

from __future__ import annotations

import base64
import hashlib
import json
from datetime import UTC, datetime

import pytest

from semantic_layer.adapters.databricks.identity import DatabricksIdentity
from semantic_layer.adapters.databricks.oauth import OAuthApp
from semantic_layer.adapters.databricks.workspace import Workspace
from semantic_layer.errors import Unauthenticated, Unavailable
from tests.workspace.rest_fixtures import options_of
from tests.workspace.rest_server import RestServer
from tests.workspace.rest_world import IssuedCode
from tests.workspace.rest_world import OAuthApp as RegisteredApp

CODE = "the-code"
VERIFIER = "a-verifier-that-only-we-know"
BACK = "https://sl.example.com/back"


@pytest.fixture
def identity(workspace: Workspace) -> DatabricksIdentity:
    return DatabricksIdentity(workspace)


def oauth_token(exp: object) -> str:
    claims = base64.urlsafe_b64encode(json.dumps({"exp": exp}).encode()).decode().rstrip("=")
    return f"eyJhbGciOiJSUzI1NiJ9.{claims}.c2lnbmF0dXJl"


def test_scim_tells_who_it_is(rest: RestServer, identity: DatabricksIdentity) -> None:
    person = rest.state.add_person("ann@example.com", token="ann-token", groups=["b", "a"])
    found = identity.authenticate("ann-token")
    assert found.subject == f"databricks:{person.id}"
    assert (found.email, found.user_name) == ("ann@example.com", "ann@example.com")
    assert found.groups == ("a", "b")
    assert found.roles is None
    assert found.expires_at is None


def test_a_service_principal_gets_an_address_that_cannot_exist(
    rest: RestServer, identity: DatabricksIdentity
) -> None:
    rest.state.add_person("5f0c-app-id", token="app-token")
    found = identity.authenticate("app-token")
    assert found.email == "5f0c-app-id@service-principal.invalid"
    assert found.user_name == "5f0c-app-id"


@pytest.mark.parametrize(
    "token",
    ["", "short", "has space in it", "line\nbreak-token", "größe-token", "slt_a-token-of-ours"],
)
def test_what_is_no_workspace_token_does_not_travel(
    rest: RestServer, identity: DatabricksIdentity, token: str
) -> None:
    with pytest.raises(Unauthenticated):
        identity.authenticate(token)
    assert rest.log == []


def test_unknown_inactive_and_forbidden_people_are_refused_alike(
    rest: RestServer, identity: DatabricksIdentity
) -> None:
    rest.state.add_person("gone@example.com", token="token-of-gone")
    rest.world.inactive.add("gone@example.com")
    said = set()
    for token in ("token-unknown", "token-of-gone"):
        with pytest.raises(Unauthenticated) as caught:
            identity.authenticate(token)
        said.add((caught.value.code, caught.value.message))
    rest.faults.add("GET .*/Me", status=403, error_code="PERMISSION_DENIED")
    with pytest.raises(Unauthenticated) as caught:
        identity.authenticate("token-of-gone")
    said.add((caught.value.code, caught.value.message))
    assert said == {("NOT_AUTHENTICATED", "This token is unknown, expired or revoked.")}


def test_nobody_can_say(rest: RestServer) -> None:
    rest.faults.add("GET .*/Me", status=500, error_code="INTERNAL_ERROR")
    with pytest.raises(Unavailable):
        DatabricksIdentity(Workspace(options_of(rest))).authenticate("token-of-ann")


@pytest.mark.parametrize(
    ("exp", "expected"),
    [
        (1893456000, datetime(2030, 1, 1, tzinfo=UTC)),
        ("soon", None),
        (10**30, None),
        (None, None),
    ],
)
def test_an_oauth_token_says_itself_when_it_ends(
    rest: RestServer, identity: DatabricksIdentity, exp: object, expected: datetime | None
) -> None:
    token = oauth_token(exp)
    rest.state.add_person("ann@example.com", token=token)
    assert identity.authenticate(token).expires_at == expected


# ---------------------------------------------------------------- OAuth of people


@pytest.fixture
def app(rest: RestServer) -> OAuthApp:
    rest.state.add_person("ann@example.com")
    rest.world.apps["sl-app"] = RegisteredApp("sl-app", BACK)
    return OAuthApp(rest.url, "sl-app")


def issue(rest: RestServer) -> None:
    digest = hashlib.sha256(VERIFIER.encode()).digest()
    challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    rest.world.codes[CODE] = IssuedCode("ann@example.com", "sl-app", BACK, challenge)


def test_a_code_gives_tokens_once_and_they_can_be_renewed_once(
    rest: RestServer, app: OAuthApp, identity: DatabricksIdentity
) -> None:
    issue(rest)
    tokens = app.exchange(code=CODE, verifier=VERIFIER, redirect_uri=BACK)
    assert identity.authenticate(tokens.access).email == "ann@example.com"
    with pytest.raises(Unauthenticated):
        app.exchange(code=CODE, verifier=VERIFIER, redirect_uri=BACK)
    assert tokens.refresh is not None
    renewed = app.refresh(tokens.refresh)
    assert renewed.access != tokens.access
    with pytest.raises(Unauthenticated):
        app.refresh(tokens.refresh)


def test_another_verifier_is_refused(rest: RestServer, app: OAuthApp) -> None:
    issue(rest)
    with pytest.raises(Unauthenticated):
        app.exchange(code=CODE, verifier="guessed", redirect_uri=BACK)


@pytest.mark.parametrize("kind", ["status", "reset", "half body", "not json"])
def test_a_token_request_that_fails_is_not_repeated(
    rest: RestServer, app: OAuthApp, kind: str
) -> None:
    issue(rest)
    rest.faults.add("POST /oidc/v1/token", kind=kind)
    with pytest.raises(Unavailable):
        app.exchange(code=CODE, verifier=VERIFIER, redirect_uri=BACK)
    assert len(rest.asked("POST", "/oidc/v1/token")) == 1
