"""Upkeep of the graph in the background."""

from __future__ import annotations

import logging

from celery import shared_task

from lineage.refreshing import PARTS, refresh

log = logging.getLogger(__name__)


@shared_task(name="lineage.refresh")  # type: ignore[untyped-decorator]
def refresh_lineage() -> None:
    """Read again what has changed since the last time: models, views, queries.

    A part that fails does not keep the others from being read.
    """
    for part in PARTS:
        try:
            refresh([part], wait=False)
        except Exception:
            log.exception("lineage of %s could not be refreshed", part)
