"""The newest version of a document that counts for its writers: the open draft, or what answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.db.models import F, Q, QuerySet

from models_registry.documents import DocumentId
from models_registry.graph_source import Snapshot
from models_registry.models import DocumentKind, DocumentVersion
from models_registry.reviews import OPEN_STATES
from semantic_layer.compiler import Project, read_mapping

MODEL = DocumentKind.SEMANTIC_MODEL.value


@dataclass(frozen=True)
class Head:
    """What an edit goes on from. `text` is the author's own, None where the YAML is ours;
    `replaces` is the name that an open draft gives up.
    """

    number: int
    replaces: str
    project: Project = field(repr=False)
    text: str | None = field(repr=False)


def head_version(category: str, document_id: DocumentId) -> DocumentVersion | None:
    """The document's open draft, else its published version; None when it has neither."""
    kind, name = document_id
    found = DocumentVersion.objects.filter(
        document__category=category,
        document__kind=kind,
        document__name=name.replace("\x00", ""),
    )
    return found.filter(_open() | Q(pk=F("document__published_id"))).order_by("-number").first()


def head_of(snapshot: Snapshot, document_id: DocumentId) -> Head | None:
    """The head as its next writer needs it."""
    version = head_version(snapshot.category, document_id)
    if version is None:
        return None
    stored = snapshot.documents.get(document_id)
    is_published = stored is not None and stored.version_id == version.pk
    project = stored.project if stored and is_published else read_mapping(version.definition)
    text = version.yaml if version.is_authored else None
    return Head(version.number, "" if is_published else version.replaces, project, text)


def open_versions(category: str) -> QuerySet[DocumentVersion]:
    """Drafts and versions in review that are their documents' newest, oldest first."""
    found = DocumentVersion.objects.filter(_open(), document__category=category)
    return found.select_related("document").order_by("id")


def open_drafts(category: str) -> Mapping[DocumentId, Project]:
    """What the category's open drafts say, by document."""
    return {
        (version.document.kind, version.document.name): read_mapping(version.definition)
        for version in open_versions(category)
    }


def _open() -> Q:
    return Q(state__in=OPEN_STATES, number=F("document__latest_number"))
