"""Upkeep of what queries leave behind."""

from __future__ import annotations

from celery import shared_task

from queries.results import sweep_results


@shared_task(name="queries.sweep_results")  # type: ignore[untyped-decorator]
def sweep_stored_results() -> None:
    """Expire stored results and mend what a crash left of them."""
    sweep_results()
