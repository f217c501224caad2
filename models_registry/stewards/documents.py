"""A document as its pages need it: what answers, what is open, what may be done next."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from models_registry.graph_source import load_snapshot
from models_registry.heads import MODEL, head_version
from models_registry.models import Category, Document, DocumentVersion, VersionState
from models_registry.problems import issues_of
from models_registry.reviews import OPEN_STATES, approval_permission, needs_review
from models_registry.stewards.visible import restricted
from semantic_layer.errors import NotFound
from semantic_layer.ports import Actor

NEXT_CATEGORY = {
    Category.DEVELOPMENT.value: Category.STAGING.value,
    Category.STAGING.value: Category.PRODUCTION.value,
}


@dataclass(frozen=True)
class Step:
    """Something that may be done with a document next; `look` is primary, danger or empty."""

    label: str
    url: str
    look: str = ""


def visible_document(actor: Actor, pk: int) -> Document:
    """The document. Raises NotFound, also for one that access rules hide from this person."""
    found = Document.objects.select_related("published").exclude(restricted(actor))
    document = found.filter(pk=pk).first()
    if document is None:
        raise NotFound("There is no such document.", code="MODEL_NOT_FOUND")
    return document


def head_of_document(document: Document) -> DocumentVersion | None:
    """The open draft, else what answers; None for what was deleted or given up."""
    return head_version(document.category, (document.kind, document.name))


def page_of(document: Document) -> str:
    return reverse("admin:models_registry_document_change", args=[document.pk])


def page_of_name(category: str, kind: str, name: str) -> str:
    return page_of(Document.objects.get(category=category, kind=kind, name=name))


def steps_of(document: Document, head: DocumentVersion | None, actor: Actor) -> list[Step]:
    """What this person may do now, the most likely first."""
    if not actor.may("write"):
        return []
    return [*_open_steps(document, head, actor), *_published_steps(document, head, actor)]


def steward_context(actor: Actor, document: Document) -> dict[str, Any]:
    """What the page of a document says and offers above its sections."""
    head = head_of_document(document)
    published = document.published
    issues = []
    if published is not None:
        key = (document.kind, document.name)
        issues = issues_of(key, published.yaml, load_snapshot(document.category))
    return {
        "document": document,
        "head": head,
        "steps": steps_of(document, head, actor),
        "problem_count": len(issues),
    }


def _move(document: Document, action: str, label: str, look: str = "") -> Step:
    return Step(label, reverse("registry_pages:move", args=[document.pk, action]), look)


def _open_steps(document: Document, head: DocumentVersion | None, actor: Actor) -> Iterator[Step]:
    """Steps of a draft or a version in review."""
    if head is None or head.state not in OPEN_STATES:
        return
    if head.state == VersionState.IN_REVIEW:
        if actor.may(approval_permission(document.category)):
            yield _move(document, "approve", "Approve", "primary")
        yield _move(document, "reject", "Reject")
    else:
        if needs_review(document.category):
            yield _move(document, "submit", "Submit for review", "primary")
        else:
            yield _move(document, "publish", "Publish", "primary")
        yield _move(document, "retire", "Give up the draft", "danger")


def _published_steps(
    document: Document, head: DocumentVersion | None, actor: Actor
) -> Iterator[Step]:
    """Steps of what answers, and editing."""
    if head is not None and document.kind == MODEL:
        yield Step("Edit YAML", reverse("registry_pages:edit", args=[document.pk]))
    published = document.published
    if published is None:
        return
    if document.category in NEXT_CATEGORY:
        target = NEXT_CATEGORY[document.category]
        yield Step(f"Promote to {target}", reverse("registry_pages:promote", args=[document.pk]))
    if published.state == VersionState.PUBLISHED:
        yield _move(document, "deprecate", "Deprecate")
    else:
        yield _move(document, "restore", "Restore")
        if head == published:
            yield _move(document, "retire", "Retire", "danger")
    if actor.may("delete") and document.kind == MODEL:
        yield Step("Delete", reverse("registry_pages:remove", args=[document.pk]), "danger")
