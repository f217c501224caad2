"""What a set of metrics can be grouped by: for pickers, autocomplete and the metric's own page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from semantic_layer.compiler.access import restricted
from semantic_layer.compiler.graph import SemanticGraph
from semantic_layer.compiler.infos import MeasureInfo, Member, MetricInfo
from semantic_layer.compiler.names import METRIC_TIME
from semantic_layer.compiler.paths import reachable
from semantic_layer.compiler.planner import find_metric
from semantic_layer.compiler.query_spec import AccessPolicy
from semantic_layer.compiler.spec import DimensionType, Grain


@dataclass(frozen=True)
class GroupByOption:
    """One name to group by. `grains` and `date_parts` are empty except for times; `model` is where
    it lives."""

    name: str
    kind: str
    grains: tuple[str, ...] = ()
    default_grain: str | None = None
    label: str | None = None
    description: str | None = None
    model: str | None = None


def group_by_options(
    graph: SemanticGraph, metrics: Sequence[str], policy: AccessPolicy | None = None
) -> tuple[GroupByOption, ...]:
    """The names all the metrics share, metric_time first, then nearest first. Raises QueryError.

    With no metrics: every name of every model.
    """
    graph = restricted(graph, policy)
    infos = [find_metric(graph, name, f"metrics[{n}]") for n, name in enumerate(metrics)]
    models = list(dict.fromkeys(m for info in infos for m in info.models)) or list(graph.models)
    views = [reachable(graph, graph.models[name]) for name in models]
    merged: dict[str, Member] = {}
    for view in views:
        for name, member in view.items():
            merged.setdefault(name, member)
    shared = [n for n in merged if not metrics or all(n in view for view in views)]
    found = [_option(graph, name, [v[name] for v in views if name in v]) for name in shared]
    time = _metric_time(graph, infos) if infos else None
    return (time, *found) if time else tuple(found)


def measures_of(graph: SemanticGraph, info: MetricInfo) -> list[MeasureInfo]:
    """The measures a metric is made of, each once."""
    found: dict[str, MeasureInfo] = {}
    for item in info.inputs:
        if item.measure is not None:
            found.setdefault(item.measure.name, item.measure)
        elif item.metric is not None:
            for measure in measures_of(graph, graph.metrics[item.metric]):
                found.setdefault(measure.name, measure)
    return list(found.values())


def _metric_time(graph: SemanticGraph, infos: list[MetricInfo]) -> GroupByOption | None:
    measures = [m for info in infos for m in measures_of(graph, info)]
    if not measures or any(m.time_dimension is None for m in measures):
        return None
    own = [graph.models[m.model].dimensions[m.time_dimension or ""].grain for m in measures]
    finest = max((g for g in own if g is not None), key=lambda g: g.rank)
    return GroupByOption(
        METRIC_TIME,
        "time",
        _grains(graph, finest),
        max(Grain.DAY, finest, key=lambda g: g.rank).value,
        "Metric time",
        "The time of each metric's own events.",
    )


def _grains(graph: SemanticGraph, finest: Grain) -> tuple[str, ...]:
    standard = [g.value for g in Grain if g.rank >= finest.rank]
    custom = [] if finest.rank > Grain.DAY.rank else list(graph.custom_grains)
    return (*standard, *custom)


def _option(graph: SemanticGraph, name: str, members: list[Member]) -> GroupByOption:
    member = members[0]
    spec = (
        member.dimension.spec if member.dimension else member.entity.spec if member.entity else None
    )
    label, description = (spec.label, spec.description) if spec else (None, None)
    if member.dimension is None:
        return GroupByOption(name, "entity", (), None, label, description, member.model.name)
    if member.dimension.type is not DimensionType.TIME:
        return GroupByOption(name, "categorical", (), None, label, description, member.model.name)
    own = [m.dimension.grain for m in members if m.dimension and m.dimension.grain]
    finest = max(own, key=lambda g: g.rank)
    return GroupByOption(
        name, "time", _grains(graph, finest), finest.value, label, description, member.model.name
    )
