"""The API's exception handler, which also notes that a workspace refused somebody's token."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rest_framework.response import Response

from semantic_layer.accounts.models import User
from semantic_layer.accounts.workspace_access import EXPIRED, note_refusal
from semantic_layer.api.exceptions import exception_handler as api_exception_handler
from semantic_layer.errors import Unauthenticated


def exception_handler(exc: Exception, context: Mapping[str, Any]) -> Response:
    """DRF's EXCEPTION_HANDLER. Side effect: a refused token is checked before its next use."""
    request = context.get("request")
    # `_user`: asking for `user` would authenticate once more, and fail again.
    user = getattr(request, "_user", None)
    if isinstance(exc, Unauthenticated) and exc.code == EXPIRED and isinstance(user, User):
        note_refusal(str(user.pk))
    return api_exception_handler(exc, context)
