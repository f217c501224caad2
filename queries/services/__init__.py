"""The public face of queries: what views, commands and upper apps call."""

from queries.services.auditing import (
    AuditFilter,
    AuditSource,
    CachePart,
    audit_trail,
    empty_cache,
)
from queries.services.background import run_next
from queries.services.exports import (
    build_export,
    export_manifest,
    export_metrics,
    export_run,
    export_sql,
    open_export,
    submit_export,
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
from queries.services.receipts import receipt_of
from queries.services.replaying import Replay, replay
from queries.services.saved import (
    SavedFilter,
    SavedRun,
    create_saved_query,
    delete_saved_query,
    run_saved_query,
    saved_queries,
    saved_query,
    update_saved_query,
)
from queries.services.sql import format_sql, run_sql, submit_sql, validate_sql

__all__ = [
    "AuditFilter",
    "AuditSource",
    "CachePart",
    "HistoryFilter",
    "Replay",
    "SavedFilter",
    "SavedRun",
    "audit_trail",
    "build_export",
    "cancel_query",
    "compile_metrics",
    "create_saved_query",
    "delete_saved_query",
    "dimension_values",
    "empty_cache",
    "export_manifest",
    "export_metrics",
    "export_run",
    "export_sql",
    "format_sql",
    "groupable_dimensions",
    "open_export",
    "own_run",
    "query_history",
    "query_results",
    "reap_runs",
    "receipt_of",
    "replay",
    "run_metric_query",
    "run_next",
    "run_saved_query",
    "run_sql",
    "saved_queries",
    "saved_query",
    "submit_export",
    "submit_metric_query",
    "submit_sql",
    "update_saved_query",
    "validate_sql",
]
