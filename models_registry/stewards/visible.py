"""Which rows of the registry the screens may show to whom."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Q

from models_registry.heads import open_versions
from models_registry.models import Category, DocumentVersion, VersionState
from models_registry.visibility import restricted_models
from semantic_layer.ports import Actor

REVIEWS_SHOWN = 200


def restricted(actor: Actor, path: str = "") -> Q:
    """Models whose access rules keep anything from this person: the screens show models whole.

    `path` leads from the rows to their document.
    """
    condition = Q(pk__in=[])
    for category in Category.values:
        names = list(restricted_models(category, actor))
        if names:
            condition |= Q(**{f"{path}category": category, f"{path}name__in": names})
    return condition


def waiting_versions(
    actor: Actor, states: Sequence[str] = (VersionState.IN_REVIEW.value,)
) -> list[DocumentVersion]:
    """Versions of all categories in these states that are their documents' newest, oldest first."""
    found: list[DocumentVersion] = []
    for category in Category.values:
        versions = open_versions(category).filter(state__in=states)
        seen = versions.exclude(restricted(actor, "document__")).defer("yaml", "definition")
        found.extend(seen[:REVIEWS_SHOWN])
    return sorted(found, key=lambda version: version.pk)
