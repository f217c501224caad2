"""Upkeep of the graph in the background."""

from __future__ import annotations

from celery import shared_task

from lineage.refreshing import refresh


@shared_task(name="lineage.refresh")  # type: ignore[untyped-decorator]
def refresh_lineage() -> None:
    """Read again what has changed since the last time: models, views, queries."""
    refresh(wait=False)
