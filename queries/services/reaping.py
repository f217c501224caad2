"""What nobody else would end: runs whose worker vanished, and runs that no worker was told of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from queries import transitions
from queries.turns import free_places
from queries.waking import wake
from semantic_layer.api.instruments import QUERIES_LOST


@dataclass(frozen=True)
class Reaped:
    """What became of lost runs, how many waited too long, and how many workers were woken."""

    requeued: int
    failed: int
    cancelled: int
    overdue: int
    woken: int


def reap_runs() -> Reaped:
    """Queue lost runs again or end them, end what waited too long, wake workers for the rest.

    Safe to run twice at once. A heartbeat says whether a run is lost, so it takes one that stopped
    for QUERY_LOST_AFTER_S seconds.
    """
    now = timezone.now()
    lost = transitions.end_lost(now - timedelta(seconds=settings.QUERY_LOST_AFTER_S))
    _count(lost)
    overdue = transitions.end_overdue(now - timedelta(seconds=settings.QUERY_WAIT_TIMEOUT_S))
    places = free_places()
    for _ in range(places):
        wake()
    return Reaped(lost.requeued, lost.failed, lost.cancelled, overdue, places)


def _count(lost: transitions.Lost) -> None:
    for became in ("requeued", "failed", "cancelled"):
        QUERIES_LOST.labels(became).inc(getattr(lost, became))
