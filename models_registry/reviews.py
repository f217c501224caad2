"""Which categories need a second person before a write answers queries."""

from __future__ import annotations

from django.conf import settings

from models_registry.documents import Content
from models_registry.graph_source import Snapshot
from models_registry.models import Category, VersionState

OPEN_STATES = (VersionState.DRAFT.value, VersionState.IN_REVIEW.value)
"""States of versions that wait to be published."""


def needs_review(category: str) -> bool:
    """Whether the installation asks for review there (MODEL_REVIEW_CATEGORIES)."""
    return category in settings.MODEL_REVIEW_CATEGORIES


def approval_permission(category: str) -> str:
    """What a reviewer must hold: production is an admin's to answer for."""
    return "admin" if category == Category.PRODUCTION else "write"


def state_of_new(content: Content, snapshot: Snapshot) -> str:
    """The state a new version begins in.

    An approval is of a definition, not of a text: who changes comments only asks nobody again.
    """
    stored = snapshot.documents.get(content.id)
    is_approved = stored is not None and stored.definition_hash == content.definition_hash
    if is_approved or not needs_review(snapshot.category):
        return VersionState.PUBLISHED.value
    return VersionState.DRAFT.value
