"""Every step in the life of a generation, each by one conditional UPDATE: whoever comes second
changes nothing.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from catalog.models import Generation, GenerationState

MOST_ATTEMPTS = 3
"""A generation whose worker vanished is made again; the third time is no accident."""


def claim_next() -> Generation | None:
    """The generation that waited longest, now running under a new claim; None where none is due.

    One person has one at a time, so that many tables of one keep nobody else waiting.
    """
    with transaction.atomic():
        waiting = Generation.objects.filter(state=GenerationState.QUEUED)
        busy = _alive().values("job__actor_id")
        due = waiting.exclude(job__actor_id__in=busy).order_by("id")
        found = due.select_for_update(skip_locked=True, of=("self",)).first()
        if found is None:
            return None
        now = timezone.now()
        Generation.objects.filter(pk=found.pk).update(
            state=GenerationState.RUNNING,
            attempt=F("attempt") + 1,
            heartbeat_at=now,
            started_at=now,
        )
    return Generation.objects.select_related("job").get(pk=found.pk)


def beat(generation: Generation) -> None:
    """Say that the claim is alive."""
    _held(generation).update(heartbeat_at=timezone.now())


def finish(generation: Generation, state: GenerationState, **outcome: Any) -> bool:
    """End the generation; False where the claim does not hold any more."""
    return bool(_held(generation).update(state=state, finished_at=timezone.now(), **outcome))


def cancel_waiting(job_id: Any) -> int:
    """End what waits; what runs is finished. How many were ended."""
    waiting = Generation.objects.filter(job_id=job_id, state=GenerationState.QUEUED)
    return waiting.update(state=GenerationState.CANCELLED, finished_at=timezone.now())


def end_lost() -> tuple[int, int]:
    """Queue generations again whose worker is silent, or end them; how many of each."""
    lost = Generation.objects.filter(state=GenerationState.RUNNING, heartbeat_at__lt=_alive_since())
    failed = lost.filter(attempt__gte=MOST_ATTEMPTS).update(
        state=GenerationState.FAILED,
        finished_at=timezone.now(),
        error_code="WORKER_LOST",
        error_message="The process that made the model vanished, time and again.",
    )
    requeued = lost.filter(attempt__lt=MOST_ATTEMPTS).update(
        state=GenerationState.QUEUED, heartbeat_at=None
    )
    return requeued, failed


def waiting() -> int:
    return Generation.objects.filter(state=GenerationState.QUEUED).count()


def _held(generation: Generation) -> QuerySet[Generation]:
    return Generation.objects.filter(
        pk=generation.pk, attempt=generation.attempt, state=GenerationState.RUNNING
    )


def _alive() -> QuerySet[Generation]:
    return Generation.objects.filter(
        state=GenerationState.RUNNING, heartbeat_at__gte=_alive_since()
    )


def _alive_since() -> Any:
    return timezone.now() - timedelta(seconds=settings.GENERATION_LOST_AFTER_S)
