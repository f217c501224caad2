"""What people may ask of the mirror."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from models_registry.mirror.draining import Drained, drain
from models_registry.mirror.states import documents_in
from models_registry.models import Category, Document
from models_registry.visibility import restricted_models
from semantic_layer.ports import Actor
from semantic_layer.wiring import volume_store


def sync_volume(*, actor: Actor, category: str | None = None, seconds: float | None) -> Drained:
    """Write what waits, also what waits after a failure; at most for so many seconds."""
    actor.require("admin")
    return drain(volume_store(), category=category, at_once=True, seconds=seconds)


def visible_states(
    *, actor: Actor, category: str | None = None, state: str | None = None
) -> QuerySet[Document]:
    """The state of every document that the caller may know of."""
    actor.require("read")
    hidden = Q(pk__in=[])
    for name in [category] if category is not None else Category.values:
        names = [model for model, seen in restricted_models(name, actor).items() if seen is None]
        if names:
            hidden |= Q(category=name, name__in=names)
    return documents_in(category, state).exclude(hidden)
