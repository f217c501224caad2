"""Names that are in use already."""

from __future__ import annotations

from collections.abc import Iterable

from models_registry.documents import CONFIGURATION_NAME, DocumentId
from models_registry.graph_source import Snapshot
from models_registry.heads import open_drafts
from models_registry.models import DocumentKind
from semantic_layer.compiler import Project
from semantic_layer.errors import Conflict

CONFIGURATION: DocumentId = (DocumentKind.PROJECT_CONFIGURATION.value, CONFIGURATION_NAME)


def refuse_taken(project: Project, models: Iterable[str], snapshot: Snapshot, *, hint: str) -> None:
    """Raise Conflict NAME_TAKEN when something that `project` names exists; `models` are its
    models' names, of broken ones too.

    New metrics of models that exist take nobody's place. The project configuration has no name of
    its own.
    """
    drafts = open_drafts(snapshot.category)
    named = {(DocumentKind.SEMANTIC_MODEL.value, name) for name in models}
    named |= {(DocumentKind.SAVED_QUERY.value, query.name) for query in project.saved_queries}
    taken = sorted(named & {*snapshot.documents, *drafts})
    if taken:
        shown = ", ".join(f"a {kind.replace('_', ' ')} '{name}'" for kind, name in taken[:5])
        raise Conflict(
            f"{snapshot.category} has {shown}{' and more' if len(taken) > 5 else ''} already"
            f"{hint}.",
            code="NAME_TAKEN",
            taken=[{"kind": kind, "name": name} for kind, name in taken],
        )
    existing = [stored.project for stored in snapshot.documents.values()]
    metrics = {metric.name for part in (*existing, *drafts.values()) for metric in part.metrics}
    held = sorted(metrics & {m.name for m in project.metrics if m.model is None})
    if held:
        raise Conflict(f"{snapshot.category} has a metric '{held[0]}' already.", code="NAME_TAKEN")
