"""Published documents of a category as one graph, kept in the process and never out of date.

A snapshot is keyed by the category's version and stamp, which are read with every use: a write of
any process is seen at the next use. Only documents that changed are read again.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock
from typing import Any
from uuid import UUID, uuid4

from django.db import connection

from models_registry.documents import DocumentId
from models_registry.models import Category, CategoryState, Document, DocumentVersion
from semantic_layer.compiler import (
    AccessPolicy,
    Project,
    SemanticGraph,
    build_graph,
    read_mapping,
)
from semantic_layer.compiler.access import restricted
from semantic_layer.errors import Unavailable
from semantic_layer.ports import MetricSummary

_NEVER_WRITTEN = UUID(int=0)
_READ_TRIES = 20
_STATE = "SELECT version, stamp FROM models_registry_categorystate WHERE category = %s"
CACHE_TTL_S = 30 * 60


@dataclass(frozen=True)
class Stored:
    """A published document as read from the database."""

    document_id: int
    version_id: int
    number: int
    definition_hash: str
    owner: str
    created_at: datetime
    updated_at: datetime
    project: Project = field(repr=False)


@dataclass(frozen=True)
class Snapshot:
    """A category at one version. `documents` are in order of kind and name; `loaded_at` is
    monotonic seconds.
    """

    category: str
    version: int
    stamp: UUID
    documents: Mapping[DocumentId, Stored] = field(repr=False)
    graph: SemanticGraph = field(repr=False)
    loaded_at: float = field(compare=False, default=0.0)

    @property
    def key(self) -> str:
        """Differs between any two contents of the category: for caches and indexes built of it."""
        return f"{self.version}-{self.stamp.hex[:12]}"

    def project_with(self, changed: Mapping[DocumentId, Project | None]) -> Project:
        """The category's project if these documents were so (None: gone).

        They come last, so that of two things with one name the changed one is told to be the
        second.
        """
        kept = (stored.project for key, stored in self.documents.items() if key not in changed)
        return joined((*kept, *(project for project in changed.values() if project is not None)))


EMPTY = Snapshot("", 0, _NEVER_WRITTEN, {}, build_graph(Project()))
"""A category without documents: what files are validated against when they stand alone."""


def joined(projects: Iterable[Project]) -> Project:
    """One project of many, in the order given."""
    present = tuple(projects)
    return Project(
        models=tuple(model for project in present for model in project.models),
        metrics=tuple(metric for project in present for metric in project.metrics),
        saved_queries=tuple(query for project in present for query in project.saved_queries),
        configurations=tuple(part for project in present for part in project.configurations),
        issues=tuple(issue for project in present for issue in project.issues),
        broken_models=frozenset().union(*(project.broken_models for project in present)),
        broken_metrics=frozenset().union(*(project.broken_metrics for project in present)),
    )


class _Cache:
    """The newest snapshot per category of this process; one builder per category at a time."""

    def __init__(self) -> None:
        self._snapshots: dict[str, Snapshot] = {}
        self._building = {category: Lock() for category in Category.values}

    def get(self, category: str) -> Snapshot:
        """The category as it is now; costs one small query while nothing changed."""
        found = self._fresh(category)
        if found is not None:
            return found
        with self._building[category]:
            found = self._fresh(category)
            if found is None:
                found = _read(category, self._snapshots.get(category))
                self._snapshots[category] = found
            return found

    def put(self, snapshot: Snapshot) -> None:
        """Keep what a writer of this process has just committed, so that nobody builds it again."""
        self._snapshots[snapshot.category] = snapshot

    def clear(self) -> None:
        self._snapshots.clear()

    def _fresh(self, category: str) -> Snapshot | None:
        kept = self._snapshots.get(category)
        if kept is None or time.monotonic() - kept.loaded_at > CACHE_TTL_S:
            return None
        return kept if kept.stamp == _state_of(category)[1] else None


_cache = _Cache()


def load_snapshot(category: str) -> Snapshot:
    """All that is published in the category now. Raises Unavailable when it changes faster than
    it is read.
    """
    return _cache.get(category)


def load_graph(category: str) -> SemanticGraph:
    """The graph of the category's published models; what is broken is in `graph.issues`, the rest
    answers.
    """
    return load_snapshot(category).graph


def keep_snapshot(snapshot: Snapshot) -> None:
    """Cache a snapshot that has been committed."""
    _cache.put(snapshot)


def forget_snapshots() -> None:
    """Drop every cached snapshot of this process."""
    _cache.clear()


def forget_everywhere() -> int:
    """Have every process read the categories again at its next use; how many there are.

    What was read of versions that are still published is taken over: versions never change.
    """
    forget_snapshots()
    categories = list(CategoryState.objects.values_list("pk", flat=True))
    for category in categories:
        CategoryState.objects.filter(pk=category).update(stamp=uuid4())
    return len(categories)


def _state_of(category: str) -> tuple[int, UUID]:
    """Version and stamp of the category now.

    Every query of every process asks this: the ORM would take longer to write the statement than
    PostgreSQL to answer it.
    """
    with connection.cursor() as cursor:
        cursor.execute(_STATE, [category])
        row = cursor.fetchone()
    return row if row is not None else (0, _NEVER_WRITTEN)


def _read(category: str, before: Snapshot | None) -> Snapshot:
    """Read the category, taking over from `before` what did not change.

    The state is read before and after: each statement sees its own moment, and a snapshot must not
    carry the stamp of one moment with the documents of another.
    """
    for _ in range(_READ_TRIES):
        version, stamp = _state_of(category)
        documents = _read_documents(category, before)
        if _state_of(category)[1] == stamp:
            project = joined(stored.project for stored in documents.values())
            graph = build_graph(project, before.graph if before is not None else None)
            return Snapshot(category, version, stamp, documents, graph, time.monotonic())
    raise Unavailable(
        f"The models of {category} are being written too often to be read; try again."
    )


def _read_documents(category: str, before: Snapshot | None) -> dict[DocumentId, Stored]:
    rows = list(
        Document.objects.filter(category=category, published__isnull=False)
        .order_by("kind", "name")
        .values(
            "kind", "name", "id", "created_at", "updated_at", "published_id",
            "published__number", "published__definition_hash", "published__owner",
        )
    )  # fmt: skip
    known = {
        (stored.version_id, stored.definition_hash): stored.project
        for stored in (before.documents.values() if before is not None else ())
    }
    missing = [
        row["published_id"]
        for row in rows
        if (row["published_id"], row["published__definition_hash"]) not in known
    ]
    definitions = dict(
        DocumentVersion.objects.filter(pk__in=missing).values_list("pk", "definition")
    )
    return {(row["kind"], row["name"]): _stored(row, known, definitions) for row in rows}


def _stored(
    row: Mapping[str, Any],
    known: Mapping[tuple[int, str], Project],
    definitions: Mapping[int, Mapping[str, Any]],
) -> Stored:
    version_id, digest = row["published_id"], row["published__definition_hash"]
    project = known.get((version_id, digest))
    return Stored(
        document_id=row["id"],
        version_id=version_id,
        number=row["published__number"],
        definition_hash=digest,
        owner=row["published__owner"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        project=read_mapping(definitions[version_id]) if project is None else project,
    )


class RegistrySuggestions:
    """SuggestionSource: names of metrics and dimensions for the catalog's autocomplete."""

    def suggestions(self, category: str) -> tuple[str, Iterable[MetricSummary]]:
        snapshot = load_snapshot(category)
        return snapshot.key, _names(snapshot.graph)


def _names(graph: SemanticGraph) -> Iterator[MetricSummary]:
    """Nothing is done before the first is taken: who types asks often and knows the version."""
    # One list serves everybody: what access rules keep from anybody is not suggested.
    visible = restricted(graph, AccessPolicy())
    yield from _metric_names(visible)
    yield from _dimension_names(visible)


def _metric_names(graph: SemanticGraph) -> Iterable[MetricSummary]:
    for info in graph.metrics.values():
        if not info.spec.hidden:
            yield MetricSummary(info.name, "metric", info.label, info.description, info.model or "")


def _dimension_names(graph: SemanticGraph) -> Iterable[MetricSummary]:
    """Dimensions under the names that queries of their own model say: `flight__carrier`."""
    for model in graph.models.values():
        for dimension in model.dimensions.values():
            yield MetricSummary(
                model.local_name(dimension.name),
                "dimension",
                dimension.spec.label,
                dimension.spec.description,
                model.name,
            )
