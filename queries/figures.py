"""What Prometheus hears of a query's end; semantic_layer/api/instruments.py says what it means."""

from __future__ import annotations

from queries.models import QueryRun
from queries.states import QueryState
from semantic_layer.api.instruments import ENGINE_SECONDS, QUERIES, QUERY_SECONDS


def count_end(run: QueryRun, state: QueryState) -> None:
    """The run ended in this state, as noted in it."""
    completed = state is QueryState.COMPLETED
    outcome = "completed" if completed else run.error_code or state.value.upper()
    QUERIES.labels(run.kind, outcome, str(run.background).lower()).inc()
    if not completed:
        return
    if run.total_ms is not None:
        QUERY_SECONDS.labels(run.kind, str(run.cached).lower()).observe(run.total_ms / 1000)
    if run.engine_ms is not None and not run.cached:
        ENGINE_SECONDS.labels(run.kind).observe(run.engine_ms / 1000)
