"""From the outbox to the volume: backups first, then the document's file, the manifest last.

Each step may be repeated, so a process may die between any two: its transaction is undone, its rows
are there for the next one. Several may drain at once; each document is one drainer's at a time.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Exists, F, Min, OuterRef, Q
from django.utils import timezone

from models_registry.documents import DocumentId
from models_registry.mirror.backoff import next_try
from models_registry.mirror.files import keep, read_if_there
from models_registry.mirror.layout import backup_path, file_path, hash_of_bytes
from models_registry.mirror.manifest import write_manifest
from models_registry.models import Category, Document, DocumentVersion, MirrorState, OutboxEntry
from semantic_layer.errors import Conflict, SemanticLayerError
from semantic_layer.ports import VolumeStore

STOP_AFTER_FAILURES = 5
"""In a row: then the volume itself is at fault, and the other documents wait for the next time."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Drained:
    """What one round did: documents that were brought up to date, and reasons of the others."""

    synced: int
    failed: tuple[str, ...]

    @property
    def ok(self) -> bool:
        return not self.failed


def drain(
    store: VolumeStore,
    *,
    category: str | None = None,
    at_once: bool = False,
    seconds: float | None = None,
) -> Drained:
    """Bring the volume up to date with what was committed, oldest change first.

    `at_once` also tries what waits after a failure. Ends when nothing is due, or after `seconds`.
    Never raises for what a store or one document does wrong: that is the document's state.
    """
    ends = time.monotonic() + seconds if seconds is not None else None
    run = _Round(store, ends)
    while run.take(_due(category, at_once, run.failed)):
        pass
    categories = [category] if category else Category.values
    reasons = [write_manifest(store, name, at_once=at_once) for name in categories]
    return Drained(run.synced, (*run.failed.values(), *(reason for reason in reasons if reason)))


class _Round:
    """The documents of one call of `drain`."""

    def __init__(self, store: VolumeStore, ends: float | None) -> None:
        self.synced = 0
        self.failed: dict[int, str] = {}
        self._store = store
        self._ends = ends
        self._failures_in_row = 0

    def take(self, due: Sequence[int]) -> bool:
        """Drain these documents; False when another look at what is due makes no sense."""
        before = self.synced
        for document_id in due:
            late = self._ends is not None and time.monotonic() >= self._ends
            if late or self._failures_in_row >= STOP_AFTER_FAILURES:
                return False
            self._one(document_id)
        return self.synced > before

    def _one(self, document_id: int) -> None:
        try:
            self.synced += _drain_document(self._store, document_id)
            self._failures_in_row = 0
        except Exception as error:
            # Whatever one document does must not keep the others from their turn.
            if not isinstance(error, SemanticLayerError):
                log.exception("document %s cannot be written to the volume", document_id)
            self._failures_in_row += 1
            self.failed[document_id] = _note_failure(document_id, error)


def _due(category: str | None, at_once: bool, failed: Iterable[int]) -> list[int]:
    """Documents with something in the outbox whose time has come, longest waiting first."""
    waiting = OutboxEntry.objects.exclude(document__in=list(failed))
    if category is not None:
        waiting = waiting.filter(document__category=category)
    if not at_once:
        known = Q(document__mirror__next_try_at__isnull=True)
        waiting = waiting.filter(known | Q(document__mirror__next_try_at__lte=timezone.now()))
    found = waiting.values("document").annotate(oldest=Min("id")).order_by("oldest")
    ids: list[int] = list(found.values_list("document", flat=True))
    MirrorState.objects.bulk_create(
        [MirrorState(document_id=document_id) for document_id in ids], ignore_conflicts=True
    )
    return ids


def _drain_document(store: VolumeStore, document_id: int) -> bool:
    """Bring one document up to date; False where somebody else is at it, or was.

    The lock is on the mirror's own row: writers of the registry never wait for the volume.
    """
    with transaction.atomic():
        states = MirrorState.objects.select_for_update(skip_locked=True)
        state = states.filter(pk=document_id).first()
        if state is None:
            return False
        entries = list(OutboxEntry.objects.filter(document=document_id).order_by("id"))
        if not entries:
            return False
        versions = DocumentVersion.objects.in_bulk([e.version_id for e in entries if e.version_id])
        # Read after the entries: what it points at is theirs, or newer.
        document = Document.objects.select_related("published").get(pk=document_id)
        _mirror(store, document, [versions[key] for key in sorted(versions)], state)
        OutboxEntry.objects.filter(pk__in=[entry.pk for entry in entries]).delete()
        return True


def _mirror(
    store: VolumeStore, document: Document, versions: Sequence[DocumentVersion], state: MirrorState
) -> None:
    """Backups, then the file. What a person changed meanwhile is not replaced: Conflict."""
    document_id: DocumentId = (document.kind, document.name)
    target = document.published
    for version in {row.pk: row for row in (*versions, target) if row is not None}.values():
        place = backup_path(document.category, document_id, version.number)
        keep(store, place, version.yaml.encode(), document.category, document_id)
    path = file_path(document.category, document_id)
    data = target.yaml.encode() if target is not None else None
    current = read_if_there(store, path)
    ours = {state.sha256, *(hash_of_bytes(row.yaml.encode()) for row in versions)}
    if current is not None and current != data and hash_of_bytes(current) not in ours:
        raise Conflict(
            f"{path} was changed by hand: `manage.py reconcile_models --category"
            f" {document.category}` shows what differs, and takes the side you prefer.",
            code="CHANGED_BY_HAND",
        )
    if data is None:
        if current is not None:
            store.delete(path)
    elif current != data:
        store.write(path, data)
    _note_success(state, target, data or b"")


def _note_success(state: MirrorState, target: DocumentVersion | None, data: bytes) -> None:
    state.version = target
    state.sha256 = hash_of_bytes(data) if target is not None else ""
    state.size = len(data)
    state.synced_at = timezone.now()
    state.attempts, state.next_try_at, state.reason = 0, None, ""
    state.save()


def _note_failure(document_id: int, error: Exception) -> str:
    """Why, and when to try again; what another drainer has done meanwhile is left."""
    reason = (
        error.message
        if isinstance(error, SemanticLayerError)
        else f"Internal error ({type(error).__name__}); see the log."
    )
    waiting = Exists(OutboxEntry.objects.filter(document=OuterRef("pk")))
    states = MirrorState.objects.filter(waiting, pk=document_id)
    attempts = states.values_list("attempts", flat=True).first() or 0
    states.update(
        attempts=F("attempts") + 1,
        next_try_at=next_try(timezone.now(), attempts + 1),
        reason=reason,
    )
    return reason
