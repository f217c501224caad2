"""Checks that need the whole graph: do the names in filters, inputs and saved queries mean
something?"""

from __future__ import annotations

from collections.abc import Iterator, Set
from dataclasses import replace
from typing import TYPE_CHECKING

from semantic_layer.compiler.building import IssueList
from semantic_layer.compiler.infos import InputInfo, MetricInfo, ModelInfo
from semantic_layer.compiler.names import METRIC_TIME, SEPARATOR
from semantic_layer.compiler.paths import resolve
from semantic_layer.compiler.query_spec import FieldRef, MetricRef, Predicate
from semantic_layer.compiler.spec import Filter, Grain, MetricType, Position, Window
from semantic_layer.errors import Issue, QueryError, did_you_mean

if TYPE_CHECKING:
    from semantic_layer.compiler.graph import SemanticGraph

_STANDARD = frozenset(Grain)


def settle_grain(ref: FieldRef, graph: SemanticGraph) -> FieldRef:
    """Take a custom grain out of the name: `metric_time__fiscal_week` once the project has fiscal
    weeks."""
    if ref.grain is not None or ref.date_part is not None or not graph.custom_grains:
        return ref
    head, _, tail = ref.name.rpartition(SEPARATOR)
    if head and tail in graph.custom_grains:
        return replace(ref, name=head, grain=tail)
    return ref


def check_references(
    graph: SemanticGraph, *, known_good: Set[str] = frozenset()
) -> tuple[dict[str, MetricInfo], list[Issue]]:
    """The metrics whose filters and grains name only what exists, and the problems of the others.

    `known_good` are metrics that need no second look.
    """
    found = IssueList()
    usable: dict[str, MetricInfo] = {}
    broken: set[str] = set()
    for info in graph.metrics.values():
        if info.name in known_good:
            continue
        before = len(found.issues)
        _check_grains(graph, info, found)
        for models, predicate, at in _conditions(graph, info):
            _check_predicate(graph, models, predicate, at or info.spec.at, found)
        if len(found.issues) > before:
            broken.add(info.name)
    _spread(graph, broken, found)
    for info in graph.metrics.values():
        if info.name not in broken:
            usable[info.name] = info
    _check_saved_queries(graph, usable, found)
    return usable, found.issues


def _check_grains(graph: SemanticGraph, info: MetricInfo, found: IssueList) -> None:
    """Grains that are no standard ones must be custom granularities of the project."""
    for name, at in _grains(info):
        if name in _STANDARD or name in graph.custom_grains:
            continue
        near = did_you_mean(name, (*Grain, *graph.custom_grains))
        found.add(
            at or info.spec.at,
            f"metrics.{info.name}",
            "UNKNOWN_GRAIN",
            f"'{name}' is no grain of time, and no time spine of the project has it as a custom "
            f"granularity." + (f" Did you mean {near[0]}?" if near else ""),
        )


def _grains(info: MetricInfo) -> Iterator[tuple[str, Position | None]]:
    """The grains a metric names, with their places."""
    for item in info.inputs:
        offset, to_grain = item.spec.offset_window, item.spec.offset_to_grain
        yield from ((name, item.spec.at) for name in _named(offset, to_grain))
    cumulative, conversion = info.spec.cumulative, info.spec.conversion
    if cumulative is not None:
        yield from ((n, None) for n in _named(cumulative.window, cumulative.grain_to_date))
    if conversion is not None:
        yield from ((n, None) for n in _named(conversion.window, None))


def _named(window: Window | None, grain: str | None) -> Iterator[str]:
    if window is not None:
        yield window.grain
    if grain is not None:
        yield grain


Condition = tuple[tuple[str, ...], Predicate, Position | None]


def _conditions(graph: SemanticGraph, info: MetricInfo) -> Iterator[Condition]:
    """Each filter of the metric with the models it binds: an input's own binds that input alone."""
    # The filter of a conversion metric is about its base events only.
    models = info.models[:1] if info.type is MetricType.CONVERSION else info.models
    yield from _with_places(models, info.filters, info.spec.filter)
    for item in info.inputs:
        yield from _with_places(_models_of(graph, item), item.filters, item.spec.filter)


def _models_of(graph: SemanticGraph, item: InputInfo) -> tuple[str, ...]:
    if item.measure is not None:
        return (item.measure.model,)
    found = graph.metrics.get(item.metric or "")
    return found.models if found is not None else ()


def _with_places(
    models: tuple[str, ...], predicates: tuple[Predicate, ...], filters: tuple[Filter, ...]
) -> Iterator[Condition]:
    for predicate, written in zip(predicates, filters, strict=True):
        yield models, predicate, written.at


def _check_predicate(
    graph: SemanticGraph,
    models: tuple[str, ...],
    predicate: Predicate,
    at: Position | None,
    found: IssueList,
) -> None:
    for ref in predicate.refs:
        for name in models:
            try:
                check_ref(graph, graph.models[name], ref)
            except QueryError as error:
                place = at.named_in(error.message) if at else None
                found.add(place, predicate.path, error.code, error.message)
                break


def check_ref(graph: SemanticGraph, model: ModelInfo, ref: FieldRef | MetricRef) -> None:
    """Raise QueryError unless the reference means something from the model."""
    if isinstance(ref, MetricRef):
        if ref.name not in graph.metrics:
            near = did_you_mean(ref.name, graph.metrics)
            hint = f" Did you mean {near[0]}?" if near else ""
            raise QueryError(
                f"There is no metric '{ref.name}'.{hint}", code="UNKNOWN_METRIC", path=ref.path
            )
        return
    settled = settle_grain(ref, graph)
    if settled.name != METRIC_TIME:
        resolve(graph, model, settled.name, ref.path)


def _spread(graph: SemanticGraph, broken: set[str], found: IssueList) -> None:
    """What is made of a broken metric is broken as well."""
    if not broken:
        return
    growing = True
    while growing:
        growing = False
        for info in graph.metrics.values():
            bad = next((i.metric for i in info.inputs if i.metric in broken), None)
            if bad is not None and info.name not in broken:
                broken.add(info.name)
                growing = True
                found.add(
                    info.spec.at,
                    f"metrics.{info.name}",
                    "BROKEN_INPUT",
                    f"'{info.name}' is left out: its input '{bad}' has a problem of its own.",
                )


def _check_saved_queries(
    graph: SemanticGraph, usable: dict[str, MetricInfo], found: IssueList
) -> None:
    for saved in graph.project.saved_queries:
        for name in saved.metrics:
            if name not in usable:
                near = did_you_mean(name, usable)
                found.add(
                    saved.at,
                    f"saved_queries.{saved.name}",
                    "UNKNOWN_METRIC",
                    f"The saved query '{saved.name}' asks for '{name}', which does not exist or "
                    f"is broken." + (f" Did you mean {near[0]}?" if near else ""),
                )


def is_governed(info: MetricInfo) -> bool:
    """Whether the metric has meaning beyond its own SQL text."""
    return info.type is not MetricType.SQL
