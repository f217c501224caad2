"""The JWTs of a login session: a short access token and a single-use refresh token.

Signed and verified by simplejwt with the key, algorithm, issuer and audience of SIMPLE_JWT. A
signature alone is never enough: sessions.py asks the database whether the session still lives.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone
from rest_framework_simplejwt.exceptions import TokenBackendError, TokenBackendExpiredToken

from semantic_layer.accounts.models import LoginSession
from semantic_layer.errors import Unauthenticated

ACCESS, REFRESH = "access", "refresh"
_REQUIRED_CLAIMS = ("token_type", "sub", "sid", "jti", "iat", "exp", "iss", "aud")


@dataclass(frozen=True)
class Claims:
    """What a genuine, unexpired token says."""

    token_id: uuid.UUID
    user_id: uuid.UUID
    session_id: uuid.UUID


@dataclass(frozen=True)
class TokenPair:
    """Both tokens of a session and the seconds that the access token lasts."""

    access: str
    refresh: str
    expires_in_s: int


def issue(session: LoginSession) -> TokenPair:
    """Fresh tokens of the session; neither outlives it. The refresh token carries `refresh_id`."""
    jwt: dict[str, Any] = settings.SIMPLE_JWT
    access = _claims(session, ACCESS, uuid.uuid4(), jwt["ACCESS_TOKEN_LIFETIME"])
    refresh = _claims(session, REFRESH, session.refresh_id, jwt["REFRESH_TOKEN_LIFETIME"])
    backend = _backend()
    return TokenPair(backend.encode(access), backend.encode(refresh), access["exp"] - access["iat"])


def read_access(text: str) -> Claims:
    """Claims of an access token. Raises Unauthenticated (`TOKEN_EXPIRED` if it was good once)."""
    return _read(text, ACCESS)


def read_refresh(text: str) -> Claims:
    """Claims of a refresh token. Raises Unauthenticated."""
    return _read(text, REFRESH)


def _claims(
    session: LoginSession, kind: str, token_id: uuid.UUID, lifetime: timedelta
) -> dict[str, Any]:
    now = timezone.now()
    return {
        "token_type": kind,
        "sub": str(session.user_id),
        "sid": session.pk.hex,
        "jti": token_id.hex,
        "iat": int(now.timestamp()),
        "exp": int(min(now + lifetime, session.expires_at).timestamp()),
    }


def _read(text: str, kind: str) -> Claims:
    try:
        payload = _decoded(text)
        missing = [claim for claim in _REQUIRED_CLAIMS if claim not in payload]
        if missing or payload["token_type"] != kind:
            raise ValueError(f"not the claims of an {kind} token")
        return Claims(
            token_id=uuid.UUID(str(payload["jti"])),
            user_id=uuid.UUID(str(payload["sub"])),
            session_id=uuid.UUID(str(payload["sid"])),
        )
    except TokenBackendExpiredToken as error:
        path = "/api/auth/refresh" if kind == ACCESS else "/api/auth/login"
        raise Unauthenticated(
            f"The {kind} token has expired; get a new one at {path}.", code="TOKEN_EXPIRED"
        ) from error
    except (TokenBackendError, ValueError) as error:
        raise Unauthenticated(f"This is not a good {kind} token.") from error


def _decoded(text: str) -> dict[str, Any]:
    """What the token says, if the key of now signed it, or the one before where that is known."""
    previous = settings.JWT_PREVIOUS_SIGNING_KEY
    try:
        payload: dict[str, Any] = _backend().decode(text)
    except TokenBackendExpiredToken:
        raise
    except TokenBackendError:
        if not previous:
            raise
        payload = _backend(previous).decode(text)
    return payload


def _backend(key: str | None = None) -> Any:
    """Signs with the one algorithm and key of the settings, and accepts nothing else."""
    # Imported late: simplejwt reads SECRET_KEY while it loads, and a missing key shall be told by
    # the system checks with a hint, not by a traceback.
    from rest_framework_simplejwt.backends import TokenBackend

    jwt: dict[str, Any] = settings.SIMPLE_JWT
    return TokenBackend(
        jwt["ALGORITHM"],
        key or jwt["SIGNING_KEY"],
        audience=jwt["AUDIENCE"],
        issuer=jwt["ISSUER"],
    )
