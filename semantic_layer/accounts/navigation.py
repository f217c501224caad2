"""The admin site's sidebar: what there is for this person, and nothing that would refuse them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from semantic_layer.accounts.pages import actor_in


@dataclass(frozen=True)
class Place:
    """A line of the sidebar; `permission` is what opening it needs. `exactly`: pages below it are
    somewhere else.
    """

    title: str
    icon: str
    route: str
    permission: str = "read"
    exactly: bool = False


SECTIONS: tuple[tuple[str, tuple[Place, ...]], ...] = (
    (
        "Overview",
        (
            Place("Dashboard", "space_dashboard", "admin:index", exactly=True),
            Place("Ask", "question_answer", "question_pages:ask", "execute"),
            Place("Explorer", "query_stats", "query_pages:explorer"),
        ),
    ),
    (
        "Registry",
        (
            Place("Models", "deployed_code", "admin:models_registry_document_changelist"),
            Place("Reviews", "rate_review", "registry_pages:reviews"),
            Place("Metrics", "monitoring", "query_pages:metrics"),
            Place("Lineage", "account_tree", "lineage_pages:picture"),
            Place("Tables", "table_view", "catalog_pages:tables", "write"),
            Place("Upload", "upload_file", "registry_pages:upload", "write"),
        ),
    ),
    (
        "Operation",
        (
            Place("Queries", "database", "admin:queries_queryrun_changelist", "admin"),
            Place("Audit", "history", "admin:models_registry_auditentry_changelist", "admin"),
        ),
    ),
    (
        "Users & tokens",
        (
            Place("Users", "group", "admin:accounts_user_changelist", "admin"),
            Place("Local tokens", "key", "admin:accounts_localtoken_changelist", "admin"),
            Place("Login sessions", "login", "admin:accounts_loginsession_changelist", "admin"),
        ),
    ),
)


def sections(request: HttpRequest) -> list[dict[str, Any]]:
    """Sections with at least one place that the person may open (unfold's SIDEBAR.navigation)."""
    permissions = actor_in(request).permissions
    found: list[dict[str, Any]] = []
    for title, places in SECTIONS:
        items = list(_items(places, permissions, request.path))
        if items:
            found.append({"title": title, "separator": bool(found), "items": items})
    return found


def _items(
    places: tuple[Place, ...], permissions: frozenset[str], path: str
) -> Iterator[dict[str, Any]]:
    for place in places:
        if place.permission not in permissions:
            continue
        link = reverse(place.route)
        active = path == link if place.exactly else path.startswith(link)
        yield {"title": place.title, "icon": place.icon, "link": link, "active": active}
