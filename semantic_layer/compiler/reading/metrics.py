"""Records to metrics. Parameters may stand flat or in the nests of the legacy form: both give
leaves.

RULES says which leaves each type needs and which it may have; any other is an error, never dropped.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from semantic_layer.compiler.reading.aggregates import aggregate_of
from semantic_layer.compiler.reading.derived import check_derived
from semantic_layer.compiler.reading.pieces import (
    check_member_name,
    check_name,
    described,
    filters_of,
    grain_word,
    window_of,
)
from semantic_layer.compiler.reading.reader import Record
from semantic_layer.compiler.spec import (
    ConstantProperty,
    ConversionCalculation,
    ConversionParams,
    CumulativeParams,
    InputKind,
    Measure,
    Metric,
    MetricInput,
    MetricType,
    PeriodAggregation,
    Window,
)

_NESTS = (
    "cumulative_type_params",
    "conversion_type_params",
    "metric_aggregation_params",
)
_SAME = {"metric": "input_metric", "metrics": "input_metrics", "is_private": "hidden"}
"""Leaves that the forms name differently."""

_COMMON = frozenset(
    [
        "name",
        "type",
        "type_params",
        "label",
        "description",
        "config",
        "meta",
        "tags",
        "filter",
        "time_granularity",
        "datatype",
        "hidden",
    ]
) | frozenset(_NESTS)
_AGGREGATE = frozenset(
    [
        "expr",
        "agg_params",
        "percentile",
        "percentile_type",
        "agg_time_dimension",
        "non_additive_dimension",
        "semantic_model",
    ]
)
_FILLING = frozenset(("join_to_timespine", "fill_nulls_with"))


@dataclass(frozen=True)
class _Rule:
    """What a type needs (one of each group) and may have besides."""

    needs: tuple[tuple[str, ...], ...]
    may: frozenset[str] = field(default_factory=frozenset)

    @property
    def keys(self) -> frozenset[str]:
        return self.may.union(*self.needs)


RULES: Mapping[MetricType, _Rule] = {
    MetricType.SIMPLE: _Rule((("measure", "agg"),), _AGGREGATE | _FILLING),
    MetricType.RATIO: _Rule((("numerator",), ("denominator",))),
    MetricType.DERIVED: _Rule((("expr",), ("input_metrics",))),
    MetricType.CUMULATIVE: _Rule(
        (("measure", "input_metric"),),
        frozenset(("window", "grain_to_date", "period_agg")) | _FILLING,
    ),
    MetricType.CONVERSION: _Rule(
        (("base_measure", "base_metric"), ("conversion_measure", "conversion_metric"), ("entity",)),
        frozenset(("calculation", "window", "constant_properties")),
    ),
    MetricType.SQL: _Rule((("sql",),)),
}


@dataclass(frozen=True)
class _Leaf:
    """A parameter, with the record and key it was written under."""

    value: Any
    record: Record
    key: str

    def issue(self, code: str, message: str, severity: str = "error") -> None:
        self.record.issue(self.key, code, message, severity)


_Leaves = dict[str, _Leaf]


def metric_of(record: Record, model: str | None) -> Metric | None:
    """A metric; `model` is the one it is written in. None when it is switched off."""
    said = described(record, frozenset(("tags",)))
    if not said.enabled:
        return None
    check_member_name(record, "metric")
    leaves = _leaves(record)
    filters, grain = filters_of(record), grain_word(record, "time_granularity")
    if record.spoilt("type") or record.spoilt("type_params"):
        return None
    kind = _type_of(record, leaves)
    _check_rule(record, kind, leaves)
    aggregate, owner = _aggregate(record, kind, leaves, model)
    expr, inputs = _derived(leaves) if kind is MetricType.DERIVED else (None, ())
    return Metric(
        name=record.get("name"),
        type=kind,
        model=owner,
        label=said.label,
        description=said.description,
        filter=filters,
        time_granularity=grain,
        datatype=record.get("datatype"),
        measure=_measure(kind, leaves),
        aggregate=aggregate,
        numerator=_input(leaves.get("numerator")),
        denominator=_input(leaves.get("denominator")),
        expr=expr,
        inputs=inputs,
        cumulative=_cumulative(record, leaves) if kind is MetricType.CUMULATIVE else None,
        conversion=_conversion(record, leaves) if kind is MetricType.CONVERSION else None,
        sql=_value(leaves, "sql"),
        join_to_timespine=_value(leaves, "join_to_timespine", False),
        fill_nulls_with=_value(leaves, "fill_nulls_with"),
        hidden=_value(leaves, "hidden", False),
        tags=said.tags,
        meta=said.meta,
        at=record.at,
    )


def _leaves(record: Record) -> _Leaves:
    """All parameters by one name each, from wherever the form at hand has put them."""
    found: _Leaves = {}
    for key, leaf in _all_leaves(record):
        other = found.get(key)
        if other is None:
            found[key] = leaf
        elif not _same(other.value, leaf.value):
            message = (
                f"'{leaf.key}' is also written as {other.record.path_of(other.key)}: keep one."
            )
            leaf.issue("CONFLICT", message)
    return found


def _all_leaves(record: Record) -> Iterator[tuple[str, _Leaf]]:
    for place in _places(record):
        for key, value in place.values.items():
            # dbt's compiler writes out what is not so: empty lists, and false.
            said = value != () and value is not False
            if said and (key not in _COMMON or key == "hidden"):
                yield _SAME.get(key, key), _Leaf(value, place, key)


def _places(record: Record) -> list[Record]:
    """The records parameters may stand in."""
    params: Record | None = record.get("type_params")
    outer = [place for place in (params, record) if place is not None]
    nested = [place.get(nest) for place in outer for nest in _NESTS if place.get(nest) is not None]
    return [*outer, *nested]


def _same(first: Any, second: Any) -> bool:
    """Whether two values say the same; dbt's compiler repeats some in old and new places."""
    if isinstance(first, Record) and isinstance(second, Record):
        return first.values.keys() == second.values.keys() and all(
            _same(first.values[key], second.values[key]) for key in first.values
        )
    if isinstance(first, tuple) and isinstance(second, tuple):
        return len(first) == len(second) and all(map(_same, first, second))
    return bool(first == second)


def _type_of(record: Record, leaves: _Leaves) -> MetricType:
    """The type; older files give only `sql`, dbt's newer form leaves out `simple`."""
    named = record.get("type")
    if "sql" in leaves and named in (None, MetricType.SIMPLE) and "measure" not in leaves:
        return MetricType.SQL
    if named is not None:
        return MetricType(named)
    if "numerator" in leaves or "input_metrics" in leaves:
        likely = MetricType.RATIO if "numerator" in leaves else MetricType.DERIVED
        message = (
            f"'type' is missing (metric): without it the metric is simple. Write 'type: {likely}'."
        )
        record.issue("", "MISSING_KEY", message)
        return likely
    return MetricType.SIMPLE


def _check_rule(record: Record, kind: MetricType, leaves: _Leaves) -> None:
    rule = RULES[kind]
    for group in rule.needs:
        given = [key for key in group if key in leaves]
        if not given and not _spoilt(record, group):
            names = " or ".join(f"'{key}'" for key in group)
            path = record.path_of(group[0])
            message = f"A {kind} metric needs {names}."
            record.log.add(record.node, path, "MISSING_KEY", message)
    for key, leaf in leaves.items():
        if key not in rule.keys and key != "hidden":
            homes = [str(name) for name, other in RULES.items() if key in other.keys]
            message = f"'{leaf.key}' belongs to {' and '.join(homes)} metrics, this one is {kind}."
            leaf.issue("MISPLACED_KEY", message)
    if kind is MetricType.SIMPLE and "measure" in leaves:
        _check_no_aggregate(leaves)
    if _is_compiled(record):
        return
    for old, new in (
        ("measure", "input_metric"),
        ("base_measure", "base_metric"),
        ("conversion_measure", "conversion_metric"),
    ):
        if (
            old in leaves
            and new in leaves
            and kind in (MetricType.CUMULATIVE, MetricType.CONVERSION)
        ):
            leaves[new].issue("CONFLICT", f"'{old}' is given too, and is used.", "warning")


def _is_compiled(record: Record) -> bool:
    """Whether dbt's compiler wrote it, which says in the newer form again what stands in the
    older."""
    params: Record | None = record.get("type_params")
    return params is not None and "input_measures" in params.node.entries


def _spoilt(record: Record, keys: tuple[str, ...]) -> bool:
    """Whether one of the keys was written somewhere, but could not be read."""
    return any(
        _SAME.get(key, key) in keys and place.spoilt(key)
        for place in _places(record)
        for key in place.node.entries
    )


def _check_no_aggregate(leaves: _Leaves) -> None:
    """A measure brings its own aggregation; dbt's compiler repeats it in a nest of its own, with
    `expr` before it."""
    repeated = "metric_aggregation_params"
    agg = leaves.get("agg")
    is_repeated = agg is not None and agg.record.path.endswith(repeated)
    for key in ("agg", *sorted(_AGGREGATE)):
        leaf = leaves.get(key)
        if leaf is None or (key == "expr" and is_repeated):
            continue
        if not leaf.record.path.endswith(repeated):
            message = (
                f"'{leaf.key}' goes with 'agg': the measure brings its own. Remove one of them."
            )
            leaf.issue("MISPLACED_KEY", message)


def _aggregate(
    record: Record, kind: MetricType, leaves: _Leaves, model: str | None
) -> tuple[Measure | None, str | None]:
    """The inline measure of a simple metric and the model it is on."""
    if kind is not MetricType.SIMPLE or "measure" in leaves or "agg" not in leaves:
        return None, model
    named = leaves.get("semantic_model")
    owner = model or (named.value if named else None)
    if owner is None:
        message = "A metric with 'agg' must stand under its model's 'metrics', or use a 'measure'."
        leaves["agg"].issue("MISSING_MODEL", message)
    elif named is not None and named.value != owner:
        named.issue("CONFLICT", f"The metric stands in the model '{owner}': remove this line.")
    place = leaves["agg"].record
    values = {key: leaf.value for key, leaf in leaves.items() if key in _AGGREGATE | {"agg"}}
    written = Record(place.node, place.path, values, place.log)
    return aggregate_of(written, record.get("name")), owner


def _value(leaves: _Leaves, key: str, default: Any = None) -> Any:
    leaf = leaves.get(key)
    return default if leaf is None else leaf.value


def _measure(kind: MetricType, leaves: _Leaves) -> MetricInput | None:
    if kind not in (MetricType.SIMPLE, MetricType.CUMULATIVE):
        return None
    return _either(leaves, "measure", "input_metric")


def _either(leaves: _Leaves, measure: str, metric: str) -> MetricInput | None:
    if measure in leaves:
        return _input(leaves[measure], InputKind.MEASURE)
    return _input(leaves.get(metric))


def _derived(leaves: _Leaves) -> tuple[str | None, tuple[MetricInput, ...]]:
    """The expression of a derived metric and its inputs, checked against each other."""
    written = _value(leaves, "input_metrics", ())
    inputs = tuple(input_of(item, InputKind.METRIC) for item in written)
    expr = leaves.get("expr")
    if expr is None:
        return None, inputs
    check_derived(expr.record, written, inputs)
    return expr.value, inputs


def _input(leaf: _Leaf | None, kind: InputKind = InputKind.METRIC) -> MetricInput | None:
    return None if leaf is None else input_of(leaf.value, kind)


def input_of(record: Record, kind: InputKind) -> MetricInput:
    """A measure or metric as input of a metric."""
    check_name(record, "alias", key="alias")
    window: Record | None = record.get("offset_window")
    if window is not None and record.get("offset_to_grain") is not None:
        message = "'offset_window' and 'offset_to_grain' exclude each other: keep one."
        record.issue("offset_to_grain", "CONFLICT", message)
    return MetricInput(
        name=record.get("name"),
        kind=kind,
        alias=record.get("alias"),
        filter=filters_of(record),
        offset_window=window_of(window) if window else None,
        offset_to_grain=grain_word(record, "offset_to_grain"),
        join_to_timespine=record.get("join_to_timespine", False),
        fill_nulls_with=record.get("fill_nulls_with"),
        at=record.at,
    )


def _cumulative(record: Record, leaves: _Leaves) -> CumulativeParams:
    to_date = leaves.get("grain_to_date")
    if "window" in leaves and to_date is not None:
        message = "'window' and 'grain_to_date' exclude each other: keep one."
        to_date.issue("CONFLICT", message)
    return CumulativeParams(
        window=_window(leaves),
        grain_to_date=grain_word(to_date.record, to_date.key) if to_date else None,
        period_agg=PeriodAggregation(_value(leaves, "period_agg", PeriodAggregation.FIRST)),
        at=record.at,
    )


def _conversion(record: Record, leaves: _Leaves) -> ConversionParams | None:
    base = _either(leaves, "base_measure", "base_metric")
    conversion = _either(leaves, "conversion_measure", "conversion_metric")
    if base is None or conversion is None or "entity" not in leaves:
        return None
    rate = ConversionCalculation.CONVERSION_RATE
    properties = tuple(
        ConstantProperty(item.get("base_property"), item.get("conversion_property"))
        for item in _value(leaves, "constant_properties", ())
    )
    calculation = ConversionCalculation(_value(leaves, "calculation", rate))
    entity = leaves["entity"].value
    return ConversionParams(
        base, conversion, entity, calculation, _window(leaves), properties, record.at
    )


def _window(leaves: _Leaves) -> Window | None:
    leaf = leaves.get("window")
    return window_of(leaf.value) if leaf else None
