"""What may be written at all: documents, dbt's model properties, saved queries, settings.

The forms are dbt's legacy semantic models and metrics, its newer model properties, its compiled
manifest (lists of the same shapes with `node_relation` and nulls), singular documents, and the
service's flat JSON. They overlap so far that one shape per thing takes all of them.
"""

from __future__ import annotations

from semantic_layer.compiler.reading import common_shapes, metric_shapes, model_shapes
from semantic_layer.compiler.reading.common_shapes import (
    DESCRIBED,
    FILTERS,
    GRAIN,
    MANIFEST,
    TEXT,
    TRUTH,
    named,
)
from semantic_layer.compiler.reading.model_shapes import DIMENSION, ENTITY
from semantic_layer.compiler.reading.shapes import Choice, Key, Many, Number, Part, Shape

_DBT_MODEL = Shape(
    "model",
    "A dbt model, with what the semantic layer needs of it.",
    {
        **named("The dbt model's name."),
        "description": Key(TEXT, "What it holds."),
        "semantic_model": Key(Part("dbt_semantic_model", truth=True), "true, or its settings."),
        "agg_time_dimension": Key(TEXT, "The time dimension metric_time stands for."),
        "primary_entity": Key(TEXT, "The primary entity, when no column holds it."),
        "columns": Key(Many(Part("column")), "Columns, with entities and dimensions."),
        "derived_semantics": Key(
            Part("derived_semantics"), "Entities and dimensions that are no column."
        ),
        "metrics": Key(Many(Part("metric", later=True)), "Metrics that belong to it."),
        "time_spine": Key(Part("dbt_time_spine"), "Makes it the calendar of its grain."),
    },
    frozenset(
        [
            "access",
            "anchors",
            "config",
            "constraints",
            "contract",
            "data_tests",
            "deprecation_date",
            "docs",
            "freshness",
            "group",
            "latest_version",
            "meta",
            "patch_path",
            "tags",
            "tests",
            "unit_tests",
            "version",
            "versions",
        ]
    ),
)

_DBT_SEMANTIC_MODEL = Shape(
    "dbt_semantic_model",
    "Settings of the semantic model.",
    {
        "name": Key(TEXT, "Its name, if not the dbt model's."),
        "enabled": Key(TRUTH, "false leaves it out."),
        "label": DESCRIBED["label"],
        "description": DESCRIBED["description"],
        "config": DESCRIBED["config"],
    },
    frozenset(("group",)),
)

_DBT_COLUMN = Shape(
    "column",
    "A column, with its part in the semantic model.",
    {
        **named("The column's name."),
        "description": Key(TEXT, "What it holds."),
        "data_type": Key(TEXT, "Its SQL type."),
        "granularity": Key(GRAIN, "The finest grain of a time column."),
        "entity": Key(Part("dbt_column_entity", short="type"), "Its entity type, or more."),
        "dimension": Key(
            Part("dbt_column_dimension", short="type"), "Its dimension type, or more."
        ),
    },
    frozenset(
        ["config", "constraints", "data_tests", "meta", "policy_tags", "quote", "tags", "tests"]
    ),
)

_DBT_COLUMN_ENTITY = Shape(
    "dbt_column_entity",
    "A column as a key.",
    {**ENTITY.keys, "name": Key(TEXT, "Its name, if not the column's.")},
)
_DBT_COLUMN_DIMENSION = Shape(
    "dbt_column_dimension",
    "A column as a dimension.",
    {**DIMENSION.keys, "name": Key(TEXT, "Its name, if not the column's.")},
)
_DBT_DERIVED = Shape(
    "derived_semantics",
    "Entities and dimensions that are expressions.",
    {
        "entities": Key(Many(Part("entity")), "Keys that are expressions."),
        "dimensions": Key(Many(Part("dimension")), "Dimensions that are expressions."),
    },
)
_DBT_TIME_SPINE = Shape(
    "dbt_time_spine",
    "A calendar table.",
    {
        "standard_granularity_column": Key(TEXT, "One row for each value.", required=True),
        "custom_granularities": Key(Many(Part("custom_granularity")), "Grains of your own."),
    },
)
_CUSTOM_GRANULARITY = Shape(
    "custom_granularity",
    "A grain of your own.",
    {
        **named("Its name."),
        "column_name": Key(TEXT, "Its column in the time spine; the name itself if left out."),
    },
)

_SAVED_QUERY = Shape(
    "saved query",
    "A metric query with a name.",
    {
        **named("Its name."),
        "query_params": Key(Part("query_params"), "The query.", required=True),
        "exports": Key(Many(Part("export")), "Where results are written."),
        "tags": Key(Many(TEXT, single=True), "Tags to find it by."),
        **DESCRIBED,
    },
    MANIFEST,
)
_QUERY_PARAMS = Shape(
    "query_params",
    "A metric query.",
    {
        "metrics": Key(Many(TEXT, single=True), "Metrics."),
        "group_by": Key(Many(TEXT, single=True), "Dimensions."),
        "where": Key(FILTERS, "Conditions; all must hold."),
        "order_by": Key(Many(TEXT, single=True), "Order; '-' in front for descending."),
        "limit": Key(Number(whole=True, minimum=0), "Rows at most."),
    },
)
_EXPORT = Shape(
    "export",
    "A table or view to write.",
    {**named("Its name."), "config": Key(Part("export_config"))},
)
_EXPORT_CONFIG = Shape(
    "export_config",
    "What to write.",
    {
        "export_as": Key(Choice("an export form", ("table", "view")), "table or view."),
        "schema": Key(TEXT, "Its schema."),
        "schema_name": Key(TEXT, "Its schema."),
        "alias": Key(TEXT, "Its name."),
    },
    frozenset(("database",)),
)

_CONFIGURATION = Shape(
    "project_configuration",
    "What all models of a project share.",
    {
        "time_spines": Key(Many(Part("time_spine")), "Calendar tables, one per grain."),
        "time_spine_table_configurations": Key(Many(Part("old_time_spine")), "The older form."),
    },
    MANIFEST | {"dsi_package_version", "name"},
)
_TIME_SPINE = Shape(
    "time_spine",
    "A table with one row for each moment of its grain.",
    {
        "node_relation": Key(Part("relation", short="text"), "The table.", required=True),
        "primary_column": Key(Part("primary_column"), "Its time column.", required=True),
        "custom_granularities": Key(Many(Part("custom_granularity")), "Grains of your own."),
    },
    MANIFEST,
)
_PRIMARY_COLUMN = Shape(
    "primary_column",
    "The time column of a time spine.",
    {**named("The column."), "time_granularity": Key(GRAIN, "Its grain.", required=True)},
)
_OLD_TIME_SPINE = Shape(
    "old_time_spine",
    "A calendar table, older form.",
    {
        "location": Key(Part("relation", short="text"), "The table.", required=True),
        "column_name": Key(TEXT, "Its time column.", required=True),
        "grain": Key(GRAIN, "Its grain.", required=True),
    },
)


def _later(shape: str) -> Many:
    return Many(Part(shape, later=True))


_DOCUMENT = Shape(
    "document",
    "A document of semantic models, metrics, saved queries and project settings.",
    {
        "semantic_models": Key(_later("semantic model"), "Semantic models."),
        "metrics": Key(_later("metric"), "Metrics."),
        "models": Key(_later("model"), "dbt models with a semantic model in them."),
        "saved_queries": Key(_later("saved query"), "Saved queries."),
        "semantic_model": Key(Part("semantic model", later=True), "One semantic model."),
        "metric": Key(Part("metric", later=True), "One metric."),
        "saved_query": Key(Part("saved query", later=True), "One saved query."),
        "project_configuration": Key(Part("project_configuration", later=True), "Shared settings."),
    },
    frozenset(
        [
            "analyses",
            "anchors",
            "data_tests",
            "exposures",
            "functions",
            "groups",
            "interfaces_version",
            "macros",
            "seeds",
            "snapshots",
            "sources",
            "unit_tests",
            "version",
        ]
    ),
)

_OWN = (
    _DBT_MODEL,
    _DBT_SEMANTIC_MODEL,
    _DBT_COLUMN,
    _DBT_COLUMN_ENTITY,
    _DBT_COLUMN_DIMENSION,
    _DBT_DERIVED,
    _DBT_TIME_SPINE,
    _CUSTOM_GRANULARITY,
    _SAVED_QUERY,
    _QUERY_PARAMS,
    _EXPORT,
    _EXPORT_CONFIG,
    _CONFIGURATION,
    _TIME_SPINE,
    _PRIMARY_COLUMN,
    _OLD_TIME_SPINE,
    _DOCUMENT,
)

SHAPES = {
    shape.name: shape
    for shape in (*common_shapes.SHAPES, *model_shapes.SHAPES, *metric_shapes.SHAPES, *_OWN)
}
