"""Reads of the registry's rows."""

from __future__ import annotations

from django.db.models import QuerySet

from models_registry.models import Document, DocumentKind, DocumentVersion
from semantic_layer.errors import NotFound, did_you_mean


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


def published_model(category: str, name: str) -> tuple[Document, DocumentVersion]:
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
        raise model_not_found(category, name)
    return document, document.published


def model_not_found(category: str, name: str) -> NotFound:
    """The error for a name that the category does not have, with names that are near."""
    names = published_models(category).values_list("name", flat=True)
    near = did_you_mean(name[:64], names)
    hint = f" Did you mean {', '.join(near)}?" if near else ""
    return NotFound(
        f"There is no model '{name[:64]}' in {category}.{hint}",
        code="MODEL_NOT_FOUND",
        suggestions=near or None,
    )
