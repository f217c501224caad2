"""Models for many tables in the background."""

from __future__ import annotations

from celery import shared_task

from catalog import jobs
from catalog.jobs.services import GENERATE_NEXT


# Acknowledged early, as queries.run_queued is: the message only wakes a worker.
@shared_task(name=GENERATE_NEXT, acks_late=False)  # type: ignore[untyped-decorator]
def generate_next() -> bool:
    """Make the model that is due."""
    return jobs.run_next()


@shared_task(name="catalog.resume_generations")  # type: ignore[untyped-decorator]
def resume_generations() -> None:
    """Queue what lost its worker, and wake workers for what waits."""
    jobs.resume_generations()
