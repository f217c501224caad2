"""What may be written of a semantic model."""

from __future__ import annotations

from semantic_layer.compiler.reading.common_shapes import (
    AGGREGATE,
    AGGREGATION,
    DATATYPE,
    DESCRIBED,
    DIMENSION_TYPE,
    ENTITY_TYPE,
    GRAIN,
    MANIFEST,
    TEXT,
    TRUTH,
    named,
)
from semantic_layer.compiler.reading.shapes import Key, Many, Part, Shape

ENTITY = Shape(
    "entity",
    "A key that models are joined by.",
    {
        **named("The key's name, the same in every model that has it."),
        "type": Key(ENTITY_TYPE, "primary, unique, foreign or natural.", required=True),
        "expr": Key(TEXT, "Column or expression; the name itself if left out."),
        "role": Key(
            TEXT, "The part it plays, where one model is reached twice (origin, destination)."
        ),
        **DESCRIBED,
    },
    MANIFEST,
)

_VALIDITY = Shape(
    "validity_params",
    "Marks the two columns between which a row is valid.",
    {
        "is_start": Key(TRUTH, "The row is valid from this time on."),
        "is_end": Key(TRUTH, "The row is valid until before this time; null means still valid."),
    },
)

DIMENSION = Shape(
    "dimension",
    "An attribute to group and filter by.",
    {
        **named("The dimension's name."),
        "type": Key(DIMENSION_TYPE, "categorical or time.", required=True),
        "expr": Key(TEXT, "Column or expression; the name itself if left out."),
        "is_partition": Key(TRUTH, "Joins only equal partitions."),
        "type_params": Key(Part("dimension_type_params"), "For time: its granularity."),
        "time_granularity": Key(GRAIN, "The finest grain of a time dimension."),
        "granularity": Key(GRAIN, "The finest grain of a time dimension."),
        "validity_params": Key(Part("validity_params"), "For slowly changing dimensions."),
        "time_zone": Key(TEXT, "The zone its values are written in."),
        "data_type": Key(TEXT, "The column's SQL type."),
        "datatype": Key(DATATYPE, "What its values are, for other tools."),
        **DESCRIBED,
    },
    MANIFEST,
)

_DIMENSION_TYPE_PARAMS = Shape(
    "dimension_type_params",
    "What a time dimension needs.",
    {
        "time_granularity": Key(GRAIN, "The finest grain."),
        "validity_params": Key(Part("validity_params"), "For slowly changing dimensions."),
    },
)

_MEASURE = Shape(
    "measure",
    "What is aggregated.",
    {
        **named("The measure's name."),
        **AGGREGATE,
        "agg": Key(AGGREGATION, "How the values become one.", required=True),
        "expr": Key(TEXT, "Column or expression; the name itself if left out."),
        "create_metric": Key(TRUTH, "Also make a simple metric of it."),
        **DESCRIBED,
    },
    MANIFEST,
)

_DEFAULTS = Shape(
    "defaults",
    "Defaults of the model's measures.",
    {"agg_time_dimension": Key(TEXT, "The time dimension metric_time stands for.")},
)

_MODEL = Shape(
    "semantic model",
    "One table and what it means.",
    {
        **named("The model's name, also its id."),
        "model": Key(Part("relation", short="text"), "ref('name') or catalog.schema.table."),
        "node_relation": Key(Part("relation", short="text"), "The table by its parts."),
        "defaults": Key(Part("defaults"), "Defaults of its measures."),
        "primary_entity": Key(TEXT, "The primary entity, when no column holds it."),
        "time_zone": Key(TEXT, "The zone its stored times are written in; UTC if left out."),
        "entities": Key(Many(Part("entity")), "The keys it is joined by."),
        "dimensions": Key(Many(Part("dimension")), "What to group and filter by."),
        "measures": Key(Many(Part("measure")), "What is aggregated."),
        "metrics": Key(Many(Part("metric", later=True)), "Metrics that belong to it."),
        "tags": Key(Many(TEXT, single=True), "Tags to find it by."),
        **DESCRIBED,
    },
    MANIFEST,
)

SHAPES = (
    ENTITY,
    _VALIDITY,
    DIMENSION,
    _DIMENSION_TYPE_PARAMS,
    _MEASURE,
    _DEFAULTS,
    _MODEL,
)
