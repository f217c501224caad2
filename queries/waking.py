"""Telling a worker that something waits. A message that gets lost is sent again by the reaper."""

from __future__ import annotations

import logging
import uuid
from functools import partial

from django.db import transaction
from kombu.exceptions import OperationalError

from semantic_layer.celery import app

RUN_QUEUED = "queries.run_queued"
USEFUL_FOR_S = 60
"""Where no worker runs the reaper goes on sending messages; the old ones must not pile up."""

log = logging.getLogger(__name__)


def wake(query_id: uuid.UUID | None = None) -> None:
    """Send one message; the query's id is for whoever reads the broker's queue."""
    try:
        app.send_task(RUN_QUEUED, args=[str(query_id) if query_id else None], expires=USEFUL_FOR_S)
    except (OperationalError, OSError):
        log.warning("the broker cannot be reached: queued queries wait for the reaper")


def wake_after_commit(query_id: uuid.UUID) -> None:
    transaction.on_commit(partial(wake, query_id), robust=True)
