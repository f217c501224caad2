"""Telling the volume of a change, in the transaction of the change itself.

The row cannot be lost and costs the writer one INSERT. Files are written by whoever drains the
outbox: a worker that is woken after the commit, the sweep that beat sends, `manage.py sync_models`.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone
from kombu.exceptions import OperationalError

from models_registry.models import OutboxEntry
from semantic_layer.celery import app

SYNC_VOLUME = "models_registry.sync_volume"

log = logging.getLogger(__name__)


def tell_volume(changes: Iterable[tuple[int, int | None]]) -> None:
    """Note changed documents, each with its new version (None: it left the category).

    Call inside the transaction of the change. Side effect: a worker is woken after the commit.
    """
    now = timezone.now()
    OutboxEntry.objects.bulk_create(
        OutboxEntry(document_id=document_id, version_id=version_id, created_at=now)
        for document_id, version_id in changes
    )
    transaction.on_commit(wake, robust=True)


def wake() -> None:
    """Send one message; where it gets lost, the sweep finds the rows."""
    try:
        app.send_task(SYNC_VOLUME, retry=False)
    except (OperationalError, OSError):
        log.warning("the broker cannot be reached: the volume is written by the next sweep")
