"""Permission by role: each view names the one it needs, per method where they differ."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from rest_framework.permissions import BasePermission

from semantic_layer.errors import Unauthenticated
from semantic_layer.ports import Actor

if TYPE_CHECKING:
    from rest_framework.request import Request
    from rest_framework.views import APIView


PerMethod = Mapping[str, str | None]


def for_method(value: str | None | PerMethod, method: str) -> str | None:
    """What a view declares for this method: one name for all, or a mapping by method."""
    if value is None or isinstance(value, str):
        return value
    return value.get(method, value.get("GET", "read"))


class HasViewPermission(BasePermission):
    """The caller holds `view.needed_permission`; None means the endpoint is public."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        needed = getattr(view, "needed_permission", "read")
        if needed is None:
            return True
        actor = request.auth
        if not isinstance(actor, Actor):
            raise Unauthenticated(
                "Send `Authorization: Bearer <token>`; get one at /api/auth/login."
            )
        actor.require(needed)
        return True
