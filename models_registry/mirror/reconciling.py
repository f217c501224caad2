"""Ending the differences between registry and volume, without losing either side's content."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from django.db import transaction

from models_registry.documents import DocumentId
from models_registry.graph_source import Snapshot
from models_registry.heads import MODEL
from models_registry.impact import refuse_in_use
from models_registry.mirror.draining import drain
from models_registry.mirror.drift import Drift, DriftKind, drifts_of
from models_registry.mirror.files import keep_found
from models_registry.mirror.incoming import VOLUME, HandFile, bring_in
from models_registry.mirror.layout import hash_of_bytes
from models_registry.mirror.manifest import write_manifest
from models_registry.mirror.outbox import tell_volume
from models_registry.models import MirrorState, VersionState
from models_registry.writes import Write, delete_documents, locked
from semantic_layer.errors import Conflict, Issue, SemanticLayerError
from semantic_layer.ports import VolumeStore


class Side(StrEnum):
    """Whose content is to hold where they differ."""

    REGISTRY = "registry"
    VOLUME = "volume"


@dataclass(frozen=True)
class Finding:
    """A difference and what became of it. `is_settled`: nobody has to look at it any more."""

    drift: Drift
    outcome: str
    is_settled: bool = True
    issues: tuple[Issue, ...] = ()


BY_HAND = (DriftKind.EDITED, DriftKind.EXTRA, DriftKind.CONFLICT, DriftKind.EARLIER)
_ONE_SIDED = (DriftKind.EDITED, DriftKind.EXTRA)
_LEFT = "left as it is; needs --prefer-registry or --prefer-volume"


def reconcile(
    store: VolumeStore, category: str, *, prefer: Side | None = None, dry_run: bool = False
) -> list[Finding]:
    """Find what differs and settle it; in a dry run only say how.

    Where one side changed, its content is taken, a file that was removed is written again; where
    both did, only with a preference. What loses is kept: as a version, or in the backups under its
    hash. Raises Unavailable.
    """
    drifts = drifts_of(store, category)
    findings = [
        *_brought_in(category, [d for d in drifts if _comes_in(d, prefer)], dry_run=dry_run),
        *(
            _settled(store, category, d, prefer, dry_run)
            for d in drifts
            if not _comes_in(d, prefer)
        ),
    ]
    if not dry_run:
        failed = drain(store, category=category, at_once=True).failed
        wrong = any(drift.kind == DriftKind.MANIFEST for drift in drifts)
        reason = write_manifest(store, category, at_once=True, even_if_same=True) if wrong else ""
        for message in {*failed, reason} - {""}:
            told = Drift(DriftKind.PENDING, category, message)
            findings.append(Finding(told, "could not be written", is_settled=False))
    return sorted(findings, key=lambda finding: finding.drift.path)


def _comes_in(drift: Drift, prefer: Side | None) -> bool:
    """Whether the volume's content becomes a version."""
    if prefer == Side.VOLUME:
        return drift.kind in (*BY_HAND, DriftKind.NEWER_BACKUP)
    return prefer is None and drift.kind in _ONE_SIDED


def _brought_in(category: str, drifts: Sequence[Drift], *, dry_run: bool) -> list[Finding]:
    edited = {drift.id for drift in drifts if drift.kind != DriftKind.NEWER_BACKUP}
    # What stands in the file is what somebody wants; a backup only counts where there is none.
    wanted = [d for d in drifts if d.kind != DriftKind.NEWER_BACKUP or d.id not in edited]
    files = [
        HandFile(drift.path, drift.id, drift.data or b"", drift.seen)
        for drift in wanted
        if drift.id is not None
    ]
    result = bring_in(category, files, dry_run=dry_run)
    found = [Finding(d, "passed over for the file", True) for d in drifts if d not in wanted]
    for drift in wanted:
        issues = result.refused.get(drift.path, ())
        written = result.written.get(drift.path)
        if written is None:
            found.append(Finding(drift, "invalid; left as it is", False, issues))
        elif dry_run:
            found.append(Finding(drift, "would become a new version"))
        else:
            draft = ", a draft until it is approved" * (written.state == VersionState.DRAFT)
            found.append(Finding(drift, f"is version {written.number} now{draft}"))
    return found


def _settled(
    store: VolumeStore, category: str, drift: Drift, prefer: Side | None, dry_run: bool
) -> Finding:
    """Everything that does not come in."""
    would = "would be " if dry_run else ""
    match drift.kind:
        case DriftKind.UNKNOWN:
            return Finding(drift, "passed over")
        case DriftKind.UNREADABLE:
            return Finding(drift, "left as it is; put a plain file there, or remove it", False)
        case DriftKind.PENDING | DriftKind.MANIFEST:
            return Finding(drift, f"{would}written")
        case DriftKind.MISSING if prefer == Side.VOLUME:
            return _delete(category, drift, dry_run)
        case DriftKind.MISSING | DriftKind.BACKUP:
            if not dry_run:
                _write_again(drift)
            return Finding(drift, f"{would}written again")
        case _ if prefer is None:
            return Finding(drift, _LEFT, False)
    if not dry_run:
        _replace(store, category, drift)
    goes = drift.kind in (DriftKind.EXTRA, DriftKind.NEWER_BACKUP)
    became = "removed" if goes else "replaced by the registry's"
    return Finding(drift, f"{would}kept in backups, and {became}")


def _write_again(drift: Drift) -> None:
    """Let the next drain write the document's file and this version's backup."""
    assert drift.document_id is not None
    with transaction.atomic():
        tell_volume([(drift.document_id, drift.version_id)])


def _replace(store: VolumeStore, category: str, drift: Drift) -> None:
    """Keep what the volume holds, then let the next drain put the registry's content there."""
    assert drift.id is not None
    data = drift.data or b""
    keep_found(store, data, category, drift.id)
    if drift.document_id is None or drift.kind == DriftKind.NEWER_BACKUP:
        if store.read(drift.path) != data:
            raise Conflict(f"{drift.path} was changed meanwhile: reconcile again.")
        store.delete(drift.path)
        return
    with transaction.atomic():
        MirrorState.objects.bulk_create(
            [MirrorState(document_id=drift.document_id)], ignore_conflicts=True
        )
        state = MirrorState.objects.select_for_update().get(pk=drift.document_id)
        # From now on these bytes are ours, which the drain may replace.
        state.version, state.sha256 = None, hash_of_bytes(data)
        state.save(update_fields=["version", "sha256"])
        tell_volume([(drift.document_id, drift.version_id)])


def _delete(category: str, drift: Drift, dry_run: bool) -> Finding:
    """The file was removed, and that is to hold: the document leaves the registry."""
    assert drift.id is not None
    if dry_run:
        return Finding(drift, "would be deleted in the registry, its versions kept")
    try:
        with locked(category) as snapshot:
            _take_out(snapshot, drift.id)
    except SemanticLayerError as error:
        return Finding(drift, f"not deleted: {error.message}", False)
    return Finding(drift, "deleted in the registry, its versions kept")


def _take_out(snapshot: Snapshot, document_id: DocumentId) -> None:
    kind, name = document_id
    if document_id not in snapshot.documents:
        return
    if kind == MODEL:
        refuse_in_use(name, snapshot, action="delete")
    write = Write(VOLUME, snapshot.category, "delete", "Removed by hand from the volume")
    delete_documents(write=write, snapshot=snapshot, document_ids=[document_id])
