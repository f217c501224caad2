"""How registry and volume differ, document by document, found by hashes.

Of each document three contents are known: what the volume was last made to hold, what the registry
publishes, what the file holds now. Which of them are equal says who changed something.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from django.db.models import IntegerField
from django.db.models.expressions import Func

from models_registry.documents import DocumentId
from models_registry.mirror.layout import (
    backup_at,
    backup_path,
    document_at,
    file_path,
    hash_of_bytes,
    manifest_path,
)
from models_registry.mirror.manifest import expected_manifest
from models_registry.models import Document, DocumentVersion, OutboxEntry
from semantic_layer.errors import NotFound, SemanticLayerError
from semantic_layer.ports import VolumeStore


class DriftKind(StrEnum):
    PENDING = "pending"  # only the registry changed: the next sync writes it
    MISSING = "missing"  # the file was removed
    EDITED = "edited"  # only the file changed
    EXTRA = "extra"  # a file of a document that the registry does not publish
    CONFLICT = "conflict"  # both changed
    EARLIER = "earlier"  # the file holds another version of the document
    UNREADABLE = "unreadable"  # a link, a folder, an odd name
    UNKNOWN = "unknown"  # not a file of ours
    BACKUP = "backup"  # a version's backup is missing or damaged
    NEWER_BACKUP = "newer_backup"  # a version that the registry does not have
    MANIFEST = "manifest"


@dataclass(frozen=True)
class Drift:
    """One difference. `data` is what the volume holds there, `seen` the version that answered."""

    kind: DriftKind
    path: str
    message: str
    id: DocumentId | None = None
    document_id: int | None = None
    version_id: int | None = None
    seen: int | None = None
    data: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True)
class _Known:
    """A document's row as the comparison needs it."""

    pk: int
    id: DocumentId
    published_id: int | None
    latest: int
    registry: str | None
    mirrored: str | None


def drifts_of(store: VolumeStore, category: str) -> list[Drift]:
    """Every difference between the category and its files. Raises Unavailable for a volume that is
    down.
    """
    store.ping()
    files = {file.path: file.size for file in store.files(category)}
    backups = {file.path: file.size for file in store.files(f"backups/{category}")}
    known = {row.id: row for row in _rows(category)}
    found = []
    for path in files:
        document_id = document_at(category, path)
        if path == manifest_path(category) or document_id in known:
            continue
        found.append(_stranger(store, path, document_id))
    for row in known.values():
        found.extend(_of_document(store, category, row))
    found.extend(_of_backups(store, category, known, backups))
    found.extend(_of_manifest(store, category))
    return found


# ---------------------------------------------------------------- files


def _rows(category: str) -> list[_Known]:
    rows = Document.objects.filter(category=category).select_related("mirror")
    published = DocumentVersion.objects.filter(document__category=category)
    texts = dict(published.filter(pk__in=rows.values("published_id")).values_list("pk", "yaml"))
    found = []
    for row in rows.order_by("kind", "name"):
        text = texts.get(row.published_id) if row.published_id else None
        mirror = getattr(row, "mirror", None)
        found.append(
            _Known(
                row.pk,
                (row.kind, row.name),
                row.published_id,
                row.latest_number,
                hash_of_bytes(text.encode()) if text is not None else None,
                (mirror.sha256 or None) if mirror is not None else None,
            )
        )
    return found


def _stranger(store: VolumeStore, path: str, document_id: DocumentId | None) -> Drift:
    """A file of no document that the registry ever had."""
    if document_id is None:
        return Drift(DriftKind.UNKNOWN, path, "not a file of the registry")
    try:
        data = store.read(path)
    except SemanticLayerError as error:
        return Drift(DriftKind.UNREADABLE, path, error.message, document_id)
    return Drift(DriftKind.EXTRA, path, "is not in the registry", document_id, data=data)


def _of_document(store: VolumeStore, category: str, row: _Known) -> list[Drift]:
    path = file_path(category, row.id)
    try:
        data: bytes | None = store.read(path)
    except NotFound:
        data = None
    except SemanticLayerError as error:
        return [Drift(DriftKind.UNREADABLE, path, error.message, row.id, row.pk)]
    volume = hash_of_bytes(data) if data is not None else None
    if volume == row.registry:
        return []
    kind, message = _kind_of(row, volume)
    if data is not None and kind in (DriftKind.EDITED, DriftKind.CONFLICT, DriftKind.EXTRA):
        number = _own_version(row.pk, data)
        if number is not None:
            kind, message = DriftKind.EARLIER, f"holds version {number}"
    return [Drift(kind, path, message, row.id, row.pk, row.published_id, row.published_id, data)]


def _kind_of(row: _Known, volume: str | None) -> tuple[DriftKind, str]:
    if volume == row.mirrored:
        return DriftKind.PENDING, "the registry changed; not written yet"
    if volume is None:
        return DriftKind.MISSING, "was removed"
    if row.registry is None and row.mirrored is None:
        return DriftKind.EXTRA, "is not in the registry"
    if row.registry == row.mirrored:
        return DriftKind.EDITED, "was changed by hand"
    return DriftKind.CONFLICT, "was changed by hand, and the registry changed too"


def _own_version(document_id: int, data: bytes) -> int | None:
    """The number of the document's version that says these bytes."""
    rows = DocumentVersion.objects.filter(document=document_id).values_list("number", "yaml")
    for number, text in rows.order_by("-number").iterator(chunk_size=20):
        if text.encode() == data:
            return int(number)
    return None


# ---------------------------------------------------------------- backups and manifest


def _of_backups(
    store: VolumeStore,
    category: str,
    known: Mapping[DocumentId, _Known],
    backups: Mapping[str, int],
) -> list[Drift]:
    """By size, and by hash for what answers: reading every version there ever was takes long."""
    size = Func("yaml", function="octet_length", output_field=IntegerField())
    waiting = OutboxEntry.objects.filter(version__isnull=False).values("version")
    versions = DocumentVersion.objects.filter(document__category=category).annotate(size=size)
    versions = versions.exclude(pk__in=waiting)
    hashes = {row.published_id: row.registry for row in known.values()}
    columns = ("pk", "number", "document_id", "document__kind", "document__name", "size")
    found = []
    for pk, number, document_id, kind, name, expected in versions.values_list(*columns):
        path = backup_path(category, (kind, name), number)
        if backups.get(path) == expected:
            wanted = hashes.get(pk)
            if wanted is None or hash_of_bytes(store.read(path)) == wanted:
                continue
        message = "is damaged" if path in backups else "is missing"
        found.append(Drift(DriftKind.BACKUP, path, message, (kind, name), document_id, pk))
    return [*sorted(found, key=lambda drift: drift.path), *_newer(store, category, known, backups)]


def _newer(
    store: VolumeStore,
    category: str,
    known: Mapping[DocumentId, _Known],
    backups: Mapping[str, int],
) -> list[Drift]:
    """Backups of versions that the registry never had, the newest of each document: it was
    restored to an earlier time.
    """
    newest: dict[DocumentId, tuple[int, str]] = {}
    for path in backups:
        place = backup_at(category, path)
        if place is None:
            continue
        document_id, number = place
        row = known.get(document_id)
        if row is None or number > row.latest:
            newest[document_id] = max(newest.get(document_id, (0, "")), (number, path))
    found = []
    for document_id, (number, path) in sorted(newest.items()):
        row = known.get(document_id)
        data = store.read(path)
        if row is not None and hash_of_bytes(data) == row.registry:
            continue
        latest = f"version {row.latest}" if row is not None else "no version"
        message = f"is version {number}, the registry has {latest}"
        published = row.published_id if row is not None else None
        pk = row.pk if row is not None else None
        found.append(
            Drift(
                DriftKind.NEWER_BACKUP, path, message, document_id, pk, published, published, data
            )
        )
    return found


def _of_manifest(store: VolumeStore, category: str) -> list[Drift]:
    path = manifest_path(category)
    expected = expected_manifest(category)
    try:
        data: bytes | None = store.read(path)
    except NotFound:
        data = None
    if data == expected or (data is None and b'"files": []' in expected):
        return []
    message = "is missing" if data is None else "is not what was written last"
    return [Drift(DriftKind.MANIFEST, path, message)]
