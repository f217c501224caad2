"""What is wrong with published documents: found when the graph is built, told with its place.

Publishing refuses broken models; they come about when another model is deleted by force, or when a
newer release of the service is stricter.
"""

from __future__ import annotations

from dataclasses import dataclass

from models_registry.documents import DocumentId, with_owners
from models_registry.graph_source import Snapshot, load_snapshot
from models_registry.models import Category
from semantic_layer.compiler import Project, Source, build_graph, read_documents
from semantic_layer.errors import Issue


@dataclass(frozen=True)
class CategoryHealth:
    """How a category is doing; `broken` are documents with errors, all others answer."""

    category: str
    version: int
    documents: int
    broken: tuple[str, ...]


def registry_health() -> list[CategoryHealth]:
    """Every category, for health and the admin's front page."""
    return [_health_of(load_snapshot(category)) for category in Category.values]


def issues_of(document_id: DocumentId, yaml: str, snapshot: Snapshot) -> list[Issue]:
    """The category's issues that lie in this document, with the lines of its published YAML."""
    stored = snapshot.documents.get(document_id)
    if stored is None or not _lying_in(stored.project, snapshot.graph.issues):
        return []
    others = snapshot.project_with({document_id: None})
    written, _ = with_owners(read_documents([Source(yaml)]), others)
    graph = build_graph(snapshot.project_with({document_id: written}), snapshot.graph)
    return sorted(_lying_in(stored.project, graph.issues))


def _health_of(snapshot: Snapshot) -> CategoryHealth:
    errors = [issue for issue in snapshot.graph.issues if issue.severity == "error"]
    broken = (
        name
        for (_, name), stored in snapshot.documents.items()
        if errors and _lying_in(stored.project, errors)
    )
    return CategoryHealth(
        snapshot.category, snapshot.version, len(snapshot.documents), tuple(broken)
    )


def _lying_in(project: Project, issues: tuple[Issue, ...] | list[Issue]) -> list[Issue]:
    """Issues whose path begins with something of the project: `metrics.revenue.filter`."""
    own = {f"semantic_models.{model.name}" for model in project.models}
    own |= {f"metrics.{metric.name}" for metric in project.metrics}
    own |= {f"saved_queries.{query.name}" for query in project.saved_queries}
    return [issue for issue in issues if ".".join(issue.path.split(".")[:2]) in own]
