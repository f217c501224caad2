"""Which documents of a plan are in the category already, word for word."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from models_registry.definitions import hash_of
from models_registry.documents import DocumentId
from models_registry.graph_source import Snapshot
from models_registry.heads import open_versions
from models_registry.models import DocumentVersion
from models_registry.writes import Part


def unchanged(parts: Sequence[Part], snapshot: Snapshot) -> set[DocumentId]:
    """Documents whose published version says the same in the same words."""
    published = {
        part.id: snapshot.documents[part.id].version_id
        for part in parts
        if part.id in snapshot.documents
    }
    versions = DocumentVersion.objects.in_bulk(list(published.values()))
    return _equal(parts, {key: versions[pk] for key, pk in published.items()})


def waiting(parts: Sequence[Part], category: str) -> set[DocumentId]:
    """Documents whose open draft says the same in the same words: it waits for its review."""
    drafts = {
        (version.document.kind, version.document.name): version
        for version in open_versions(category)
    }
    return _equal(parts, drafts)


def _equal(
    parts: Iterable[Part], versions: Mapping[DocumentId, DocumentVersion]
) -> set[DocumentId]:
    return {
        part.id
        for part in parts
        if (version := versions.get(part.id)) is not None
        and version.definition_hash == hash_of(part.project)
        and part.text in (None, version.yaml)
    }
