"""Forged, altered, foreign and untimely tokens: each is 401, at the API and at refresh."""

from __future__ import annotations

import base64
import json
import time
import uuid
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from django.conf import settings

from semantic_layer.accounts import sessions, tokens
from semantic_layer.accounts.models import LoginSession, User
from tests.accounts_fixtures import ApiClient

pytestmark = pytest.mark.django_db


IN_2100 = 4_102_444_800


@pytest.fixture
def session(engineer: User) -> LoginSession:
    return sessions.open_session(user=engineer, credential="the token it was opened with")


def claims_of(session: LoginSession, **changes: Any) -> dict[str, Any]:
    """What a genuine access token of the session says; a change to None drops the claim."""
    now = int(time.time())
    claims = {
        "token_type": "access",
        "sub": str(session.user_id),
        "sid": session.pk.hex,
        "jti": uuid.uuid4().hex,
        "iat": now,
        "exp": now + 600,
        "iss": "semantic-layer",
        "aud": "semantic-layer-api",
        **changes,
    }
    return {name: value for name, value in claims.items() if value is not None}


def signed(claims: dict[str, Any], key: str | None = None, algorithm: str = "HS256") -> str:
    return jwt.encode(claims, key or settings.JWT_SIGNING_KEY, algorithm=algorithm)


def unsigned(header: dict[str, Any], claims: dict[str, Any], signature: str = "") -> str:
    parts = [
        base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()
        for part in (header, claims)
    ]
    return ".".join([*parts, signature])


def assert_refused(token: str) -> None:
    response = ApiClient(token).get("/api/auth/me")
    assert response.status_code == 401, response.content
    assert response["WWW-Authenticate"] == "Bearer"
    assert response.json()["error_code"] in ("NOT_AUTHENTICATED", "TOKEN_EXPIRED", "SESSION_ENDED")
    by_header = ApiClient(token).post("/api/auth/refresh")
    by_body = ApiClient().post("/api/auth/refresh", {"refresh_token": token})
    logout = ApiClient(token).post("/api/auth/logout")
    assert by_header.status_code == by_body.status_code == logout.status_code == 401


def test_the_genuine_token_these_tests_start_from_works(session: LoginSession) -> None:
    assert ApiClient(signed(claims_of(session))).get("/api/auth/me").status_code == 200


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "nOnE"])
def test_no_signature(session: LoginSession, algorithm: str) -> None:
    assert_refused(unsigned({"alg": algorithm, "typ": "JWT"}, claims_of(session)))
    genuine = signed(claims_of(session)).rpartition(".")[2]
    assert_refused(unsigned({"alg": algorithm, "typ": "JWT"}, claims_of(session), genuine))


def test_other_keys(session: LoginSession) -> None:
    for key in ("another-key-" + "k" * 40, settings.SECRET_KEY, "public" * 8):
        assert_refused(signed(claims_of(session), key))


@pytest.mark.parametrize("algorithm", ["HS384", "HS512"])
def test_other_algorithms_with_the_right_key(session: LoginSession, algorithm: str) -> None:
    key = settings.JWT_SIGNING_KEY.ljust(64, "x")  # long enough for any of them
    assert_refused(signed(claims_of(session), key, algorithm))


def test_an_asymmetric_signature(session: LoginSession) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()
    assert_refused(signed(claims_of(session), pem, "RS256"))


def test_altered_tokens(session: LoginSession, admin_user: User) -> None:
    header, _, signature = signed(claims_of(session)).split(".")
    changed = unsigned({}, claims_of(session, sub=str(admin_user.pk))).split(".")[1]
    assert_refused(f"{header}.{changed}.{signature}")
    assert_refused(f"{header}.{changed}.{signature[:-4]}AAAA")
    assert_refused(f"{header}.{changed}.")
    assert_refused(f"{header}.{changed}")


@pytest.mark.parametrize(
    "changes",
    [
        {"exp": 1},
        {"exp": None},
        {"exp": "never"},
        {"iat": None},
        {"iat": IN_2100},
        {"iat": "soon"},
        {"nbf": IN_2100},
        {"nbf": "soon"},
        {"iss": "someone-else"},
        {"iss": None},
        {"aud": "another-api"},
        {"aud": None},
        {"jti": None},
        {"jti": "not a uuid"},
        {"sub": None},
        {"sub": "root"},
        {"sid": None},
        {"sid": "1 OR 1=1"},
        {"sid": "0c8e1d5b6f0a4f0ab6f2a3f1f7d2c9e4"},
        {"sub": "0c8e1d5b-6f0a-4f0a-b6f2-a3f1f7d2c9e4"},
        {"token_type": None},
        {"token_type": "sliding"},
    ],
    ids=lambda changes: json.dumps(changes)[:40],
)
def test_a_claim_that_is_wrong_or_missing(session: LoginSession, changes: dict[str, Any]) -> None:
    assert_refused(signed(claims_of(session, **changes)))


def test_another_user_with_the_id_of_this_session(session: LoginSession, admin_user: User) -> None:
    """Needs our key, and still the session is whose it is."""
    assert_refused(signed(claims_of(session, sub=str(admin_user.pk))))


def test_a_replayed_token_after_the_session_ended(session: LoginSession) -> None:
    access = tokens.issue(session).access
    sessions.end_one(session, because="test")
    assert_refused(access)


@pytest.mark.parametrize(
    "header",
    ["Bearer", "Bearer ", "Bearer a b", "Basic YTpi", "Token x", "bearer", "", "Bearer\tx"],
)
def test_headers_that_hold_no_token(header: str, db: None) -> None:
    answer = ApiClient().get("/api/auth/me", headers={"Authorization": header})
    assert answer.status_code == 401


def test_the_scheme_is_case_insensitive(session: LoginSession) -> None:
    access = tokens.issue(session).access
    answer = ApiClient().get("/api/auth/me", headers={"Authorization": f"bearer {access}"})
    assert answer.status_code == 200


def test_tokens_carry_no_secrets_and_no_rights(session: LoginSession) -> None:
    pair = tokens.issue(session)
    claims = jwt.decode(pair.access, options={"verify_signature": False})
    assert set(claims) == {"token_type", "exp", "iat", "jti", "sub", "sid", "iss", "aud"}
    assert claims["exp"] - claims["iat"] == pair.expires_in_s == 1800
