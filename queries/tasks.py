"""Queries in the background, and upkeep of what queries leave behind."""

from __future__ import annotations

from celery import shared_task

from queries import services
from queries.exports.upkeep import sweep_exports
from queries.results import sweep_results
from queries.waking import RUN_QUEUED


@shared_task(name="queries.sweep_results")  # type: ignore[untyped-decorator]
def sweep_stored_results() -> None:
    """Expire stored results and exports, and mend what a crash left of them."""
    sweep_results()
    sweep_exports()


# Acknowledged early: the message only wakes a worker, the run is in the database, and the reaper
# sends another one where it gets lost. Kept back, it would be delivered again after an hour, and
# Celery would end running queries when it loses the broker.
@shared_task(name=RUN_QUEUED, acks_late=False)  # type: ignore[untyped-decorator]
def run_queued(query_id: str | None = None) -> bool:
    """Run the query that is due, which need not be the one that the message was sent for."""
    return services.run_next()


@shared_task(name="queries.reap")  # type: ignore[untyped-decorator]
def reap() -> None:
    """Queue lost runs again or end them, and wake workers for what waits."""
    services.reap_runs()
