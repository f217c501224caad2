"""Who would notice if a model went: inside the registry, and in the apps above."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.conf import settings

from models_registry.dependents import dependents_of
from models_registry.graph_source import Snapshot, load_snapshot
from models_registry.models import DocumentKind
from models_registry.visibility import restricted_models
from semantic_layer.compiler import SemanticGraph
from semantic_layer.errors import Conflict
from semantic_layer.ports import Actor, Dependent, DependentsSource, UsedNames
from semantic_layer.wiring import load

SHOWN = 5


def impact_of(name: str, snapshot: Snapshot) -> list[Dependent]:
    """Everything that uses the model, by kind and name."""
    return sorted((*dependents_of(name, snapshot), *users_of(name, snapshot)))


def users_of(name: str, snapshot: Snapshot) -> list[Dependent]:
    """What uses the model outside the registry: saved and recent queries."""
    names = used_names(name, snapshot)
    sources: list[DependentsSource] = [load(path)() for path in settings.DEPENDENTS_SOURCES]
    return [found for source in sources for found in source.dependents(names)]


def used_names(name: str, snapshot: Snapshot) -> UsedNames:
    """What queries may say of the model."""
    project = snapshot.documents[DocumentKind.SEMANTIC_MODEL, name].project
    metrics = {metric.name for metric in project.metrics}
    metrics |= {m.name for m in project.models[0].measures if m.create_metric}
    return UsedNames(snapshot.category, name, frozenset(metrics), _dimensions(name, snapshot.graph))


def _dimensions(name: str, graph: SemanticGraph) -> frozenset[str]:
    info = graph.models.get(name)
    if info is None:
        return frozenset()
    return frozenset(info.local_name(dimension) for dimension in info.dimensions)


def refuse_in_use(name: str, snapshot: Snapshot, *, action: str) -> None:
    """Raise Conflict MODEL_IN_USE with everything that uses the model."""
    dependents = impact_of(name, snapshot)
    if dependents:
        raise _in_use(name, dependents, f"{action} with force=true")


def refuse_used_elsewhere(names: Iterable[str], snapshot: Snapshot) -> None:
    """Raise Conflict MODEL_IN_USE for the first of these models that something outside the
    registry uses.
    """
    for name in sorted(names):
        if users := sorted(users_of(name, snapshot)):
            raise _in_use(name, users, "import with --force")


def _in_use(name: str, dependents: Sequence[Dependent], otherwise: str) -> Conflict:
    shown = ", ".join(f"{item.kind.replace('_', ' ')} {item.name}" for item in dependents[:SHOWN])
    more = " and more" if len(dependents) > SHOWN else ""
    return Conflict(
        f"'{name}' is used by {shown}{more}; change these first, or {otherwise}.",
        code="MODEL_IN_USE",
        dependents=[item.as_dict() for item in dependents],
    )


def visible_impact(*, actor: Actor, category: str, name: str) -> Sequence[Dependent]:
    """What uses a published model, without what the caller's access rules hide."""
    actor.require("read")
    hidden = {other for other, part in restricted_models(category, actor).items() if part is None}
    found = impact_of(name, load_snapshot(category))
    return [item for item in found if item.model not in hidden]
