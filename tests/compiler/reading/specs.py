"""Random models and metrics, built from the values of the spec, for round trips."""

from __future__ import annotations

import string
from typing import Any

from hypothesis import strategies as st

from semantic_layer.compiler.reading.pieces import RESERVED_MEMBERS, RESERVED_NAMES
from semantic_layer.compiler.spec import (
    AccessRule,
    Aggregation,
    ConstantProperty,
    ConversionCalculation,
    ConversionParams,
    CumulativeParams,
    Defaults,
    Dimension,
    DimensionType,
    Entity,
    EntityType,
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
    WindowChoice,
)

_WORDS = ("on", "yes", "null", "1.10", "~", "a: b", "- x", "#", "12:30", "{{ x }}", "'", '"', "|")

names = (
    st.from_regex(r"[a-z][a-z0-9]{0,6}(_[a-z0-9]{1,4}){0,2}", fullmatch=True)
    .filter(lambda name: name not in RESERVED_MEMBERS | RESERVED_NAMES)
)  # fmt: skip
printable = st.characters(
    codec="utf-8", exclude_categories=("Cs", "Cc", "Cn"), include_characters="\n\t\x85\u2028"
)
texts = st.one_of(
    st.text(printable, min_size=1, max_size=60),
    st.sampled_from(_WORDS),
    st.text(string.ascii_lowercase + "  .\n", min_size=80, max_size=300),
    st.lists(st.sampled_from(("word", "longer", "a")), min_size=30, max_size=60).map(" ".join),
)
maybe = st.none() | texts
numbers = st.integers(-(10**20), 10**20) | st.floats(allow_nan=False, allow_infinity=False).filter(
    lambda value: abs(value) < 10**30
)
fills = st.none() | st.integers(-5, 5) | st.floats(-9, 9)
plain: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | numbers | texts | st.just(""),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(printable, max_size=20), inner, max_size=3)
    ),
    max_leaves=6,
)
metas = st.dictionaries(
    names.map(lambda name: f"x_{name}") | st.sampled_from(("on", "yes", "a b", "<<", "1")),
    plain.filter(lambda value: value is not None),
    max_size=3,
)
exprs = st.none() | st.sampled_from(("amount", "1", "a + b * 2", "CASE WHEN a = 'x' THEN 1 END"))
grains = st.sampled_from(list(Grain))
windows = st.builds(Window, st.integers(1, 90), grains.map(str) | st.just("fiscal_year"))
filters = st.lists(
    st.sampled_from(
        (
            Filter("{{ Dimension('order__status') }} = 'a: b'"),
            Filter("order__region IS NOT NULL"),
            Filter({"field": "order__n", "op": ">", "value": 3}),
            Filter(
                {
                    "or": [
                        {"field": "a__b", "op": "is_null"},
                        {"field": "c", "op": "=", "value": "x"},
                    ]
                }
            ),
        )
    ),
    max_size=2,
).map(tuple)


def _unique(items: list[Any]) -> tuple[Any, ...]:
    return tuple({item.name: item for item in items}.values())


entities = st.builds(
    Entity,
    names.map(lambda name: f"e_{name}"),
    st.sampled_from((EntityType.FOREIGN, EntityType.UNIQUE)),
    exprs,
    st.none() | names,
    maybe,
    maybe,
    metas,
)
categories = st.builds(
    Dimension,
    names.map(lambda name: f"d_{name}"),
    st.just(DimensionType.CATEGORICAL),
    exprs,
    is_partition=st.booleans(),
    label=maybe,
    description=maybe,
    meta=metas,
)
times = st.builds(
    Dimension,
    names.map(lambda name: f"t_{name}"),
    st.just(DimensionType.TIME),
    exprs,
    grains,
    time_zone=st.sampled_from((None, "UTC", "Europe/Paris")),
    data_type=st.sampled_from((None, "DATE", "1.10")),
    meta=metas,
)
rules = st.builds(
    AccessRule,
    st.lists(names, max_size=2).map(tuple),
    st.lists(texts, max_size=2).map(tuple),
    st.none() | st.lists(names, max_size=2).map(tuple),
    st.lists(names, max_size=2).map(tuple),
    filters,
)


@st.composite
def measures(draw: st.DrawFn, time_names: list[str], entity_names: list[str]) -> Measure:
    agg = draw(st.sampled_from(list(Aggregation)))
    times = st.none() | st.sampled_from(time_names) if time_names else st.none()
    over = draw(times)
    non_additive = None
    if over is not None:
        groupings = st.lists(st.sampled_from(entity_names), max_size=2, unique=True)
        non_additive = NonAdditive(
            over,
            draw(st.sampled_from(list(WindowChoice))),
            tuple(draw(groupings)) if entity_names else (),
        )
    percentile = draw(st.floats(0, 1)) if agg is Aggregation.PERCENTILE else None
    return Measure(
        draw(names),
        agg,
        draw(exprs) or ("1" if agg is Aggregation.COUNT else None),
        percentile,
        draw(st.booleans()),
        draw(st.booleans()),
        draw(times),
        non_additive,
        draw(st.booleans()),
        draw(maybe),
        draw(maybe),
        draw(metas),
    )


@st.composite
def models(draw: st.DrawFn) -> SemanticModel:
    own_entities = _unique(draw(st.lists(entities, max_size=3)))
    own_times = _unique(draw(st.lists(times, max_size=2)))
    time_names = [dimension.name for dimension in own_times]
    entity_names = [entity.name for entity in own_entities]
    parts = draw(
        st.lists(names | st.sampled_from(("my table", "T-1", 'a"b')), min_size=1, max_size=3)
    )
    return SemanticModel(
        draw(names),
        Relation(tuple(parts)),
        own_entities,
        (*_unique(draw(st.lists(categories, max_size=3))), *own_times),
        _unique(draw(st.lists(measures(time_names, entity_names), max_size=3))),
        Defaults(draw(st.sampled_from(time_names)) if time_names else None),
        "main_key",
        draw(st.sampled_from((None, "UTC", "America/New_York"))),
        draw(maybe),
        draw(maybe),
        tuple(dict.fromkeys(draw(st.lists(texts, max_size=2)))),
        tuple(draw(st.lists(rules, max_size=2))),
        draw(metas),
    )


inputs = st.builds(
    MetricInput,
    names,
    st.just(InputKind.METRIC),
    st.none() | names,
    filters,
    join_to_timespine=st.booleans(),
    fill_nulls_with=fills,
)
measure_inputs = st.builds(
    MetricInput,
    names,
    st.just(InputKind.MEASURE),
    filter=filters,
    join_to_timespine=st.booleans(),
    fill_nulls_with=fills,
)


@st.composite
def _derived(draw: st.DrawFn) -> dict[str, Any]:
    given = []
    for number in range(draw(st.integers(1, 3))):
        offset = draw(st.sampled_from(("none", "window", "grain")))
        given.append(
            MetricInput(
                draw(names),
                alias=f"input_{number}",
                filter=draw(filters),
                offset_window=draw(windows) if offset == "window" else None,
                offset_to_grain=str(draw(grains)) if offset == "grain" else None,
            )
        )
    return {"expr": " + ".join(str(item.alias) for item in given), "inputs": tuple(given)}


@st.composite
def _cumulative(draw: st.DrawFn) -> dict[str, Any]:
    kind = draw(st.sampled_from(("all", "window", "grain")))
    params = CumulativeParams(
        draw(windows) if kind == "window" else None,
        str(draw(grains)) if kind == "grain" else None,
        draw(st.sampled_from(list(PeriodAggregation))),
    )
    return {"measure": draw(measure_inputs | inputs), "cumulative": params}


_conversion = st.builds(
    ConversionParams,
    measure_inputs | inputs,
    measure_inputs | inputs,
    names,
    st.sampled_from(list(ConversionCalculation)),
    st.none() | windows,
    st.lists(st.builds(ConstantProperty, names, names), max_size=2).map(tuple),
)
_bodies: dict[MetricType, st.SearchStrategy[dict[str, Any]]] = {
    MetricType.SIMPLE: st.fixed_dictionaries(
        {"measure": measure_inputs, "join_to_timespine": st.booleans(), "fill_nulls_with": fills}
    ),
    MetricType.RATIO: st.fixed_dictionaries({"numerator": inputs, "denominator": inputs}),
    MetricType.DERIVED: _derived(),
    MetricType.CUMULATIVE: _cumulative(),
    MetricType.CONVERSION: st.fixed_dictionaries({"conversion": _conversion}),
    MetricType.SQL: st.fixed_dictionaries({"sql": texts}),
}


@st.composite
def metrics(draw: st.DrawFn, model: SemanticModel) -> Metric:
    kind = draw(st.sampled_from(list(MetricType)))
    name = draw(names)
    body = draw(_bodies[kind])
    if kind is MetricType.SIMPLE and draw(st.booleans()):
        measure = Measure(name, Aggregation.SUM, draw(exprs))
        body = {"aggregate": measure, "fill_nulls_with": draw(fills)}
    return Metric(
        name,
        kind,
        model.name,
        draw(maybe),
        draw(maybe),
        draw(filters),
        draw(st.none() | grains.map(str)),
        hidden=draw(st.booleans()),
        tags=tuple(dict.fromkeys(draw(st.lists(texts, max_size=2)))),
        meta=draw(metas),
        **body,
    )


@st.composite
def written(draw: st.DrawFn) -> tuple[SemanticModel, tuple[Metric, ...]]:
    """A model with metrics of its own."""
    model = draw(models())
    return model, _unique(draw(st.lists(metrics(model), max_size=4)))
