"""What a caller may see of a category: what a model's access rules hide is not there for them.

Who may write models reads them whole, as one must to change them; for everybody else a hidden
model or member does not exist, in lists, definitions, files and suggestions alike.
"""

from __future__ import annotations

from dataclasses import replace

from models_registry.graph_source import Snapshot, joined, load_snapshot
from models_registry.models import DocumentKind
from semantic_layer.compiler import AccessPolicy, SemanticGraph, build_graph
from semantic_layer.compiler.access import restricted
from semantic_layer.compiler.spec import Project
from semantic_layer.ports import Actor


def policy_of(actor: Actor) -> AccessPolicy:
    """Whom the access rules of models apply to; admins see everything."""
    return AccessPolicy(
        email=actor.email,
        roles=actor.roles,
        groups=frozenset(actor.groups),
        unrestricted=actor.may("admin"),
    )


def visible_graph(snapshot: Snapshot, actor: Actor) -> SemanticGraph:
    """The metrics and dimensions that the caller may ask for."""
    return restricted(snapshot.graph, policy_of(actor))


def restricted_models(category: str, actor: Actor) -> dict[str, Project | None]:
    """Models with access rules as this caller sees them: None is not at all.

    Models that are not in the result are open to everybody who may read.
    """
    if actor.may("write"):
        return {}
    snapshot = load_snapshot(category)
    graph = visible_graph(snapshot, actor)
    return {
        name: _seen(stored.project, graph)
        for (kind, name), stored in snapshot.documents.items()
        if kind == DocumentKind.SEMANTIC_MODEL and stored.project.models[0].access
    }


def visible_snapshot(category: str, actor: Actor) -> Snapshot:
    """The category without models that hide something from the caller."""
    snapshot = load_snapshot(category)
    hidden = restricted_models(category, actor)
    if not hidden:
        return snapshot
    documents = {
        (kind, name): stored
        for (kind, name), stored in snapshot.documents.items()
        if kind != DocumentKind.SEMANTIC_MODEL or name not in hidden
    }
    project = joined(stored.project for stored in documents.values())
    return replace(snapshot, documents=documents, graph=build_graph(project, snapshot.graph))


def _seen(project: Project, graph: SemanticGraph) -> Project | None:
    """The part of a model that the graph shows, without the rules; broken models are not shown."""
    written = project.models[0]
    info = graph.models.get(written.name)
    if info is None:
        return None
    entities = [entity.spec for entity in info.entities.values()]
    model = replace(
        written,
        entities=tuple(entity for entity in written.entities if entity in entities),
        dimensions=tuple(d for d in written.dimensions if d.name in info.dimensions),
        measures=tuple(m for m in written.measures if m.name in info.measures),
        access=(),
    )
    metrics = tuple(metric for metric in project.metrics if metric.name in graph.metrics)
    return replace(project, models=(model,), metrics=metrics)
