"""A good document of each generation of dbt's spec, into which tests write one key at a time."""

from __future__ import annotations

from typing import Any

LEGACY: dict[str, Any] = {
    "semantic_models": [
        {
            "name": "orders",
            "node_relation": {"alias": "orders", "schema_name": "shop"},
            "defaults": {"agg_time_dimension": "at"},
            "entities": [
                {"name": "order", "type": "primary"},
                {"name": "user", "type": "foreign"},
            ],
            "dimensions": [
                {"name": "at", "type": "time", "type_params": {"time_granularity": "day"}},
                {"name": "sent_at", "type": "time", "type_params": {"time_granularity": "day"}},
                {"name": "country", "type": "categorical"},
            ],
            "measures": [
                {"name": "total", "agg": "sum"},
                {
                    "name": "slow",
                    "agg": "percentile",
                    "agg_params": {"percentile": 0.5},
                },
                {
                    "name": "stock",
                    "agg": "sum",
                    "non_additive_dimension": {"name": "at", "window_choice": "max"},
                },
                {"name": "visits", "agg": "count", "expr": "1"},
                {"name": "buys", "agg": "count", "expr": "1"},
            ],
        },
        {
            "name": "history",
            "node_relation": {"alias": "history"},
            "entities": [{"name": "user", "type": "natural"}],
            "dimensions": [
                {
                    "name": "since",
                    "type": "time",
                    "type_params": {
                        "time_granularity": "day",
                        "validity_params": {"is_start": True},
                    },
                },
                {
                    "name": "until",
                    "type": "time",
                    "type_params": {
                        "time_granularity": "day",
                        "validity_params": {"is_end": True},
                    },
                },
            ],
        },
    ],
    "metrics": [
        {"name": "revenue", "type": "simple", "type_params": {"measure": {"name": "total"}}},
        {
            "name": "double",
            "type": "derived",
            "type_params": {"expr": "revenue * 2", "metrics": [{"name": "revenue"}]},
        },
        {
            "name": "share",
            "type": "ratio",
            "type_params": {"numerator": "revenue", "denominator": "revenue"},
        },
        {
            "name": "running",
            "type": "cumulative",
            "type_params": {"cumulative_type_params": {"metric": "revenue"}},
        },
        {
            "name": "bought",
            "type": "conversion",
            "type_params": {
                "conversion_type_params": {
                    "base_measure": "visits",
                    "conversion_measure": "buys",
                    "entity": "user",
                    "constant_properties": [
                        {"base_property": "country", "conversion_property": "country"}
                    ],
                }
            },
        },
        {
            "name": "own",
            "type": "simple",
            "type_params": {
                "expr": "total",
                "metric_aggregation_params": {"semantic_model": "orders", "agg": "sum"},
            },
        },
    ],
    "saved_queries": [
        {
            "name": "weekly",
            "query_params": {"metrics": ["revenue"]},
            "exports": [{"name": "table", "config": {"export_as": "table"}}],
        }
    ],
    "project_configuration": {
        "time_spines": [
            {
                "node_relation": {"alias": "days"},
                "primary_column": {"name": "day", "time_granularity": "day"},
                "custom_granularities": [{"name": "season"}],
            }
        ],
        "time_spine_table_configurations": [
            {"location": "shop.hours", "column_name": "hour", "grain": "hour"}
        ],
    },
}

NEW: dict[str, Any] = {
    "models": [
        {
            "name": "orders",
            "semantic_model": {"name": "sales"},
            "agg_time_dimension": "at",
            "columns": [
                {"name": "id", "entity": {"type": "primary", "name": "order"}},
                {"name": "user", "entity": {"type": "foreign"}},
                {"name": "at", "granularity": "day", "dimension": {"type": "time"}},
                {"name": "sent_at", "granularity": "day", "dimension": {"type": "time"}},
                {"name": "country", "dimension": {"type": "categorical"}},
            ],
            "derived_semantics": {
                "entities": [{"name": "basket", "type": "foreign", "expr": "basket_id"}],
                "dimensions": [
                    {"name": "region", "type": "categorical", "expr": "upper(country)"},
                    {"name": "paid", "type": "time", "expr": "paid_at", "granularity": "day"},
                ],
            },
            "metrics": [
                {"name": "revenue", "agg": "sum", "expr": "total"},
                {"name": "slow", "agg": "percentile", "expr": "ms", "percentile": 0.5},
                {
                    "name": "stock",
                    "agg": "sum",
                    "expr": "stock",
                    "non_additive_dimension": {"name": "at", "window_agg": "max"},
                },
                {"name": "visits", "agg": "count", "expr": "1"},
                {
                    "name": "double",
                    "type": "derived",
                    "expr": "revenue * 2",
                    "input_metrics": [{"name": "revenue"}],
                },
                {
                    "name": "share",
                    "type": "ratio",
                    "numerator": "revenue",
                    "denominator": "revenue",
                },
                {"name": "running", "type": "cumulative", "input_metric": "revenue"},
                {
                    "name": "bought",
                    "type": "conversion",
                    "entity": "user",
                    "base_metric": "visits",
                    "conversion_metric": "visits",
                },
            ],
        },
        {
            "name": "days",
            "columns": [{"name": "day", "granularity": "day"}],
            "time_spine": {
                "standard_granularity_column": "day",
                "custom_granularities": [{"name": "season"}],
            },
        },
    ],
}
