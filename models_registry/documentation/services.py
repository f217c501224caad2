"""Writing a model's documentation, finding it again, and saying whether it is still true."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from kombu.exceptions import OperationalError

from models_registry.audit import SYSTEM, author_id
from models_registry.documentation.contents import gather
from models_registry.documentation.rendering import STANDARD, render
from models_registry.models import (
    Document,
    Documentation,
    DocumentationFormat,
    DocumentationState,
)
from models_registry.selectors import published_models, visible_model
from models_registry.visibility import restricted_models
from semantic_layer.accounts.actor import actor_by_id
from semantic_layer.celery import app
from semantic_layer.errors import NotFound, SemanticLayerError
from semantic_layer.ports import Actor

log = logging.getLogger(__name__)

WRITE_DOCUMENTATION = "models_registry.write_documentation"
KEPT = 10
"""Documentations of one model, format and template that one author's view keeps."""
RESENT_AFTER = timedelta(minutes=2)
GIVEN_UP_AFTER = timedelta(hours=1)
State = DocumentationState


@dataclass(frozen=True)
class Order:
    """What is to be written of which model."""

    category: str
    name: str
    format: str = DocumentationFormat.MARKDOWN.value
    template: str = STANDARD
    include_lineage: bool = True


@dataclass(frozen=True)
class Documented:
    """A model and its newest documentation that the caller may read."""

    document: Document
    newest: Documentation | None
    formats: tuple[str, ...] = ()

    @property
    def generated_at(self) -> datetime | None:
        return self.newest.generated_at if self.newest is not None else None

    @property
    def is_stale(self) -> bool:
        """It tells of another version than the one that answers."""
        published = self.document.published
        assert published is not None
        return self.newest is not None and (
            self.newest.definition_hash != published.definition_hash
        )


def generate(*, actor: Actor, order: Order) -> Documentation:
    """Write the documentation now. Raises Forbidden, NotFound, and what examples cannot survive.

    Side effects: its row; example queries run as the actor.
    """
    row = _ordered(actor, order)
    _write(row, actor)
    return row


def order_in_background(*, actor: Actor, order: Order) -> Documentation:
    """Have a worker write it; the row tells how far it is. Raises Forbidden, NotFound."""
    row = _ordered(actor, order)
    row.save(force_insert=True)
    transaction.on_commit(lambda: _wake(row.pk), robust=True)
    return row


def write_ordered(documentation_id: uuid.UUID) -> None:
    """Write what was ordered, as who ordered it, with their rights of this moment.

    Doing it twice is harmless: it is the same documentation, and the later one counts.
    """
    row = Documentation.objects.select_related("document").filter(pk=documentation_id).first()
    if row is None or row.state not in (State.QUEUED, State.RUNNING):
        return
    Documentation.objects.filter(pk=row.pk).update(state=State.RUNNING)
    try:
        actor = actor_by_id(str(row.author_id)) if row.author_id else SYSTEM
        actor.require("write")
        _write(row, actor)
    except SemanticLayerError as error:
        _fail(row.pk, error.message)
    except Exception:
        _fail(row.pk, "The documentation could not be written.")
        log.exception("documentation %s failed", row.pk)


def wake_what_waits() -> None:
    """Send again what lost its message, and give up what nobody finishes."""
    waiting = Documentation.objects.filter(state__in=(State.QUEUED, State.RUNNING))
    now = timezone.now()
    for row in waiting.filter(created_at__lte=now - GIVEN_UP_AFTER).only("pk"):
        _fail(row.pk, "No worker finished it within an hour: ask again.")
    for row in waiting.filter(created_at__lte=now - RESENT_AFTER).only("pk"):
        _wake(row.pk)


def documented_models(*, actor: Actor, category: str) -> list[Documented]:
    """Every model that the caller may see, by name, with its newest documentation."""
    actor.require("read")
    seen = restricted_models(category, actor)
    hidden = [name for name, part in seen.items() if part is None]
    documents = list(published_models(category).exclude(name__in=hidden))
    rows: dict[int, list[Documentation]] = {}
    finished = _readable(actor).filter(document__in=documents, state=State.COMPLETED)
    for row in finished.defer("content").order_by("-created_at"):
        rows.setdefault(row.document_id, []).append(row)
    return [
        _documented(document, rows.get(document.pk, ()), is_part=document.name in seen)
        for document in documents
    ]


def open_documentation(*, actor: Actor, documentation_id: uuid.UUID) -> Documentation:
    """One that the caller may read, finished or not.

    Raises NotFound, also for another person's view, for a model that is hidden from them by now,
    and for an old view of one of which they may see a part only.
    """
    actor.require("read")
    row = (
        _readable(actor)
        .select_related("document", "document__published")
        .filter(pk=documentation_id)
        .first()
    )
    missing = NotFound(f"There is no documentation {documentation_id} that you may read.")
    if row is None:
        raise missing
    try:
        _, version, part = visible_model(row.document.category, row.document.name, actor)
    except NotFound as error:
        raise missing from error
    is_old = row.is_shared or row.definition_hash != version.definition_hash
    if part is not None and row.state == State.COMPLETED and is_old:
        raise missing
    return row


def _readable(actor: Actor) -> QuerySet[Documentation]:
    return Documentation.objects.filter(Q(is_shared=True) | Q(data_scope=actor.data_scope))


def _documented(document: Document, rows: Sequence[Documentation], *, is_part: bool) -> Documented:
    published = document.published
    assert published is not None
    if is_part:
        rows = [
            row for row in rows
            if not row.is_shared and row.definition_hash == published.definition_hash
        ]  # fmt: skip
    formats = tuple(sorted({row.format for row in rows}))
    return Documented(document, rows[0] if rows else None, formats)


def _ordered(actor: Actor, order: Order) -> Documentation:
    actor.require("write")
    document, _, _ = visible_model(order.category, order.name, actor)
    return Documentation(
        document=document,
        format=order.format,
        template=order.template,
        include_lineage=order.include_lineage,
        state=State.QUEUED,
        data_scope=actor.data_scope,
        author_id=author_id(actor),
        author_email=actor.email,
        created_at=timezone.now(),
    )


def _write(row: Documentation, actor: Actor) -> None:
    contents = gather(
        actor=actor,
        category=row.document.category,
        name=row.document.name,
        include_lineage=row.include_lineage,
    )
    row.content = render(contents, DocumentationFormat(row.format), row.template)
    row.version = contents.version
    row.definition_hash = contents.definition_hash
    row.is_shared = contents.is_shared
    row.state = State.COMPLETED
    row.generated_at = contents.generated_at
    row.save()
    _prune(row)


def _prune(row: Documentation) -> None:
    """Keep the newest of a kind; those of others stay."""
    same: dict[str, Any] = {
        name: getattr(row, name) for name in ("document_id", "format", "template", "data_scope")
    }
    old = Documentation.objects.filter(state=State.COMPLETED, **same).order_by("-created_at")
    Documentation.objects.filter(pk__in=list(old.values_list("pk", flat=True)[KEPT:])).delete()


def _fail(documentation_id: uuid.UUID, error: str) -> None:
    Documentation.objects.filter(
        pk=documentation_id, state__in=(State.QUEUED, State.RUNNING)
    ).update(state=State.FAILED, error=error)


def _wake(documentation_id: uuid.UUID) -> None:
    try:
        app.send_task(WRITE_DOCUMENTATION, args=[str(documentation_id)], retry=False)
    except (OperationalError, OSError):
        log.warning("the broker cannot be reached: documentation waits for the next sweep")
