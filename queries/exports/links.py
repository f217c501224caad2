"""Links that open one export without a session: signed, for its owner's file only, until it
expires.
"""

from __future__ import annotations

import uuid

from django.core import signing
from django.utils import timezone
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from queries.models import Export
from semantic_layer.accounts.actor import actor_of
from semantic_layer.accounts.models import User
from semantic_layer.accounts.workspace_access import require_some_access
from semantic_layer.errors import NotFound, Unauthenticated
from semantic_layer.ports import Actor

TOKEN_PARAMETER = "token"  # noqa: S105  the name of a parameter

_SALT = "queries.exports.link"


def token_of(export: Export) -> str:
    """The token for the export's download; it says until when it is good."""
    until = int(export.expires_at.timestamp())
    return signing.dumps([str(export.id), until], salt=_SALT)


class LinkAuthentication(BaseAuthentication):
    """`?token=...` of one export -> its owner, with the rights of this moment.

    Only for views of that one export: they name it in `export_id`.
    """

    def authenticate(self, request: Request) -> tuple[User, Actor] | None:
        token = request.query_params.get(TOKEN_PARAMETER)
        if token is None:
            return None
        context = request.parser_context or {}
        user = _owner(token, context["kwargs"]["export_id"])
        require_some_access(user)
        return user, actor_of(user)

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class LinkScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How LinkAuthentication is written in the OpenAPI document."""

    target_class = LinkAuthentication
    name = "export_link"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        return {"type": "apiKey", "in": "query", "name": TOKEN_PARAMETER}


def _owner(token: str, export_id: uuid.UUID) -> User:
    """Whose export it is. Raises Unauthenticated for a token that is not ours or of another
    export, NotFound once it has expired.
    """
    refusal = Unauthenticated("This download link is not good; export again.", code="INVALID_LINK")
    try:
        signed_id, until = signing.loads(token, salt=_SALT)
    except signing.BadSignature as error:
        raise refusal from error
    if signed_id != str(export_id):
        raise refusal
    if until <= timezone.now().timestamp():
        raise expired()
    export = Export.objects.filter(pk=export_id).only("actor_id").first()
    user = User.objects.filter(pk=export.actor_id, is_active=True).first() if export else None
    if user is None:
        raise refusal
    return user


def expired() -> NotFound:
    return NotFound(
        "This export has expired and its file was deleted: export again.", code="EXPORT_EXPIRED"
    )
