"""The spec back to plain mappings in one canonical order: the flat JSON model, the layout of YAML.

What is written here reads back to the same values; what equals a default is left out.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from semantic_layer.compiler.reading.ownership import owner_in
from semantic_layer.compiler.reading.yaml_text import yaml_text
from semantic_layer.compiler.spec import (
    AccessRule,
    ConversionCalculation,
    ConversionParams,
    CumulativeParams,
    Dimension,
    Entity,
    Filter,
    Grain,
    InputKind,
    Measure,
    Metric,
    MetricInput,
    MetricType,
    NonAdditive,
    PeriodAggregation,
    Relation,
    SemanticModel,
    Window,
)

_PLAIN_PART = re.compile(r"[A-Za-z_0-9$-]+")
_Meta = Mapping[str, Any]


def as_mapping(model: SemanticModel, metrics: Iterable[Metric] = ()) -> dict[str, Any]:
    """The flat JSON model of the API, with its metrics inside."""
    named: dict[str, Any] = _model(model)
    named["metrics"] = [_metric(metric, _flat_meta) for metric in metrics]
    return named | _flat_meta(_model_meta(model), model.tags)


def metric_mapping(metric: Metric) -> dict[str, Any]:
    """One metric as the API shows it."""
    return _metric(metric, _flat_meta)


def to_yaml(model: SemanticModel | None, metrics: Iterable[Metric] = ()) -> str:
    """Canonical YAML in dbt's layout: `semantic_models` and `metrics`.

    A metric stands inside its model only where its inputs alone would not say that it belongs
    there.
    """
    document: dict[str, Any] = {}
    outside = list(metrics)
    if model is not None:
        inside = [m for m in outside if m.model == model.name and not _told(m, model, outside)]
        outside = [metric for metric in outside if metric not in inside]
        written = _model(model, _config) | _config(_model_meta(model), model.tags)
        if inside:
            written["metrics"] = [_metric(metric, _config) for metric in inside]
        document["semantic_models"] = [written]
    if outside:
        document["metrics"] = [_metric(metric, _config) for metric in outside]
    return yaml_text(document)


def definition_hash(model: SemanticModel, metrics: Iterable[Metric] = ()) -> str:
    """SHA-256 of what a model and its metrics mean, the same however they are written."""
    text = json.dumps(as_mapping(model, metrics), sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _told(metric: Metric, model: SemanticModel, metrics: list[Metric]) -> bool:
    """Whether a metric written beside the model reads back as the model's."""
    outside = [m for m in metrics if m.model == model.name]
    return metric.aggregate is not None or owner_in(metric, [model], outside) == model.name


def _flat_meta(meta: _Meta, tags: tuple[str, ...] = ()) -> dict[str, Any]:
    return _kept({"tags": list(tags), "meta": dict(meta)})


def _config(meta: _Meta, tags: tuple[str, ...] = ()) -> dict[str, Any]:
    config = _kept({"tags": list(tags), "meta": dict(meta)})
    return {"config": config} if config else {}


def _kept(values: Mapping[str, Any]) -> dict[str, Any]:
    """Without what says nothing: None, false and empty values."""
    return {key: value for key, value in values.items() if _says_something(value)}


def _says_something(value: Any) -> bool:
    return value is not None and value is not False and value not in ("", [], {}, ())


def _model(model: SemanticModel, meta: Any = _flat_meta) -> dict[str, Any]:
    members = {
        "entities": [_entity(entity) | meta(entity.meta) for entity in model.entities],
        "dimensions": [_dimension(d) | meta(_dimension_meta(d)) for d in model.dimensions],
        "measures": [_measure(measure) | meta(measure.meta) for measure in model.measures],
    }
    head = _kept(
        {
            "name": model.name,
            "label": model.label,
            "description": model.description,
            "model": relation_text(model.relation),
            "defaults": _kept({"agg_time_dimension": model.defaults.agg_time_dimension}),
            "primary_entity": model.primary_entity,
        }
    )
    return head | (members if meta is _flat_meta else _kept(members))


def _model_meta(model: SemanticModel) -> dict[str, Any]:
    own = {"time_zone": model.time_zone, "access": [_access(rule) for rule in model.access]}
    return dict(model.meta) | _kept(own)


def _dimension_meta(dimension: Dimension) -> dict[str, Any]:
    own = {"time_zone": dimension.time_zone, "data_type": dimension.data_type}
    return dict(dimension.meta) | _kept(own)


def relation_text(relation: Relation) -> str | dict[str, str]:
    """`ref('x')`, `catalog.schema.table`, or the parts by name where they need quoting."""
    parts = relation.parts
    if all(_PLAIN_PART.fullmatch(part) for part in parts):
        return f"ref('{parts[0]}')" if len(parts) == 1 else relation.name
    names = ("database", "schema", "alias")[-len(parts) :]
    return dict(zip(names, parts, strict=True))


def _access(rule: AccessRule) -> dict[str, Any]:
    members: dict[str, Any] = {} if rule.includes is None else {"includes": list(rule.includes)}
    members |= _kept({"excludes": list(rule.excludes)})
    return _kept(
        {
            "roles": list(rule.roles),
            "groups": list(rule.groups),
            "members": members,
            "rows": _filters(rule.rows),
        }
    )


def _entity(entity: Entity) -> dict[str, Any]:
    return _kept(
        {
            "name": entity.name,
            "type": str(entity.type),
            "role": entity.role,
            "expr": entity.expr,
            "label": entity.label,
            "description": entity.description,
        }
    )


def _dimension(dimension: Dimension) -> dict[str, Any]:
    validity = {"is_start": dimension.validity_start, "is_end": dimension.validity_end}
    grain = None if dimension.grain is None else str(dimension.grain)
    return _kept(
        {
            "name": dimension.name,
            "type": str(dimension.type),
            "datatype": dimension.datatype,
            "expr": dimension.expr,
            "label": dimension.label,
            "description": dimension.description,
            "is_partition": dimension.is_partition,
            "type_params": _kept({"time_granularity": grain, "validity_params": _kept(validity)}),
        }
    )


def _measure(measure: Measure) -> dict[str, Any]:
    head = {
        "name": measure.name,
        "label": measure.label,
        "description": measure.description,
        "create_metric": measure.create_metric,
    }
    return _kept(head) | _aggregation(measure)


def _aggregation(measure: Measure) -> dict[str, Any]:
    params: dict[str, Any] = {}
    if measure.percentile is not None:
        params["percentile"] = measure.percentile
    params |= _kept(
        {
            "use_discrete_percentile": measure.percentile_discrete,
            "use_approximate_percentile": measure.percentile_approximate,
        }
    )
    return _kept(
        {
            "agg": str(measure.agg),
            "expr": measure.expr,
            "agg_params": params,
            "agg_time_dimension": measure.agg_time_dimension,
            "non_additive_dimension": _non_additive(measure.non_additive),
        }
    )


def _non_additive(value: NonAdditive | None) -> dict[str, Any] | None:
    if value is None:
        return None
    return _kept(
        {
            "name": value.dimension,
            "window_choice": str(value.window_choice),
            "window_groupings": list(value.window_groupings),
        }
    )


def _metric(metric: Metric, meta: Any) -> dict[str, Any]:
    said: dict[str, Any] = meta(metric.meta, metric.tags)
    written = {
        "name": metric.name,
        "type": str(metric.type),
        "datatype": metric.datatype,
        "label": metric.label,
        "description": metric.description,
        "type_params": _type_params(metric),
        "sql": metric.sql,
        "filter": _filters(metric.filter),
        "time_granularity": metric.time_granularity,
    }
    return _kept(written) | said


def _type_params(metric: Metric) -> dict[str, Any]:
    cumulative = metric.cumulative
    measure, accumulated = metric.measure, None
    if measure is not None and measure.kind is InputKind.METRIC:
        measure, accumulated = None, measure
    params = _kept(
        {
            "measure": _input(measure),
            "metric_aggregation_params": _inline(metric),
            "numerator": _input(metric.numerator),
            "denominator": _input(metric.denominator),
            "expr": metric.expr if metric.type is MetricType.DERIVED else None,
            "metrics": [_input(given) for given in metric.inputs],
            "cumulative_type_params": _cumulative(cumulative, accumulated) if cumulative else None,
            "conversion_type_params": _conversion(metric.conversion),
            "join_to_timespine": metric.join_to_timespine,
            "is_private": metric.hidden,
        }
    )
    return params | _fill(metric.fill_nulls_with)


def _fill(value: int | float | None) -> dict[str, Any]:
    return {} if value is None else {"fill_nulls_with": value}


def _inline(metric: Metric) -> dict[str, Any] | None:
    if metric.aggregate is None:
        return None
    return _kept({"semantic_model": metric.model}) | _aggregation(metric.aggregate)


def _input(given: MetricInput | None) -> str | dict[str, Any] | None:
    """A metric or measure as input; its name alone when nothing else is said."""
    if given is None:
        return None
    written = _kept(
        {
            "name": given.name,
            "alias": given.alias,
            "filter": _filters(given.filter),
            "offset_window": _window(given.offset_window),
            "offset_to_grain": given.offset_to_grain,
            "join_to_timespine": given.join_to_timespine,
        }
    ) | _fill(given.fill_nulls_with)
    return given.name if written.keys() == {"name"} else written


def _window(window: Window | None) -> str | None:
    """`7 days`; custom granularities have no plural."""
    if window is None:
        return None
    return str(window) if window.grain in tuple(Grain) else f"{window.count} {window.grain}"


def _cumulative(value: CumulativeParams, accumulated: MetricInput | None) -> dict[str, Any]:
    first = value.period_agg is PeriodAggregation.FIRST
    return _kept(
        {
            "metric": _input(accumulated),
            "window": _window(value.window),
            "grain_to_date": value.grain_to_date,
            "period_agg": None if first else str(value.period_agg),
        }
    )


def _conversion(value: ConversionParams | None) -> dict[str, Any] | None:
    if value is None:
        return None
    rate = value.calculation is ConversionCalculation.CONVERSION_RATE
    properties = [
        {"base_property": p.base_property, "conversion_property": p.conversion_property}
        for p in value.constant_properties
    ]
    return _kept(
        {
            f"base_{value.base.kind}": _input(value.base),
            f"conversion_{value.conversion.kind}": _input(value.conversion),
            "entity": value.entity,
            "calculation": None if rate else str(value.calculation),
            "window": _window(value.window),
            "constant_properties": properties,
        }
    )


def _filters(filters: tuple[Filter, ...]) -> Any:
    """One condition alone, several as a list."""
    sources = [f.source if isinstance(f.source, str) else dict(f.source) for f in filters]
    return sources[0] if len(sources) == 1 else sources
