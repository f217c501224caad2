"""Reads of a document's life: versions, differences, audit; for whoever may see the document."""

from __future__ import annotations

from django.db.models import QuerySet

from models_registry.heads import MODEL
from models_registry.models import AuditEntry, AuditOutcome, Document, DocumentVersion
from models_registry.promotions import version_diff
from models_registry.selectors import model_not_found
from models_registry.visibility import restricted_models
from semantic_layer.errors import Forbidden, NotFound
from semantic_layer.ports import Actor


def readable_document(*, actor: Actor, category: str, name: str, kind: str = MODEL) -> Document:
    """A document with any version, deleted and draft ones too.

    Raises NotFound for one whose model is hidden from the caller, Forbidden where they may see a
    part only: versions are told whole or not at all.
    """
    actor.require("read")
    seen = restricted_models(category, actor) if kind == MODEL else {}
    hidden = [other for other, part in seen.items() if part is None]
    document = (
        Document.objects.select_related("published")
        .filter(category=category, kind=kind, name=name.replace("\x00", ""))
        .first()
    )
    if document is None or name in hidden:
        raise model_not_found(category, name, hidden)
    if name in seen:
        raise Forbidden(
            f"You may see a part of '{name}' only: its history needs the permission 'write'.",
            required_permission="write",
        )
    return document


def versions_of(document: Document) -> QuerySet[DocumentVersion]:
    """Its versions, newest first, without their big texts."""
    return document.versions.defer("yaml", "definition").order_by("-number")


def version_of(*, actor: Actor, document: Document, number: int) -> DocumentVersion:
    """One version whole. Raises NotFound; Forbidden where its own rules hide parts of it."""
    version = document.versions.filter(number=number).first()
    if version is None:
        raise NotFound(
            f"'{document.name}' has no version {number} in {document.category}.",
            code="VERSION_NOT_FOUND",
            latest_version=document.latest_number,
        )
    if not actor.may("write") and version.definition.get("meta", {}).get("access"):
        raise Forbidden(
            f"Version {number} has access rules: reading it whole needs the permission 'write'.",
            required_permission="write",
        )
    return version


def difference(
    *, actor: Actor, document: Document, before: int | None, after: int | None
) -> tuple[DocumentVersion, DocumentVersion, dict[str, object]]:
    """Two versions and what differs; by default the newest against the one that answers, or
    against the one before it.
    """
    newest = after if after is not None else document.latest_number
    published = document.published.number if document.published else None
    default = published if published is not None and published != newest else max(newest - 1, 1)
    older = version_of(
        actor=actor, document=document, number=before if before is not None else default
    )
    newer = version_of(actor=actor, document=document, number=newest)
    return older, newer, version_diff(older, newer)


def audit_of(*, actor: Actor, document: Document) -> QuerySet[AuditEntry]:
    """What was done to it, newest first; who may write sees refusals too."""
    found = AuditEntry.objects.filter(
        category=document.category, kind=document.kind, name=document.name
    ).order_by("-id")
    return found if actor.may("write") else found.filter(outcome=AuditOutcome.DONE)
