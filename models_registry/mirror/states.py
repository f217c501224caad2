"""How far the volume is behind, per document and in all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Exists, Min, OuterRef, Q, QuerySet
from django.utils import timezone

from models_registry.mirror.layout import file_path, manifest_path
from models_registry.models import (
    Category,
    Document,
    ManifestState,
    MirrorState,
    OutboxEntry,
    SyncState,
)


@dataclass(frozen=True)
class SyncSummary:
    """Counts by state, and the age in seconds of what waits longest (0: nothing does)."""

    synced: int
    pending: int
    failing: int
    lag_s: float

    @property
    def total(self) -> int:
        return self.synced + self.pending + self.failing


def sync_states_of(documents: Iterable[Document]) -> Mapping[int, str]:
    """The state of each of these documents by its id, in one query."""
    waiting = OutboxEntry.objects.filter(document__in=[document.pk for document in documents])
    attempts = dict(waiting.values_list("document_id", "document__mirror__attempts"))
    return {
        document.pk: (
            SyncState.SYNCED
            if document.pk not in attempts
            else SyncState.FAILING
            if attempts[document.pk]
            else SyncState.PENDING
        ).value
        for document in documents
    }


def sync_state_of(document: Document) -> str:
    """The same of one document whose outbox and mirror have been fetched already."""
    if not document.outbox.all():
        return SyncState.SYNCED.value
    failed = hasattr(document, "mirror") and document.mirror.attempts
    return (SyncState.FAILING if failed else SyncState.PENDING).value


def documents_in(category: str | None = None, state: str | None = None) -> QuerySet[Document]:
    """Documents by category, kind and name, those of one state where it is said.

    Deleted ones are there as long as the volume does not know.
    """
    waiting = Exists(OutboxEntry.objects.filter(document=OuterRef("pk")))
    found = Document.objects.filter(Q(published__isnull=False) | waiting)
    if category is not None:
        found = found.filter(category=category)
    if state is not None:
        found = found.filter(_condition(state, waiting))
    related = found.select_related("published", "mirror__version")
    small = related.defer(
        "published__yaml", "published__definition",
        "mirror__version__yaml", "mirror__version__definition",
    )  # fmt: skip
    return small.order_by("category", "kind", "name")


def _condition(state: str, waiting: Exists) -> Q:
    if state == SyncState.SYNCED:
        return ~Q(waiting)
    failed = Q(mirror__attempts__gt=0)
    return Q(waiting) & (failed if state == SyncState.FAILING else ~failed)


def sync_summary(category: str | None = None) -> SyncSummary:
    """How many documents are in which state; one look for health and the admin's front page."""
    waiting = OutboxEntry.objects.all()
    if category is not None:
        waiting = waiting.filter(document__category=category)
    attempts = dict(waiting.values_list("document_id", "document__mirror__attempts").distinct())
    failing = sum(1 for failed in attempts.values() if failed)
    oldest = waiting.aggregate(oldest=Min("created_at"))["oldest"]
    return SyncSummary(
        synced=documents_in(category, SyncState.SYNCED).count(),
        pending=len(attempts) - failing,
        failing=failing,
        lag_s=_age_s(oldest),
    )


def manifest_states(category: str | None = None) -> list[dict[str, Any]]:
    """The manifests and how their last writing went, for the categories that ever had one."""
    categories = [category] if category is not None else Category.values
    rows = ManifestState.objects.filter(category__in=categories).order_by("category")
    return [
        {
            "category": row.category,
            "path": manifest_path(row.category),
            "sync_state": SyncState.FAILING.value if row.attempts else SyncState.SYNCED.value,
            "reason": row.reason or None,
            "attempts": row.attempts,
            "next_try_at": row.next_try_at,
            "written_at": row.written_at,
        }
        for row in rows
    ]


def state_bodies(documents: Sequence[Document]) -> list[dict[str, Any]]:
    """Rows of `documents_in` for people and clients."""
    states = sync_states_of(documents)
    entries = OutboxEntry.objects.filter(document__in=[document.pk for document in documents])
    since = dict(
        entries.values("document")
        .annotate(Min("created_at"))
        .values_list("document", "created_at__min")
    )
    return [_body(document, states[document.pk], since.get(document.pk)) for document in documents]


def _body(document: Document, state: str, since: datetime | None) -> dict[str, Any]:
    published = document.published
    mirror = document.mirror if hasattr(document, "mirror") else MirrorState()
    return {
        "id": document.name,
        "name": document.name,
        "kind": document.kind,
        "category": document.category,
        "sync_state": state,
        "version": published.number if published is not None else None,
        "mirrored_version": mirror.version.number if mirror.version is not None else None,
        "path": file_path(document.category, (document.kind, document.name)),
        "pending_since": since,
        "reason": mirror.reason or None,
        "attempts": mirror.attempts,
        "next_try_at": mirror.next_try_at,
        "synced_at": mirror.synced_at,
    }


def _age_s(moment: datetime | None) -> float:
    return 0.0 if moment is None else round((timezone.now() - moment).total_seconds(), 1)
