"""The metrics of a category as people look for them: listed, found, explained."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from threading import Lock
from typing import Any

from models_registry.graph_source import Snapshot, load_snapshot
from models_registry.models import DocumentKind
from models_registry.search import EntryWords, SearchIndex, SearchText, entry_words
from models_registry.summaries import owner_in, tags_of, texts_in
from models_registry.visibility import visible_graph
from semantic_layer.compiler import (
    GroupByOption,
    MetricInfo,
    SemanticGraph,
    group_by_options,
    measures_of,
)
from semantic_layer.compiler.spec import Metric, MetricType
from semantic_layer.errors import NotFound, did_you_mean
from semantic_layer.ports import Actor

# What a hit is worth by where it is: a name says most, a description mentions much.
NAME, LABEL, SYNONYM, TAG, DESCRIPTION = 1.0, 0.95, 0.9, 0.7, 0.55


@dataclass(frozen=True)
class ListedMetric:
    """A usable metric with what its document knows; times are those of the model it belongs to."""

    info: MetricInfo
    category: str
    owner: str | None
    created_at: datetime
    updated_at: datetime

    @property
    def name(self) -> str:
        return self.info.name

    @property
    def synonyms(self) -> tuple[str, ...]:
        return texts_in(self.info.spec.meta, "synonyms")

    @property
    def tags(self) -> tuple[str, ...]:
        return tags_of(self.info.spec.tags, self.info.spec.meta)

    def body(self) -> dict[str, Any]:
        info = self.info
        return {
            "id": info.name,
            "name": info.name,
            "label": info.label,
            "description": info.description,
            "type": info.type.value,
            "model_name": info.model,
            "category": self.category,
            "aggregation": info.aggregation.value if info.aggregation else None,
            "synonyms": list(self.synonyms),
            "tags": list(self.tags),
            "owner": self.owner,
            "governed": info.type is not MetricType.SQL,
            "created_at": self.created_at,
            "updated_at": self.updated_at,
        }


class MetricCatalog:
    """All metrics of one snapshot by name, hidden ones left out; the search index is built at
    first use, with what `before` knew of metrics that stayed.
    """

    def __init__(self, snapshot: Snapshot, before: MetricCatalog | None = None) -> None:
        self.snapshot = snapshot
        self._words: Mapping[str, tuple[Metric, EntryWords]] = before._words if before else {}
        self.metrics: Mapping[str, ListedMetric] = {
            metric.name: metric for metric in sorted(_listed(snapshot), key=lambda m: m.name)
        }

    @cached_property
    def index(self) -> SearchIndex[ListedMetric]:
        self._words = {metric.name: self._words_of(metric) for metric in self.metrics.values()}
        return SearchIndex(
            (metric, self._words[metric.name][1]) for metric in self.metrics.values()
        )

    def _words_of(self, metric: ListedMetric) -> tuple[Metric, EntryWords]:
        spec = metric.info.spec
        kept = self._words.get(metric.name)
        if kept is not None and kept[0] is spec:
            return kept
        return spec, entry_words(tuple(_search_texts(metric)))


_catalogs: dict[str, MetricCatalog] = {}
_building = Lock()


def metric_catalog(category: str) -> MetricCatalog:
    """The category's metrics as they are now; built once per version and process."""
    snapshot = load_snapshot(category)
    found = _catalogs.get(category)
    if found is None or found.snapshot.key != snapshot.key:
        with _building:
            found = _catalogs.get(category)
            if found is None or found.snapshot.key != snapshot.key:
                found = _catalogs[category] = MetricCatalog(snapshot, found)
    return found


def list_metrics(
    *, actor: Actor, category: str, kind: str | None = None, model: str | None = None
) -> list[ListedMetric]:
    """Metrics that the caller may ask for, by name, of one type and model where these are given."""
    catalog = metric_catalog(category)
    visible = visible_graph(catalog.snapshot, actor).metrics
    return [
        metric
        for name, metric in catalog.metrics.items()
        if name in visible and _fits(metric, kind, model)
    ]


def search_metrics(
    *,
    actor: Actor,
    category: str,
    query: str,
    kind: str | None = None,
    model: str | None = None,
) -> list[tuple[ListedMetric, float]]:
    """Visible metrics that fit the words, best first, each with its score from 0 to 1."""
    catalog = metric_catalog(category)
    visible = visible_graph(catalog.snapshot, actor).metrics
    return [
        (hit.key, hit.score)
        for hit in catalog.index.search(query)
        if hit.key.name in visible and _fits(hit.key, kind, model)
    ]


@dataclass(frozen=True)
class ExplainedMetric:
    """One metric, the graph as its reader sees it, and what it can be grouped by there."""

    metric: ListedMetric
    graph: SemanticGraph
    options: tuple[GroupByOption, ...]


def explain_metric(*, actor: Actor, category: str, name: str) -> ExplainedMetric:
    """One metric. Raises NotFound with the nearest names that the caller may see."""
    catalog = metric_catalog(category)
    graph = visible_graph(catalog.snapshot, actor)
    metric = catalog.metrics.get(name)
    if metric is None or name not in graph.metrics:
        near = did_you_mean(name[:250], set(catalog.metrics) & set(graph.metrics))
        hint = f" Did you mean {', '.join(near)}?" if near else ""
        raise NotFound(
            f"There is no metric '{name[:250]}' in {category}.{hint}",
            code="METRIC_NOT_FOUND",
            suggestions=near or None,
        )
    is_governed = metric.info.type is not MetricType.SQL
    options = group_by_options(graph, [name]) if is_governed else ()
    return ExplainedMetric(metric, graph, options)


@dataclass(frozen=True)
class MetricSources:
    """Everything a metric is made of, each kind by name."""

    metrics: tuple[str, ...]
    measures: tuple[str, ...]
    models: tuple[str, ...]
    tables: tuple[str, ...]


def sources_of(info: MetricInfo, graph: SemanticGraph) -> MetricSources:
    """What the metric's number comes from, through all metrics it is made of."""
    metrics: set[str] = set()
    open_names = [info.name]
    while open_names:
        for item in graph.metrics[open_names.pop()].inputs:
            if item.metric is not None and item.metric not in metrics:
                metrics.add(item.metric)
                open_names.append(item.metric)
    measures = {measure.name for measure in measures_of(graph, info)}
    models = sorted(info.models)
    tables = {".".join(graph.models[name].table) for name in models}
    return MetricSources(
        tuple(sorted(metrics)), tuple(sorted(measures)), tuple(models), tuple(sorted(tables))
    )


def _fits(metric: ListedMetric, kind: str | None, model: str | None) -> bool:
    info = metric.info
    return (kind is None or info.type.value == kind) and (model is None or info.model == model)


def _listed(snapshot: Snapshot) -> Iterator[ListedMetric]:
    for info in snapshot.graph.metrics.values():
        stored = snapshot.documents.get((DocumentKind.SEMANTIC_MODEL.value, info.model or ""))
        if stored is None or info.spec.hidden:
            continue
        owner = owner_in(info.spec.meta) or stored.owner or None
        yield ListedMetric(info, snapshot.category, owner, stored.created_at, stored.updated_at)


def _search_texts(metric: ListedMetric) -> Iterator[SearchText]:
    yield SearchText(metric.name, NAME, is_title=True)
    yield SearchText(metric.info.label or "", LABEL, is_title=True)
    for synonym in metric.synonyms:
        yield SearchText(synonym, SYNONYM, is_title=True)
    for tag in metric.tags:
        yield SearchText(tag, TAG)
    yield SearchText(metric.info.description or "", DESCRIPTION)
