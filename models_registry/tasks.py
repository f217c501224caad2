"""The registry's background work."""

from __future__ import annotations

import logging
from datetime import timedelta
from uuid import UUID

from celery import shared_task
from django.conf import settings

from models_registry.audit import SYSTEM
from models_registry.documentation import services as documentation
from models_registry.documentation.site import build_site, is_due
from models_registry.mirror.draining import drain
from models_registry.mirror.outbox import SYNC_VOLUME
from models_registry.models import Category
from semantic_layer.errors import Conflict
from semantic_layer.wiring import volume_store

log = logging.getLogger(__name__)

LONGEST_S = 300.0
"""Far below Celery's time limit; the sweep goes on with what is left."""


@shared_task(name=SYNC_VOLUME)  # type: ignore[untyped-decorator]
def sync_volume() -> None:
    """Write what the outbox holds to the volume."""
    drain(volume_store(), seconds=LONGEST_S)


@shared_task(name=documentation.WRITE_DOCUMENTATION)  # type: ignore[untyped-decorator]
def write_documentation(documentation_id: str) -> None:
    """Write a documentation that was ordered."""
    documentation.write_ordered(UUID(documentation_id))


@shared_task(name="models_registry.wake_documentation")  # type: ignore[untyped-decorator]
def wake_documentation() -> None:
    """Send again what lost its message."""
    documentation.wake_what_waits()


@shared_task(name="models_registry.build_docs")  # type: ignore[untyped-decorator]
def build_docs(category: str = Category.PRODUCTION.value) -> None:
    """The site of a category for everybody, with the service's own data."""
    try:
        build_site(actor=SYSTEM, category=category, folder=settings.DOCUMENTATION_FOLDER / category)
    except Conflict as error:
        log.info("%s", error.message)


@shared_task(name="models_registry.build_due_docs")  # type: ignore[untyped-decorator]
def build_due_docs() -> None:
    """The sites of DOCUMENTATION_SITES that are missing, tell of other models, or are old."""
    after = timedelta(seconds=settings.DOCUMENTATION_SITE_TTL_S)
    for category in settings.DOCUMENTATION_SITES:
        if is_due(category, settings.DOCUMENTATION_FOLDER / category, after=after):
            build_docs(category)
