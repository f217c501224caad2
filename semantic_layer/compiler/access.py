"""A graph as one caller may see it: what is hidden is not there, in names, joins, suggestions and
errors alike.

The first access rule of a model makes it deny by default. Rules that match the caller are ORed:
the members of any of them are visible, the rows of any of them count.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from semantic_layer.compiler.filters import parse_filter
from semantic_layer.compiler.graph import SemanticGraph, index_entities
from semantic_layer.compiler.infos import (
    DimensionInfo,
    EntityInfo,
    InputInfo,
    MeasureInfo,
    MetricInfo,
    ModelInfo,
)
from semantic_layer.compiler.query_spec import AccessPolicy, FieldRef, Predicate
from semantic_layer.compiler.spec import AccessRule, Filter
from semantic_layer.compiler.validation import check_references
from semantic_layer.errors import QueryError

EVERYTHING = "*"
MAX_CACHED = 64


def restricted(graph: SemanticGraph, policy: AccessPolicy | None) -> SemanticGraph:
    """The graph without what the caller may not see; the same object when nothing is hidden."""
    if policy is None or policy.unrestricted:
        return graph
    if not any(model.spec.access for model in graph.models.values()):
        return graph
    cached = graph.restricted_cache.get(policy)
    if cached is None:
        cached = _restrict(graph, policy)
        while len(graph.restricted_cache) >= MAX_CACHED:
            graph.restricted_cache.pop(next(iter(graph.restricted_cache)), None)
        graph.restricted_cache[policy] = cached
    return cached


def _restrict(graph: SemanticGraph, policy: AccessPolicy) -> SemanticGraph:
    models: dict[str, ModelInfo] = {}
    measures: dict[str, MeasureInfo] = {}
    metrics = dict(graph.metrics)
    # Each metric and measure is looked at once, not once per model.
    owned: dict[str | None, list[str]] = {}
    for info in graph.metrics.values():
        owned.setdefault(info.model, []).append(info.name)
    measured: dict[str, list[MeasureInfo]] = {}
    for measure in graph.measures.values():
        measured.setdefault(measure.model, []).append(measure)
    for model in graph.models.values():
        rules = _matching(model, policy) if model.spec.access else None
        sees = _sight(rules)
        if rules != []:
            models[model.name] = model if rules is None else _visible_model(model, rules, policy)
            measures.update(_visible_measures(measured.get(model.name, ()), models[model.name]))
        for name in owned.get(model.name, ()):
            if not sees(name):
                metrics.pop(name, None)
    seen = replace(
        graph,
        models=MappingProxyType(models),
        measures=MappingProxyType(measures),
        owners=index_entities(models.values(), owned_only=True),
        holders=index_entities(models.values(), owned_only=False),
        path_cache={},
        hop_cache={},
        home_cache={},
        restricted_cache={},
    )
    usable = _usable_metrics(metrics, measures)
    checked, _ = check_references(replace(seen, metrics=MappingProxyType(usable)))
    return replace(seen, metrics=MappingProxyType(checked))


def _matching(model: ModelInfo, policy: AccessPolicy) -> list[AccessRule]:
    return [
        rule
        for rule in model.spec.access
        if (not rule.roles and not rule.groups)
        or policy.roles.intersection(rule.roles)
        or policy.groups.intersection(rule.groups)
    ]


def _sight(rules: list[AccessRule] | None) -> Callable[[str], bool]:
    """Which member names the rules show; None: no rules, all of them."""
    if rules is None:
        return lambda name: True
    return lambda name: any(_shows(rule, name) for rule in rules)


def _shows(rule: AccessRule, name: str) -> bool:
    included = rule.includes is None or EVERYTHING in rule.includes or name in rule.includes
    return included and name not in rule.excludes and EVERYTHING not in rule.excludes


def _visible_model(model: ModelInfo, rules: list[AccessRule], policy: AccessPolicy) -> ModelInfo:
    sees = _sight(rules)
    hidden: dict[str, DimensionInfo | EntityInfo] = {}
    hidden.update({a: e for a, e in model.entities.items() if not sees(a)})
    hidden.update({n: d for n, d in model.dimensions.items() if not sees(n)})
    return replace(
        model,
        entities={a: e for a, e in model.entities.items() if sees(a)},
        dimensions={n: d for n, d in model.dimensions.items() if sees(n)},
        measures={n: m for n, m in model.measures.items() if sees(n)},
        row_filter=_row_filter(model, rules, policy),
        hidden=hidden,
    )


def _visible_measures(own: Iterable[MeasureInfo], model: ModelInfo) -> dict[str, MeasureInfo]:
    """Which of its measures a model shows; one whose time is hidden has no metric_time any more."""
    listed = {m.name for m in model.spec.measures}
    return {
        m.name: m if m.time_dimension in model.dimensions else replace(m, time_dimension=None)
        for m in own
        # A measure written into a metric is not listed in its model: the metric's name decides.
        if m.name in model.measures or m.name not in listed
    }


def _usable_metrics(
    metrics: Mapping[str, MetricInfo], measures: Mapping[str, MeasureInfo]
) -> dict[str, MetricInfo]:
    """Those all of whose inputs are visible, with the measures as the caller sees them."""
    found: dict[str, MetricInfo] = {}

    def visit(name: str) -> MetricInfo | None:
        if name in found:
            return found[name]
        info = metrics.get(name)
        if info is None:
            return None
        inputs: list[InputInfo] = []
        for item in info.inputs:
            measure = measures.get(item.measure.name) if item.measure is not None else None
            if measure is None and (item.metric is None or visit(item.metric) is None):
                return None
            inputs.append(replace(item, measure=measure))
        found[name] = replace(info, inputs=tuple(inputs))
        return found[name]

    for name in metrics:
        visit(name)
    return {name: found[name] for name in metrics if name in found}


def _row_filter(
    model: ModelInfo, rules: list[AccessRule], policy: AccessPolicy
) -> Predicate | None:
    """The rows of any matching rule; None when one of them allows all rows."""
    if any(not rule.rows for rule in rules):
        return None
    # A rule's own conditions are ANDed, the rules are ORed.
    source = {"or": [{"and": [_bind_user(f, policy) for f in rule.rows]} for rule in rules]}
    predicate = parse_filter(source, f"{model.name}.access")
    check_row_filter(model, predicate)
    return predicate


def check_row_filter(model: ModelInfo, predicate: Predicate) -> None:
    """Row rules speak of the model's own dimensions and entities. Raises QueryError."""
    for ref in predicate.refs:
        name = ref.name.rpartition("__")[2] if isinstance(ref, FieldRef) else ""
        prefix = ref.name.rpartition("__")[0]
        known = model.element(name) is not None
        if not known or (prefix and prefix not in model.prefixes):
            raise QueryError(
                f"A row rule of {model.name} names '{ref.name}', which is not its own dimension "
                f"or entity.",
                code="INVALID_ACCESS_RULE",
            )


def _bind_user(rule: Filter, policy: AccessPolicy) -> Any:
    if isinstance(rule.source, str):
        raise QueryError("Row rules are written as {field, op, value}.", code="INVALID_ACCESS_RULE")
    return _with_user(rule.source, policy)


def _with_user(node: Any, policy: AccessPolicy) -> Any:
    if isinstance(node, Mapping):
        return {key: _with_user(value, policy) for key, value in node.items()}
    if isinstance(node, (list, tuple)):
        return [_with_user(item, policy) for item in node]
    if node == "user.email":
        return policy.email
    if node == "user.groups":
        # Nobody is in no group: an empty list would be no SQL, a name that no group can have
        # matches nothing.
        return sorted(policy.groups) or ["\u0000"]
    return node
