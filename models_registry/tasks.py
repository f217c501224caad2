"""The registry's background work."""

from __future__ import annotations

from celery import shared_task

from models_registry.mirror.draining import drain
from models_registry.mirror.outbox import SYNC_VOLUME
from semantic_layer.wiring import volume_store

LONGEST_S = 300.0
"""Far below Celery's time limit; the sweep goes on with what is left."""


@shared_task(name=SYNC_VOLUME)  # type: ignore[untyped-decorator]
def sync_volume() -> None:
    """Write what the outbox holds to the volume."""
    drain(volume_store(), seconds=LONGEST_S)
