"""Reads of the registry's rows."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import QuerySet

from models_registry.models import Document, DocumentKind, DocumentVersion
from models_registry.visibility import restricted_models
from semantic_layer.compiler.spec import Project
from semantic_layer.errors import NotFound, did_you_mean
from semantic_layer.ports import Actor


def published_models(category: str, *, with_definition: bool = False) -> QuerySet[Document]:
    """Models of the category by name, each with its published version in the same query.

    The definition is fetched only when asked for, the YAML never: both may be megabytes over a
    page.
    """
    found = (
        Document.objects.filter(
            category=category, kind=DocumentKind.SEMANTIC_MODEL, published__isnull=False
        )
        .select_related("published")
        .defer("published__yaml")
        .order_by("name")
    )
    return found if with_definition else found.defer("published__yaml", "published__definition")


def published_model(
    category: str, name: str, hidden: Sequence[str] = ()
) -> tuple[Document, DocumentVersion]:
    """The model and its published version, whole. Raises NotFound with the nearest names."""
    document = (
        Document.objects.filter(
            category=category,
            kind=DocumentKind.SEMANTIC_MODEL,
            name=name.replace("\x00", ""),
            published__isnull=False,
        )
        .select_related("published")
        .first()
    )
    if document is None or document.published is None:
        raise model_not_found(category, name, hidden)
    return document, document.published


def visible_model(
    category: str, name: str, actor: Actor
) -> tuple[Document, DocumentVersion, Project | None]:
    """The model, its version, and the part of it that the caller may see where that is not all.

    Raises NotFound for a hidden model exactly as for one that does not exist.
    """
    restricted = restricted_models(category, actor)
    hidden = [other for other, part in restricted.items() if part is None]
    if name in hidden:
        raise model_not_found(category, name, hidden)
    document, version = published_model(category, name, hidden)
    return document, version, restricted.get(name)


def model_not_found(category: str, name: str, hidden: Sequence[str] = ()) -> NotFound:
    """The error for a name that the category does not have, with names that are near."""
    names = published_models(category).exclude(name__in=hidden).values_list("name", flat=True)
    near = did_you_mean(name[:64], names)
    hint = f" Did you mean {', '.join(near)}?" if near else ""
    return NotFound(
        f"There is no model '{name[:64]}' in {category}.{hint}",
        code="MODEL_NOT_FOUND",
        suggestions=near or None,
    )
