"""Who people are: SCIM, and OAuth for people (authorization code, PKCE) and service principals."""

from __future__ import annotations

import base64
import hashlib
from typing import Any
from urllib.parse import parse_qsl, urlencode

from tests.workspace.rest_http import Asked, Reply, Routes, refusal
from tests.workspace.rest_world import IssuedCode
from tests.workspace.state import Person

ROUTES = Routes()


@ROUTES.on("GET", r"/\.well-known/databricks-config", open_to_all=True)
def host_metadata(asked: Asked) -> Reply:
    return Reply({"oidc_endpoint": f"{asked.base_url}/oidc", "workspace_id": "1234567890"})


@ROUTES.on("GET", r"/api/2\.0/preview/scim/v2/Me")
def me(asked: Asked) -> Reply:
    return Reply(_user(asked, asked.person), headers={"X-Databricks-Org-Id": "1234567890"})


def _user(asked: Asked, person: Person) -> dict[str, Any]:
    is_email = "@" in person.user_name
    return {
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "id": person.id,
        "userName": person.user_name,
        "displayName": person.display_name,
        "active": person.user_name not in asked.world.inactive,
        **(
            {"emails": [{"type": "work", "value": person.user_name, "primary": True}]}
            if is_email
            else {}
        ),
        "groups": [
            {"display": group, "type": "direct", "value": f"id-of-{group}", "$ref": f"Groups/{i}"}
            for i, group in enumerate(person.groups)
        ],
    }


# ---------------------------------------------------------------- OAuth


@ROUTES.on("GET", r"/oidc/v1/authorize", open_to_all=True)
def authorize(asked: Asked) -> Reply:
    """Sends whoever is signed in to the workspace back with a code, without a page between."""
    given, world = asked.query, asked.world
    app = world.apps.get(given["client_id"])
    if app is None or given["redirect_uri"] != app.redirect_uri:
        return refusal(400, "invalid_request", "unknown client or redirect address")
    assert given["response_type"] == "code"
    assert given["code_challenge_method"] == "S256"
    if world.browser_user is None:
        back = {"error": "access_denied", "error_description": "The user refused."}
    else:
        code = world.new_id("code")
        world.codes[code] = IssuedCode(
            world.browser_user, app.client_id, app.redirect_uri, given["code_challenge"]
        )
        back = {"code": code}
    place = f"{app.redirect_uri}?{urlencode({**back, 'state': given['state']})}"
    return Reply(status=302, headers={"Location": place})


@ROUTES.on("POST", r"/oidc/v1/token", open_to_all=True)
def token(asked: Asked) -> Reply:
    given = dict(parse_qsl(asked.body.decode()))
    grants = {
        "client_credentials": _for_service,
        "authorization_code": _for_code,
        "refresh_token": _for_refresh_token,
    }
    with asked.world.lock:
        return grants[given["grant_type"]](asked, given)


def _for_service(asked: Asked, given: dict[str, str]) -> Reply:
    kind, _, encoded = asked.headers.get("authorization", "").partition(" ")
    assert kind == "Basic", "a client's secret travels in the header"
    client_id, _, secret = base64.b64decode(encoded).decode().partition(":")
    if asked.world.state.secrets.get(client_id) != secret:
        return _oauth_error("invalid_client", 401)
    assert given["scope"] == "all-apis"
    return _tokens(asked, client_id, refresh_for=None)


def _for_code(asked: Asked, given: dict[str, str]) -> Reply:
    issued = asked.world.codes.pop(given["code"], None)
    digest = hashlib.sha256(given["code_verifier"].encode()).digest()
    challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    asked_for = (given["client_id"], given["redirect_uri"], challenge)
    if issued is None or (issued.client_id, issued.redirect_uri, issued.challenge) != asked_for:
        return _oauth_error("invalid_grant")
    return _tokens(asked, issued.user_name, refresh_for=issued.client_id)


def _for_refresh_token(asked: Asked, given: dict[str, str]) -> Reply:
    user_name, client_id = asked.world.refresh_tokens.pop(given["refresh_token"], (None, None))
    if user_name is None or client_id != given["client_id"]:
        return _oauth_error("invalid_grant")
    return _tokens(asked, user_name, refresh_for=client_id)


def _tokens(asked: Asked, user_name: str, *, refresh_for: str | None) -> Reply:
    world = asked.world
    access = world.new_id("oauth-access-token")
    world.state.tokens[access] = user_name
    body: dict[str, Any] = {
        "access_token": access,
        "token_type": "Bearer",
        "expires_in": world.token_lifetime_s,
        "scope": "all-apis",
    }
    if refresh_for is not None:
        body["refresh_token"] = world.new_id("refresh")
        world.refresh_tokens[body["refresh_token"]] = (user_name, refresh_for)
    return Reply(body)


def _oauth_error(word: str, status: int = 400) -> Reply:
    return Reply({"error": word, "error_description": f"{word}: no."}, status)
