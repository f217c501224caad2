"""Four roles, five permissions: the one table that API, admin site and commands obey."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from django.db import models


class Role(models.TextChoices):
    """Roles, from the least to the most rights."""

    VIEWER = "viewer", "Viewer"
    ANALYST = "analyst", "Analyst"
    ENGINEER = "engineer", "Engineer"
    ADMIN = "admin", "Admin"


PERMISSIONS = ("read", "write", "delete", "execute", "admin")

PERMISSIONS_OF: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        Role.VIEWER.value: frozenset({"read"}),
        Role.ANALYST.value: frozenset({"read", "execute"}),
        Role.ENGINEER.value: frozenset({"read", "write", "execute"}),
        Role.ADMIN.value: frozenset(PERMISSIONS),
    }
)

# What the admin site shows to people below admin: the registry and the catalog. All other apps hold
# other people's queries, tokens and sessions.
OPEN_ADMIN_APPS = frozenset({"models_registry", "catalog", "lineage"})
_PERMISSION_OF_ACTION = {"view": "read", "add": "write", "change": "write", "delete": "delete"}


def permissions_of(roles: Iterable[str]) -> frozenset[str]:
    """Everything that any of the roles gives; an unknown role gives nothing."""
    return frozenset().union(*(PERMISSIONS_OF.get(role, frozenset()) for role in roles))


def in_order(roles: Iterable[str]) -> list[str]:
    """The roles once each, from the least to the most rights."""
    given = set(roles)
    return [role for role in Role.values if role in given]


def permissions_in_order(permissions: Iterable[str]) -> list[str]:
    """The permissions in the order of the documented table."""
    given = set(permissions)
    return [permission for permission in PERMISSIONS if permission in given]


def needed_in_admin(app_label: str, action: str) -> str:
    """The permission that an action of the admin site (view, add, change, delete) needs."""
    if app_label not in OPEN_ADMIN_APPS:
        return "admin"
    return _PERMISSION_OF_ACTION.get(action, "admin")
