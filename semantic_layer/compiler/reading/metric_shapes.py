"""What may be written of a metric; metrics.py says which keys go with which type."""

from __future__ import annotations

from semantic_layer.compiler.reading.common_shapes import (
    AGGREGATE,
    DATATYPE,
    DESCRIBED,
    FILTERS,
    MANIFEST,
    METRIC_TYPE,
    NUMBER,
    TEXT,
    TRUTH,
    WINDOW,
    named,
)
from semantic_layer.compiler.reading.shapes import Choice, Key, Many, Part, Shape
from semantic_layer.compiler.spec import ConversionCalculation, PeriodAggregation

_INPUT = {
    **named("The name of the input."),
    "alias": Key(TEXT, "Its name in the expression."),
    "filter": Key(FILTERS, "Applies to this input only."),
    "join_to_timespine": Key(TRUTH, "Also rows for times without data."),
    "fill_nulls_with": Key(NUMBER, "The value where there is none."),
}
_MEASURE_INPUT = Shape("measure_input", "A measure as input.", _INPUT, MANIFEST)
_METRIC_INPUT = Shape(
    "metric_input",
    "A metric as input.",
    {
        **_INPUT,
        "offset_window": Key(WINDOW, "Shifted back by this span."),
        "offset_to_grain": Key(TEXT, "Its value at the start of this period."),
    },
    MANIFEST,
)
MEASURE_INPUT = Part("measure_input", short="name")
METRIC_INPUT = Part("metric_input", short="name")
_PERIOD_AGG = Choice("a period aggregation", tuple(PeriodAggregation))

_CUMULATIVE_KEYS = {
    "window": Key(WINDOW, "Sums over this span up to each time."),
    "grain_to_date": Key(TEXT, "Begins anew with each of these periods."),
    "period_agg": Key(_PERIOD_AGG, "At a coarser grain: first, last or average."),
}
_CONVERSION_KEYS = {
    "base_measure": Key(MEASURE_INPUT, "The events that may convert."),
    "conversion_measure": Key(MEASURE_INPUT, "The events that are conversions."),
    "base_metric": Key(METRIC_INPUT, "The events that may convert."),
    "conversion_metric": Key(METRIC_INPUT, "The events that are conversions."),
    "entity": Key(TEXT, "Whose events are matched."),
    "calculation": Key(
        Choice("a calculation", tuple(ConversionCalculation)), "conversion_rate or conversions."
    ),
    "window": Key(WINDOW, "How long after the base event a conversion counts."),
    "constant_properties": Key(Many(Part("constant_property")), "Must be equal on both sides."),
}
_CONSTANT_PROPERTY = Shape(
    "constant_property",
    "A property both events must share.",
    {
        "base_property": Key(TEXT, "Of the base event.", required=True),
        "conversion_property": Key(TEXT, "Of the conversion event.", required=True),
    },
)
_CUMULATIVE = Shape(
    "cumulative_type_params",
    "What a cumulative metric needs.",
    {**_CUMULATIVE_KEYS, "metric": Key(METRIC_INPUT, "The metric that is accumulated.")},
)
_CONVERSION = Shape("conversion_type_params", "What a conversion metric needs.", _CONVERSION_KEYS)
_AGGREGATION_PARAMS = Shape(
    "metric_aggregation_params",
    "A simple metric's own aggregation.",
    {
        "semantic_model": Key(TEXT, "The model it aggregates."),
        "expr": Key(TEXT, "Column or expression."),
        **AGGREGATE,
    },
)

_METRIC_PARAMS = {
    "measure": Key(MEASURE_INPUT, "The measure (simple, cumulative)."),
    "numerator": Key(METRIC_INPUT, "What is divided (ratio)."),
    "denominator": Key(METRIC_INPUT, "By what it is divided (ratio)."),
    "expr": Key(TEXT, "The expression (derived), or what is aggregated (simple)."),
    "metrics": Key(Many(METRIC_INPUT), "The metrics of the expression (derived)."),
    **_CUMULATIVE_KEYS,
    "join_to_timespine": Key(TRUTH, "Also rows for times without data."),
    "fill_nulls_with": Key(NUMBER, "The value where there is none."),
    "cumulative_type_params": Key(Part("cumulative_type_params"), "For cumulative metrics."),
    "conversion_type_params": Key(Part("conversion_type_params"), "For conversion metrics."),
}
_TYPE_PARAMS = Shape(
    "type_params",
    "What the metric's type needs.",
    {
        **_METRIC_PARAMS,
        "metric_aggregation_params": Key(Part("metric_aggregation_params"), "Without a measure."),
        "is_private": Key(TRUTH, "Only for use in other metrics."),
    },
    frozenset(("input_measures",)),
)

_METRIC = Shape(
    "metric",
    "A number with a name.",
    {
        **named("The metric's name."),
        "type": Key(METRIC_TYPE, "simple, ratio, derived, cumulative or conversion."),
        "type_params": Key(Part("type_params"), "What the type needs."),
        **_METRIC_PARAMS,
        **_CONVERSION_KEYS,
        **AGGREGATE,
        "input_metric": Key(METRIC_INPUT, "The metric that is accumulated (cumulative)."),
        "input_metrics": Key(Many(METRIC_INPUT), "The metrics of the expression (derived)."),
        "filter": Key(FILTERS, "Applies to this metric only."),
        "datatype": Key(DATATYPE, "What its values are, for other tools."),
        "time_granularity": Key(TEXT, "The grain of metric_time when none is asked for."),
        "hidden": Key(TRUTH, "Only for use in other metrics."),
        "sql": Key(TEXT, "A raw statement: ungoverned, cannot be grouped or combined."),
        "tags": Key(Many(TEXT, single=True), "Tags to find it by."),
        **DESCRIBED,
    },
    MANIFEST,
)

SHAPES = (
    _MEASURE_INPUT,
    _METRIC_INPUT,
    _CONSTANT_PROPERTY,
    _CUMULATIVE,
    _CONVERSION,
    _AGGREGATION_PARAMS,
    _TYPE_PARAMS,
    _METRIC,
)
