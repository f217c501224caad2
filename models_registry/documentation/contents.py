"""What a model's documentation says: gathered once, whatever it is written as."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from models_registry.documentation.drawing import entity_diagram
from models_registry.documentation.examples import Example, Examples
from models_registry.documentation.formulas import filters_of, formula_of
from models_registry.graph_source import Snapshot, load_snapshot
from models_registry.models import Document, DocumentVersion
from models_registry.selectors import visible_model
from models_registry.summaries import owner_in, tags_of, texts_in
from models_registry.visibility import visible_graph
from semantic_layer import wiring
from semantic_layer.compiler import MetricInfo, ModelInfo, SemanticGraph
from semantic_layer.errors import InvalidInput
from semantic_layer.ports import Actor, Diagram, LineageDrawing, ModelLineage

HISTORY = 20


@dataclass(frozen=True)
class Member:
    """An entity, dimension or measure in a line."""

    name: str
    type: str
    expression: str
    label: str = ""
    description: str = ""


@dataclass(frozen=True)
class MetricText:
    """A metric with its meaning, how it is computed, and an answer."""

    name: str
    label: str
    type: str
    description: str
    owner: str
    formula: str
    filters: tuple[str, ...] = ()
    synonyms: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    example: Example = field(default_factory=Example)


@dataclass(frozen=True)
class Change:
    """A version in the model's history."""

    number: int
    state: str
    author: str
    at: datetime
    message: str


@dataclass(frozen=True)
class Contents:
    """Everything that templates may show. `is_shared`: nothing in it is kept from anybody."""

    name: str
    label: str
    description: str
    category: str
    table: str
    owner: str
    tags: tuple[str, ...]
    version: int
    definition_hash: str
    author: str
    generated_at: datetime
    generated_by: str
    entities: tuple[Member, ...]
    dimensions: tuple[Member, ...]
    measures: tuple[Member, ...]
    metrics: tuple[MetricText, ...]
    neighbours: tuple[tuple[str, str, bool], ...]
    diagram: Diagram
    history: tuple[Change, ...]
    lineage: LineageDrawing | None
    is_shared: bool


@dataclass(frozen=True)
class _Reader:
    """With whose eyes the model is read."""

    actor: Actor
    snapshot: Snapshot
    graph: SemanticGraph
    is_shared: bool


def gather(
    *,
    actor: Actor,
    category: str,
    name: str,
    include_lineage: bool = True,
    seconds: float = 30.0,
    for_everybody: bool = False,
) -> Contents:
    """The model as its readers see it: everybody, where its access rules and the warehouse allow
    that (or where it is meant `for_everybody`, who then get the part they may see), else the actor
    alone.

    Runs an example query per metric, as the actor, for about `seconds` in all. Raises NotFound for
    a model the actor does not see, InvalidInput for one that is broken or kept from everybody.
    """
    document, version, _ = visible_model(category, name, actor)
    reader = _reader(actor, load_snapshot(category), document.name, for_everybody)
    info = reader.graph.models.get(document.name)
    if info is None:
        raise InvalidInput(
            f"'{document.name}' has problems of its own, or access rules keep it from its readers.",
            code="MODEL_NOT_READABLE",
        )
    neighbours = tuple(sorted(_neighbours(info, reader.graph)))
    examples = Examples(actor, reader.graph, category, seconds=seconds)
    spec = info.spec
    return Contents(
        name=document.name,
        label=spec.label or document.name,
        description=spec.description or "",
        category=category,
        table=".".join(info.table),
        owner=owner_in(spec.meta),
        tags=tags_of(spec.tags, spec.meta),
        version=version.number,
        definition_hash=version.definition_hash,
        author=version.author_email,
        generated_at=timezone.now(),
        generated_by=actor.email,
        **_members(info),
        metrics=tuple(_metric(m, reader.graph, examples) for m in _own(document.name, reader)),
        neighbours=neighbours,
        diagram=entity_diagram(document.name, ".".join(info.table), neighbours),
        history=_history(document, is_hidden=spec.access != () and reader.is_shared),
        lineage=_lineage(reader, category, document.name) if include_lineage else None,
        is_shared=reader.is_shared,
    )


def _reader(actor: Actor, snapshot: Snapshot, name: str, for_everybody: bool) -> _Reader:
    """Everybody's eyes where that hides nothing of the model; at a workspace each has their own."""
    everybody = replace(
        actor,
        user_id=str(UUID(int=0)),
        email="",
        roles=frozenset(),
        groups=(),
        permissions=frozenset({"read"}),
        data_scope="documentation",
    )
    graph = visible_graph(snapshot, everybody)
    model = snapshot.graph.models.get(name)
    per_person = wiring.at_workspace() or wiring.has_sql_warehouse()
    is_open = model is not None and name in graph.models and not model.spec.access
    if for_everybody or (is_open and not per_person):
        return _Reader(everybody, snapshot, graph, is_shared=True)
    return _Reader(actor, snapshot, visible_graph(snapshot, actor), is_shared=False)


def _own(name: str, reader: _Reader) -> Iterator[MetricInfo]:
    for info in reader.graph.metrics.values():
        if info.model == name and not info.spec.hidden:
            yield info


def _members(info: ModelInfo) -> Mapping[str, Any]:
    return {
        "entities": tuple(
            Member(address, e.type.value, e.spec.expr or e.spec.name, e.spec.label or "",
                   e.spec.description or "")
            for address, e in info.entities.items()
        ),
        "dimensions": tuple(
            Member(name, d.grain.value if d.grain else d.type.value, d.spec.expr or name,
                   d.spec.label or "", d.spec.description or "")
            for name, d in info.dimensions.items()
        ),
        "measures": tuple(
            Member(name, m.agg.value, m.spec.expr or name, m.spec.label or "",
                   m.spec.description or "")
            for name, m in info.measures.items()
        ),
    }  # fmt: skip


def _metric(info: MetricInfo, graph: SemanticGraph, examples: Examples) -> MetricText:
    spec = info.spec
    return MetricText(
        name=info.name,
        label=info.label or info.name,
        type=info.type.value,
        description=info.description or "",
        owner=owner_in(spec.meta),
        formula=formula_of(info, graph),
        filters=filters_of(spec.filter),
        synonyms=texts_in(spec.meta, "synonyms"),
        tags=tags_of(spec.tags, spec.meta),
        example=examples.of(info),
    )


def _neighbours(info: ModelInfo, graph: SemanticGraph) -> Iterable[tuple[str, str, bool]]:
    """Other models that this one joins to (True) or that join to it (False), by which entity."""
    found: set[tuple[str, str, bool]] = set()
    for entity in info.entities.values():
        if not entity.owned:
            others = graph.owners.get(entity.key, ())
            found |= {(m.name, entity.address, True) for m in others if m.name != info.name}
            continue
        for other in graph.holders.get(entity.key, ()):
            joining = (e for e in other.entities.values() if e.key == entity.key and not e.owned)
            if other.name != info.name:
                found |= {(other.name, e.address, False) for e in joining}
    return found


def _history(document: Document, *, is_hidden: bool) -> tuple[Change, ...]:
    """The newest versions; a history is told whole or not at all."""
    if is_hidden:
        return ()
    versions = DocumentVersion.objects.filter(document=document).defer("yaml", "definition")
    return tuple(
        Change(v.number, v.get_state_display(), v.author_email, v.created_at, v.message)
        for v in versions.order_by("-number")[:HISTORY]
    )


def _lineage(reader: _Reader, category: str, name: str) -> LineageDrawing:
    source: ModelLineage = wiring.load(settings.MODEL_LINEAGE)()
    return source.of_model(reader.actor, category, name)
