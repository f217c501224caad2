"""The public face of queries: what views, commands and upper apps call."""

from queries.services.metrics import (
    compile_metrics,
    dimension_values,
    groupable_dimensions,
    run_metric_query,
)
from queries.services.sql import run_sql, validate_sql

__all__ = [
    "compile_metrics",
    "dimension_values",
    "groupable_dimensions",
    "run_metric_query",
    "run_sql",
    "validate_sql",
]
