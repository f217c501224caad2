"""Every key of both generations of dbt's spec, with a value that must change what is read.

A row is (kind of mapping, where one stands in the document of key_hosts.py, key → value). A key
that is no part of what the service does is `REFUSED` or `PASSED_OVER`, one that says a thing twice
is `WARNED` of, and the test holds it to that.
"""

from __future__ import annotations

from typing import Any

REFUSED: Any = object()
WARNED: Any = object()
PASSED_OVER: Any = object()
Row = tuple[str, tuple[str | int, ...], dict[str, Any]]

_WORDS = {"label": "Shown", "description": "Said", "config": {"meta": {"owner": "ann"}}}
_ONLY_META = {"meta": {"owner": "ann"}}
_FILTER = "{{ Dimension('order__country') }} = 'FR'"
_PROPERTIES = {"base_property": "at", "conversion_property": "at"}
_MODEL = ("semantic_models", 0)
_PARAMS = ("metrics", 0, "type_params")
_SPINES = ("project_configuration", "time_spines", 0)
_CONFIGURED = ("project_configuration", "time_spine_table_configurations", 0)
_OWN = ("metrics", 5, "type_params", "metric_aggregation_params")
_BOUGHT = ("metrics", 4, "type_params", "conversion_type_params")
_RUNNING = ("metrics", 3, "type_params", "cumulative_type_params")
_STOCK = {"name": "at", "window_choice": "max"}

LEGACY_KEYS: list[Row] = [
    (
        "document",
        (),
        {
            "semantic_model": {"name": "one", "node_relation": {"alias": "one"}},
            "metric": {
                "name": "single",
                "type": "simple",
                "type_params": {"measure": "total"},
            },
            "project_configuration": {},
        },
    ),
    (
        "semantic_model",
        _MODEL,
        {
            **_WORDS,
            "name": "sales",
            "node_relation": {"alias": "other"},
            "defaults": {"agg_time_dimension": "sent_at"},
            "primary_entity": REFUSED,
            "entities": [{"name": "order", "type": "primary"}, {"name": "user", "type": "unique"}],
            "dimensions": [
                {"name": "at", "type": "time", "type_params": {"time_granularity": "hour"}}
            ],
            "measures": [{"name": "total", "agg": "max"}],
        },
    ),
    ("semantic_model_config", (*_MODEL, "config"), _ONLY_META),
    ("semantic_model_defaults", (*_MODEL, "defaults"), {"agg_time_dimension": "sent_at"}),
    (
        "node_relation",
        (*_MODEL, "node_relation"),
        {
            "alias": "other",
            "schema_name": "other",
            "database": "lake",
            "relation_name": PASSED_OVER,
        },
    ),
    (
        "entity",
        (*_MODEL, "entities", 1),
        {
            "name": "person",
            "type": "unique",
            "expr": "user_id",
            "role": "buyer",
            "label": "Shown",
            "config": {"meta": {"owner": "ann"}},
            "entity": REFUSED,
        },
    ),
    ("entity_config", (*_MODEL, "entities", 1, "config"), _ONLY_META),
    (
        "dimension",
        (*_MODEL, "dimensions", 1),
        {
            **_WORDS,
            "name": "left_at",
            "type": "categorical",
            "expr": "sent",
            "is_partition": True,
            "type_params": {"time_granularity": "hour"},
            "datatype": "datetime",
        },
    ),
    ("dimension_config", (*_MODEL, "dimensions", 1, "config"), _ONLY_META),
    (
        "dimension_type_params",
        ("semantic_models", 1, "dimensions", 0, "type_params"),
        {"time_granularity": "hour", "validity_params": {"is_start": False}},
    ),
    (
        "validity_params",
        ("semantic_models", 1, "dimensions", 0, "type_params", "validity_params"),
        {"is_start": False, "is_end": True},
    ),
    (
        "measure",
        (*_MODEL, "measures", 0),
        {
            **_WORDS,
            "name": "sum_of",
            "agg": "max",
            "expr": "amount",
            "agg_params": {"percentile": 0.5},
            "agg_time_dimension": "sent_at",
            "create_metric": True,
            "create_metric_display_name": REFUSED,
            "non_additive_dimension": _STOCK,
        },
    ),
    ("measure_config", (*_MODEL, "measures", 0, "config"), _ONLY_META),
    (
        "aggregation_type_params",
        (*_MODEL, "measures", 1, "agg_params"),
        {
            "percentile": 0.9,
            "use_discrete_percentile": True,
            "use_approximate_percentile": True,
        },
    ),
    (
        "non_additive_dimension",
        (*_MODEL, "measures", 2, "non_additive_dimension"),
        {"name": "sent_at", "window_choice": "min", "window_groupings": ["user"]},
    ),
    (
        "metric",
        ("metrics", 0),
        {
            **_WORDS,
            "name": "income",
            "type": "ratio",
            "type_params": {"measure": "visits"},
            "filter": _FILTER,
            "time_granularity": "month",
            "datatype": "float",
        },
    ),
    ("metric_config", ("metrics", 0, "config"), _ONLY_META),
    (
        "metric_type_params",
        _PARAMS,
        {
            "measure": "visits",
            "join_to_timespine": True,
            "fill_nulls_with": 0,
            "is_private": True,
            "expr": REFUSED,
            "numerator": REFUSED,
            "denominator": REFUSED,
            "metrics": REFUSED,
            "window": REFUSED,
            "grain_to_date": REFUSED,
            "cumulative_type_params": REFUSED,
            "conversion_type_params": REFUSED,
            "metric_aggregation_params": REFUSED,
        },
    ),
    (
        "metric_input_measure",
        (*_PARAMS, "measure"),
        {
            "name": "visits",
            "filter": _FILTER,
            "alias": "spoken",
            "join_to_timespine": True,
            "fill_nulls_with": 0,
        },
    ),
    (
        "metric_input",
        ("metrics", 1, "type_params", "metrics", 0),
        {
            "name": "share",
            "filter": _FILTER,
            "alias": "now",
            "offset_window": "1 month",
            "offset_to_grain": "month",
        },
    ),
    (
        "cumulative_type_params",
        _RUNNING,
        {"metric": "own", "window": "7 days", "grain_to_date": "month", "period_agg": "last"},
    ),
    (
        "conversion_type_params",
        _BOUGHT,
        {
            "base_measure": "buys",
            "conversion_measure": "visits",
            "base_metric": WARNED,
            "conversion_metric": WARNED,
            "entity": "order",
            "calculation": "conversions",
            "window": "7 days",
            "constant_properties": [],
        },
    ),
    ("constant_property_input", (*_BOUGHT, "constant_properties", 0), _PROPERTIES),
    (
        "metric_aggregation_params",
        _OWN,
        {
            "semantic_model": "history",
            "agg": "max",
            "agg_params": {"percentile": 0.5},
            "agg_time_dimension": "sent_at",
            "non_additive_dimension": _STOCK,
            "window": REFUSED,
            "grain_to_date": REFUSED,
            "period_agg": REFUSED,
        },
    ),
    (
        "saved_query",
        ("saved_queries", 0),
        {
            "name": "daily",
            "label": "Shown",
            "description": "Said",
            "query_params": {"metrics": ["double"]},
            "exports": [],
            "tags": ["board"],
        },
    ),
    (
        "saved_query_query_params",
        ("saved_queries", 0, "query_params"),
        {
            "metrics": ["double"],
            "group_by": ["Dimension('order__country')"],
            "where": _FILTER,
            "order_by": ["Metric('revenue')"],
            "limit": 3,
        },
    ),
    (
        "export",
        ("saved_queries", 0, "exports", 0),
        {"name": "view", "config": {"export_as": "view"}},
    ),
    (
        "export_config",
        ("saved_queries", 0, "exports", 0, "config"),
        {"export_as": "view", "schema": "marts", "alias": "weekly"},
    ),
    (
        "project_configuration",
        ("project_configuration",),
        {"time_spines": [], "time_spine_table_configurations": []},
    ),
    (
        "time_spine",
        _SPINES,
        {
            "node_relation": {"alias": "calendar"},
            "primary_column": {"name": "date", "time_granularity": "day"},
            "custom_granularities": [],
        },
    ),
    (
        "time_spine_primary_column",
        (*_SPINES, "primary_column"),
        {"name": "date", "time_granularity": "month"},
    ),
    (
        "custom_granularity_column",
        (*_SPINES, "custom_granularities", 0),
        {"name": "term", "column_name": "season_of"},
    ),
    (
        "time_spine_table_configuration",
        _CONFIGURED,
        {"location": "shop.moments", "column_name": "moment", "grain": "minute"},
    ),
]

_ORDERS = ("models", 0)
_COLUMN = (*_ORDERS, "columns", 3)
_DERIVED = (*_ORDERS, "derived_semantics")
_METRIC = (*_ORDERS, "metrics")

NEW_KEYS: list[Row] = [
    (
        "model",
        _ORDERS,
        {
            "name": "sold",
            "description": "Said",
            "semantic_model": {"name": "other"},
            "agg_time_dimension": "sent_at",
            "primary_entity": REFUSED,
            "columns": [{"name": "id", "entity": "primary"}],
            "derived_semantics": {},
            "metrics": [],
            "time_spine": {"standard_granularity_column": "at"},
            "config": PASSED_OVER,
        },
    ),
    (
        "semantic_model",
        (*_ORDERS, "semantic_model"),
        {
            "name": "other",
            "enabled": False,
            "config": {"meta": {"owner": "ann"}},
            "group": PASSED_OVER,
            "model": REFUSED,
        },
    ),
    (
        "column",
        _COLUMN,
        {
            "name": "left_at",
            "granularity": "hour",
            "dimension": {"type": "categorical"},
            "entity": "foreign",
            "description": "Said",
            "tests": PASSED_OVER,
            "type_params": REFUSED,
        },
    ),
    (
        "column entity",
        (*_ORDERS, "columns", 1, "entity"),
        {**_WORDS, "type": "unique", "name": "person"},
    ),
    (
        "column dimension",
        (*_COLUMN, "dimension"),
        {
            **_WORDS,
            "type": "categorical",
            "name": "left",
            "is_partition": True,
            "validity_params": {"is_start": True},
        },
    ),
    (
        "derived_semantics",
        _DERIVED,
        {"entities": [], "dimensions": [], "measures": REFUSED},
    ),
    (
        "derived entity",
        (*_DERIVED, "entities", 0),
        {**_WORDS, "name": "cart", "type": "unique", "expr": "cart_id"},
    ),
    (
        "derived dimension",
        (*_DERIVED, "dimensions", 1),
        {
            **_WORDS,
            "name": "settled",
            "type": "categorical",
            "expr": "settled_at",
            "granularity": "hour",
            "is_partition": True,
            "validity_params": {"is_start": True},
        },
    ),
    (
        "simple metric",
        (*_METRIC, 0),
        {
            **_WORDS,
            "name": "income",
            "type": "derived",
            "agg": "max",
            "expr": "amount",
            "percentile": 0.5,
            "percentile_type": "discrete",
            "join_to_timespine": True,
            "fill_nulls_with": 0,
            "non_additive_dimension": {"name": "at", "window_agg": "max"},
            "agg_time_dimension": "sent_at",
            "filter": _FILTER,
            "hidden": True,
            "time_granularity": "month",
            "measures": REFUSED,
        },
    ),
    ("percentile", (*_METRIC, 1), {"percentile": 0.9, "percentile_type": "discrete"}),
    (
        "non_additive_dimension",
        (*_METRIC, 2, "non_additive_dimension"),
        {"name": "sent_at", "window_agg": "min", "group_by": ["user"]},
    ),
    (
        "derived metric",
        (*_METRIC, 4),
        {"expr": "revenue * 3", "input_metrics": [{"name": "revenue", "offset_window": "1 day"}]},
    ),
    (
        "metric input",
        (*_METRIC, 4, "input_metrics", 0),
        {
            "name": "visits",
            "filter": _FILTER,
            "alias": "now",
            "offset_window": "1 month",
            "offset_to_grain": "month",
        },
    ),
    ("ratio metric", (*_METRIC, 5), {"numerator": "visits", "denominator": "visits"}),
    (
        "cumulative metric",
        (*_METRIC, 6),
        {
            "input_metric": "visits",
            "window": "7 days",
            "grain_to_date": "month",
            "period_agg": "last",
        },
    ),
    (
        "conversion metric",
        (*_METRIC, 7),
        {
            "entity": "order",
            "base_metric": "revenue",
            "conversion_metric": "revenue",
            "calculation": "conversions",
            "window": "7 days",
            "constant_properties": [_PROPERTIES],
        },
    ),
    (
        "time_spine",
        ("models", 1, "time_spine"),
        {"standard_granularity_column": "date", "custom_granularities": []},
    ),
    (
        "custom_granularity",
        ("models", 1, "time_spine", "custom_granularities", 0),
        {"name": "term", "column_name": "season_of"},
    ),
]
