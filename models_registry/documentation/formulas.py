"""How a metric is computed, in a line that people read."""

from __future__ import annotations

from collections.abc import Iterable

from semantic_layer.compiler import MetricInfo, SemanticGraph
from semantic_layer.compiler.infos import InputInfo, MeasureInfo
from semantic_layer.compiler.spec import Filter, MetricType


def formula_of(info: MetricInfo, graph: SemanticGraph) -> str:
    """`sum(amount)`, `revenue / orders`, the expression of a derived metric, ..."""
    spec = info.spec
    if info.type is MetricType.SQL:
        return spec.sql or ""
    if info.type is MetricType.RATIO:
        return " / ".join(_input(item) for item in info.inputs)
    if info.type is MetricType.DERIVED:
        return spec.expr or ""
    if info.type is MetricType.CUMULATIVE and spec.cumulative is not None:
        over = spec.cumulative.window or spec.cumulative.grain_to_date
        kind = f"over {over}" if spec.cumulative.window else f"since the start of the {over}"
        return f"{_input(info.inputs[0])}, {kind if over else 'over all time until then'}"
    if info.type is MetricType.CONVERSION and spec.conversion is not None:
        base, conversion = (_input(item) for item in info.inputs[:2])
        within = f" within {spec.conversion.window}" if spec.conversion.window else ""
        return f"{conversion} per {base} of the same {spec.conversion.entity}{within}"
    return _input(info.inputs[0])


def filters_of(filters: Iterable[Filter]) -> tuple[str, ...]:
    return tuple(str(item.source) for item in filters)


def _input(item: InputInfo) -> str:
    written = _measure(item.measure) if item.measure is not None else item.spec.name
    limits = " and ".join(filters_of(item.spec.filter))
    shifted = f" {item.spec.offset_window} before" if item.spec.offset_window else ""
    return f"{written}{shifted}{f' where {limits}' if limits else ''}"


def _measure(measure: MeasureInfo) -> str:
    return f"{measure.agg.value}({measure.spec.expr or measure.name})"
