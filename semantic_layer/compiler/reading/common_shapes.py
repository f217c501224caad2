"""Keys and shapes that models, metrics and saved queries share, and the words they choose from.

Tables only: the forms they serve are told in document_shapes.py.
"""

from __future__ import annotations

from semantic_layer.compiler.reading.shapes import (
    Choice,
    Free,
    Key,
    Many,
    Number,
    Part,
    Shape,
    Text,
    Truth,
)
from semantic_layer.compiler.spec import (
    Aggregation,
    DimensionType,
    EntityType,
    Grain,
    MetricType,
    WindowChoice,
)

TEXT = Text()
TRUTH = Truth()
AGGREGATION = Choice(
    "an aggregation",
    tuple(Aggregation),
    "INVALID_AGGREGATION",
    {
        "avg": "average",
        "mean": "average",
        "distinct": "count_distinct",
        "distinct_count": "count_distinct",
        "countdistinct": "count_distinct",
        "nunique": "count_distinct",
        "boolean_sum": "sum_boolean",
        "count_if": "sum_boolean",
        "quantile": "percentile",
        "total": "sum",
    },
)
ENTITY_TYPE = Choice("an entity type", tuple(EntityType), "INVALID_ENTITY_TYPE")
DIMENSION_TYPE = Choice(
    "a dimension type",
    tuple(DimensionType),
    "INVALID_DIMENSION_TYPE",
    {"date": "time", "timestamp": "time", "datetime": "time", "string": "categorical"},
)
GRAIN = Choice(
    "a time grain",
    tuple(Grain),
    "INVALID_GRAIN",
    {"daily": "day", "weekly": "week", "monthly": "month", "yearly": "year", "hourly": "hour"},
)
METRIC_TYPE = Choice("a metric type", tuple(MetricType), "INVALID_METRIC_TYPE")
NUMBER = Number()
FRACTION = Number(minimum=0, maximum=1)
FILTERS = Many(Part("filter", short="where_sql_template"), single=True)
WINDOW = Part("window", short="text")
META = Part("meta")

DESCRIBED = {
    "label": Key(TEXT, "The name people see."),
    "description": Key(TEXT, "What it means, in a sentence."),
    "config": Key(Part("config"), "Settings: meta, tags, enabled."),
    "meta": Key(META, "Free metadata: owner, synonyms, format, certified, ..."),
}
MANIFEST = frozenset(("metadata",))


def named(note: str) -> dict[str, Key]:
    return {"name": Key(TEXT, note, required=True)}


_FILTER = Shape(
    "filter",
    "A condition: text with {{ Dimension('...') }}, or {field, op, value} with and / or / not.",
    {
        "where_sql_template": Key(TEXT, "The condition as text."),
        "where_filters": Key(Many(Part("filter", short="where_sql_template")), "All must hold."),
        "field": Key(Free(), "A dimension, entity or time dimension."),
        "op": Key(TEXT, "=, !=, <, <=, >, >=, in, not_in, between, like, is_null, ..."),
        "value": Key(Free(), "What to compare with."),
        "grain": Key(TEXT, "The grain of a time dimension."),
        "date_part": Key(TEXT, "A part of a date: year, quarter, month, day, dow, doy."),
        "and": Key(Many(Part("filter")), "All must hold."),
        "or": Key(Many(Part("filter")), "At least one must hold."),
        "not": Key(Part("filter"), "Must not hold."),
    },
)

_WINDOW = Shape(
    "window",
    "A span of time: 7 days.",
    {
        "text": Key(TEXT, "Such as 7 days."),
        "count": Key(Number(whole=True, minimum=1), "How many."),
        "granularity": Key(TEXT, "Of what: day, week, month, ..."),
    },
    frozenset(("is_standard_granularity", "window_string")),
)

DATATYPE = Choice(
    "a datatype",
    (
        "string",
        "integer",
        "decimal",
        "float",
        "boolean",
        "date",
        "time",
        "datetime",
        "datetime_tz",
        "opaque",
    ),
)

_RELATION = Shape(
    "relation",
    "A table: ref('name'), catalog.schema.table, or its parts.",
    {
        "text": Key(TEXT, "ref('name') or catalog.schema.table."),
        "alias": Key(TEXT, "The table's name."),
        "name": Key(TEXT, "The table's name."),
        "table": Key(TEXT, "The table's name."),
        "schema": Key(TEXT, "Its schema."),
        "schema_name": Key(TEXT, "Its schema."),
        "database": Key(TEXT, "Its catalog."),
        "catalog": Key(TEXT, "Its catalog."),
    },
    frozenset(("relation_name",)),
)

_META = Shape(
    "meta",
    "Free metadata. Some keys mean something to the service.",
    {
        "synonyms": Key(Many(TEXT, single=True), "Other words people search for."),
        "tags": Key(Many(TEXT, single=True), "Tags to find it by."),
        "owner": Key(Free(), "Who answers for it."),
        "format": Key(Free(), "How its values are shown."),
        "certified": Key(TRUTH, "Whether it has been checked."),
        "tests": Key(Free(), "Checks that must hold."),
        "access": Key(Many(Part("access"), single=True), "Who may see which members and rows."),
        "time_zone": Key(TEXT, "The zone stored times are written in, such as America/New_York."),
        "data_type": Key(TEXT, "The column's SQL type."),
    },
    open=True,
)

_ACCESS = Shape(
    "access",
    "One access rule; nobody else sees the model once one exists.",
    {
        "roles": Key(Many(TEXT, single=True), "Roles it applies to."),
        "groups": Key(Many(TEXT, single=True), "Groups it applies to."),
        "members": Key(Part("access_members"), "Which members they see."),
        "rows": Key(FILTERS, "Which rows they see; values may be user.email or user.groups."),
    },
)

_ACCESS_MEMBERS = Shape(
    "access_members",
    "Members an access rule shows or hides.",
    {
        "includes": Key(Many(TEXT, single=True), "Only these."),
        "excludes": Key(Many(TEXT, single=True), "All but these."),
    },
)

_CONFIG = Shape(
    "config",
    "Settings.",
    {
        "meta": Key(META, "Free metadata."),
        "tags": Key(Many(TEXT, single=True), "Tags to find it by."),
        "enabled": Key(TRUTH, "false leaves it out."),
    },
    frozenset(("group",)),
)

_NON_ADDITIVE = Shape(
    "non_additive_dimension",
    "Only rows at the first or last value of this dimension count.",
    {
        **named("A time dimension of the model."),
        "window_choice": Key(Choice("a window choice", tuple(WindowChoice)), "min or max."),
        "window_agg": Key(Choice("a window choice", tuple(WindowChoice)), "min or max."),
        "window_groupings": Key(
            Many(TEXT, single=True), "Entities, each with its own first or last."
        ),
        "group_by": Key(Many(TEXT, single=True), "Entities, each with its own first or last."),
    },
)

_AGG_PARAMS = Shape(
    "agg_params",
    "What a percentile needs.",
    {
        "percentile": Key(FRACTION, "Between 0 and 1."),
        "use_discrete_percentile": Key(TRUTH, "A value that occurs, not one in between."),
        "use_approximate_percentile": Key(TRUTH, "Faster, within one percent of rank."),
    },
)

AGGREGATE = {
    "agg": Key(AGGREGATION, "How the values become one."),
    "agg_params": Key(Part("agg_params"), "For percentiles."),
    "percentile": Key(FRACTION, "Between 0 and 1."),
    "percentile_type": Key(
        Choice("a percentile type", ("continuous", "discrete")), "continuous or discrete."
    ),
    "agg_time_dimension": Key(TEXT, "The time dimension that metric_time stands for."),
    "non_additive_dimension": Key(Part("non_additive_dimension"), "For balances and stocks."),
}

SHAPES = (
    _FILTER,
    _WINDOW,
    _RELATION,
    _META,
    _ACCESS,
    _ACCESS_MEMBERS,
    _CONFIG,
    _NON_ADDITIVE,
    _AGG_PARAMS,
)
