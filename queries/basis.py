"""The models that a metric query is asked of: a category as published, a draft, or old versions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from models_registry.documents import CONFIGURATION_NAME, DocumentId
from models_registry.graph_source import Snapshot
from models_registry.models import DocumentKind
from semantic_layer.compiler import CompiledQuery, MetricInfo, MetricQuery, SemanticGraph
from semantic_layer.compiler.query_spec import MetricRef, Predicate

UNPUBLISHED = "unpublished"


class Numbered(Protocol):
    """A version of a document; only its number matters here."""

    @property
    def number(self) -> int: ...


@dataclass(frozen=True)
class Basis:
    """A graph, and which versions of which documents it was built of. `key` differs between any
    two contents of a category; relative times count from `moment` (None: now).
    """

    category: str
    key: str
    graph: SemanticGraph = field(repr=False)
    documents: Mapping[DocumentId, Numbered] = field(default_factory=dict, repr=False)
    moment: datetime | None = None

    @classmethod
    def of(cls, snapshot: Snapshot) -> Basis:
        return cls(snapshot.category, snapshot.key, snapshot.graph, snapshot.documents)

    @classmethod
    def unpublished(cls, category: str, graph: SemanticGraph) -> Basis:
        """A graph that no version stands behind yet, such as a draft's."""
        return cls(category, UNPUBLISHED, graph)

    def models_of(self, query: MetricQuery, compiled: CompiledQuery) -> dict[str, int | None]:
        """The models behind an answer and the version of each: those that were read, and those
        that its metrics, their inputs and the metrics in conditions are written in.
        """
        metrics = {*compiled.metrics, *_metrics_in(query.where)}
        names = {*compiled.models, *self._owners(metrics)}
        return {name: self._number(DocumentKind.SEMANTIC_MODEL, name) for name in sorted(names)}

    @property
    def configuration(self) -> int | None:
        """Version of the project configuration; None where there is none."""
        return self._number(DocumentKind.PROJECT_CONFIGURATION, CONFIGURATION_NAME)

    def _number(self, kind: DocumentKind, name: str) -> int | None:
        stored = self.documents.get((kind.value, name))
        return stored.number if stored is not None else None

    def _owners(self, metrics: set[str]) -> set[str]:
        """Models of these metrics and of all that they are made of."""
        found: set[str] = set()
        waiting, seen = sorted(metrics), set(metrics)
        while waiting:
            info = self.graph.metrics.get(waiting.pop())
            if info is None:
                continue
            if info.model:
                found.add(info.model)
            inner = _metrics_of(info) - seen
            seen |= inner
            waiting.extend(inner)
        return found


def _metrics_of(info: MetricInfo) -> set[str]:
    """The metrics that a metric is made of: its inputs, and those in conditions."""
    inputs = {item.metric for item in info.inputs if item.metric}
    filters = (*info.filters, *(part for item in info.inputs for part in item.filters))
    return inputs | _metrics_in(filters)


def _metrics_in(conditions: Iterable[Predicate]) -> set[str]:
    return {ref.name for part in conditions for ref in part.refs if isinstance(ref, MetricRef)}
