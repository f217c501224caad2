"""The JWTs of a login session: a short access token and a single-use refresh token.

Signed by simplejwt with the key, algorithm, issuer and audience of SIMPLE_JWT. A signature alone is
never enough: sessions.py asks the database whether the session still lives.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar, cast

from django.conf import settings
from django.utils import timezone
from rest_framework_simplejwt.exceptions import ExpiredTokenError, TokenError
from rest_framework_simplejwt.tokens import Token

from semantic_layer.accounts.models import LoginSession
from semantic_layer.errors import Unauthenticated

SESSION_CLAIM = "sid"
_REQUIRED_CLAIMS = ("sub", SESSION_CLAIM, "jti", "iat", "exp", "iss", "aud")


class AccessToken(Token):
    """What the API is called with."""

    token_type = "access"  # noqa: S105
    lifetime = cast(timedelta, settings.SIMPLE_JWT["ACCESS_TOKEN_LIFETIME"])


class RefreshToken(Token):
    """What new tokens are asked for with, once: its `jti` is the session's `refresh_id`."""

    token_type = "refresh"  # noqa: S105
    lifetime = cast(timedelta, settings.SIMPLE_JWT["REFRESH_TOKEN_LIFETIME"])


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


AnyToken = TypeVar("AnyToken", AccessToken, RefreshToken)


def issue(session: LoginSession) -> TokenPair:
    """Fresh tokens of the session; neither outlives it."""
    access = _for_session(AccessToken, session)
    refresh = _for_session(RefreshToken, session)
    refresh["jti"] = session.refresh_id.hex
    return TokenPair(str(access), str(refresh), int(access["exp"]) - int(access["iat"]))


def read_access(text: str) -> Claims:
    """Claims of an access token. Raises Unauthenticated (`TOKEN_EXPIRED` if it was good once)."""
    return _read(AccessToken, text)


def read_refresh(text: str) -> Claims:
    """Claims of a refresh token. Raises Unauthenticated."""
    return _read(RefreshToken, text)


def _for_session(kind: type[AnyToken], session: LoginSession) -> AnyToken:
    token = kind()
    token["sub"] = str(session.user_id)
    token[SESSION_CLAIM] = session.pk.hex
    left = session.expires_at - timezone.now()
    token.set_exp(lifetime=min(kind.lifetime, left))
    return token


def _read(kind: type[AnyToken], text: str) -> Claims:
    try:
        payload: dict[str, Any] = kind(text).payload  # type: ignore[arg-type]  # takes text, says Token
        missing = [claim for claim in _REQUIRED_CLAIMS if claim not in payload]
        if missing:
            raise TokenError(f"Token lacks {', '.join(missing)}.")
        return Claims(
            token_id=uuid.UUID(str(payload["jti"])),
            user_id=uuid.UUID(str(payload["sub"])),
            session_id=uuid.UUID(str(payload[SESSION_CLAIM])),
        )
    except ExpiredTokenError as error:
        raise Unauthenticated(
            f"The {kind.token_type} token has expired; get a new one at /api/auth/"
            f"{'refresh' if kind is AccessToken else 'login'}.",
            code="TOKEN_EXPIRED",
        ) from error
    except (TokenError, ValueError) as error:
        raise Unauthenticated(f"This is not a good {kind.token_type} token.") from error
