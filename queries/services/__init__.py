"""The public face of queries: what views, commands and upper apps call."""

from queries.services.background import run_next
from queries.services.exports import (
    build_export,
    export_manifest,
    export_metrics,
    export_run,
    export_sql,
    open_export,
)
from queries.services.following import (
    HistoryFilter,
    cancel_query,
    own_run,
    query_history,
    query_results,
)
from queries.services.metrics import (
    compile_metrics,
    dimension_values,
    groupable_dimensions,
    run_metric_query,
    submit_metric_query,
)
from queries.services.reaping import reap_runs
from queries.services.sql import run_sql, submit_sql, validate_sql

__all__ = [
    "HistoryFilter",
    "build_export",
    "cancel_query",
    "compile_metrics",
    "dimension_values",
    "export_manifest",
    "export_metrics",
    "export_run",
    "export_sql",
    "groupable_dimensions",
    "open_export",
    "own_run",
    "query_history",
    "query_results",
    "reap_runs",
    "run_metric_query",
    "run_next",
    "run_sql",
    "submit_metric_query",
    "submit_sql",
    "validate_sql",
]
