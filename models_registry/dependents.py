"""What stops working when a model goes. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from models_registry.documents import inputs_of
from models_registry.graph_source import Snapshot
from models_registry.models import DocumentKind
from semantic_layer.compiler.spec import EntityType, Project, SemanticModel
from semantic_layer.ports import Dependent

_JOINED_TO = frozenset((EntityType.PRIMARY, EntityType.UNIQUE, EntityType.NATURAL))


def dependents_of(name: str, snapshot: Snapshot) -> list[Dependent]:
    """Metrics made of the model's metrics and measures, models joined to it, saved queries;
    sorted.
    """
    gone = snapshot.documents[(DocumentKind.SEMANTIC_MODEL, name)].project
    rest = snapshot.project_with({(DocumentKind.SEMANTIC_MODEL, name): None})
    members = _members(gone)
    found = [*_metrics_using(members, rest), *_queries_using(members, rest)]
    found.extend(_models_joined(gone, rest))
    return sorted(found)


def _members(project: Project) -> frozenset[str]:
    measures = (measure.name for model in project.models for measure in model.measures)
    return frozenset((*measures, *(metric.name for metric in project.metrics)))


def _metrics_using(members: frozenset[str], rest: Project) -> Iterator[Dependent]:
    for metric in rest.metrics:
        used = {item.name for item in inputs_of(metric)} & members
        if used:
            yield Dependent("metric", metric.name, metric.model, tuple(sorted(used)))


def _queries_using(members: frozenset[str], rest: Project) -> Iterator[Dependent]:
    for query in rest.saved_queries:
        used = set(query.metrics) & members
        if used:
            yield Dependent("saved_query", query.name, None, tuple(sorted(used)))


def _models_joined(gone: Project, rest: Project) -> Iterator[Dependent]:
    """Models with a foreign entity that only the model that goes owns."""
    owned = _owned(gone.models) - _owned(rest.models)
    for model in rest.models:
        names = {
            name
            for entity in model.entities
            if entity.type is EntityType.FOREIGN
            for name in (entity.name, entity.role)
            if name is not None
        }
        if used := names & owned:
            yield Dependent("model", model.name, model.name, tuple(sorted(used)))


def _owned(models: Iterable[SemanticModel]) -> frozenset[str]:
    """Entity names that others join to."""
    return frozenset(
        name
        for model in models
        for name in (
            model.primary_entity,
            *(entity.name for entity in model.entities if entity.type in _JOINED_TO),
        )
        if name is not None
    )
