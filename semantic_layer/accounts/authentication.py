"""`Authorization: Bearer ...` -> (User, Actor)."""

from __future__ import annotations

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from semantic_layer import wiring
from semantic_layer.accounts.actor import actor_of
from semantic_layer.accounts.local_identity import TOKEN_PREFIX, LocalIdentity
from semantic_layer.accounts.models import User
from semantic_layer.accounts.sessions import live_session
from semantic_layer.accounts.tokens import read_access
from semantic_layer.accounts.workspace_access import require_access
from semantic_layer.errors import Unauthenticated
from semantic_layer.ports import Actor


class BearerAuthentication(BaseAuthentication):
    """A live session's access token; with the local identity provider, a local token as well.

    `request.auth` is the Actor; `request.user.current_session` the session, None for a local token.
    """

    def authenticate(self, request: Request) -> tuple[User, Actor] | None:
        token = bearer_token(request)
        if token is None:
            return None
        user = _user_of(token)
        if user.current_session is not None:
            require_access(user.current_session)
        return user, actor_of(user)

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How BearerAuthentication is written in the OpenAPI document."""

    target_class = BearerAuthentication
    name = "bearer"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}


def bearer_token(request: Request) -> str | None:
    """The token of the Authorization header; None where there is none of this scheme."""
    scheme, _, token = str(request.META.get("HTTP_AUTHORIZATION", "")).strip().partition(" ")
    if scheme.lower() != "bearer":
        return None
    token = token.strip()
    if not token or " " in token:
        raise Unauthenticated("The header must read `Authorization: Bearer <token>`.")
    return token


def _user_of(token: str) -> User:
    if not token.startswith(TOKEN_PREFIX):
        return live_session(read_access(token)).user
    provider = wiring.identity_provider()
    if not isinstance(provider, LocalIdentity):
        raise Unauthenticated("Local tokens are not accepted here; sign in at /api/auth/login.")
    email = provider.authenticate(token).email
    user = User.objects.filter(email=email, is_active=True).first()
    if user is None:  # deleted a moment ago
        raise Unauthenticated("This token is unknown, expired or revoked.")
    return user
