"""Whose turn it is: background runs of many people on few workers.

The database is the queue. A message only wakes a worker, which then takes the run that is due: of
the person with the fewest running, then of the one who waited longest since their last. So fifty
queries of one person keep nobody else waiting, messages may get lost or come twice, and a worker
that dies holds nothing: its place is free when its heartbeat is old.
"""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.utils import timezone

from queries import transitions
from queries.models import QueryRun
from queries.states import QueryState

_LOCK = 7_261_003
_NEVER = datetime.min.replace(tzinfo=UTC)


def claim_next() -> QueryRun | None:
    """Claim the run that is due; None where nothing waits or all places are taken.

    One worker chooses at a time, else two could each take the last place of a person.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        run = _due()
        return transitions.claim(run) if run is not None else None


def free_places() -> int:
    """How many of the runs that wait could run now."""
    running = _running()
    waiting = dict(_waiting().values_list("actor_id").annotate(runs=Count("pk")).order_by())
    each = settings.QUERY_BACKGROUND_PER_USER
    startable = sum(min(count, max(0, each - running[who])) for who, count in waiting.items())
    return int(min(startable, max(0, settings.QUERY_BACKGROUND_TOTAL - running.total())))


def waiting_of(actor_id: str) -> int:
    """How many runs of the person wait."""
    return _waiting().filter(actor_id=actor_id).count()


def _due() -> QueryRun | None:
    running = _running()
    if running.total() >= settings.QUERY_BACKGROUND_TOTAL:
        return None
    last = QueryRun.objects.filter(
        actor_id=OuterRef("actor_id"), background=True, started_at__isnull=False
    ).order_by("-started_at")
    first_of_each = (
        _waiting()
        .annotate(last=Subquery(last.values("started_at")[:1]))
        .order_by("actor_id", "submitted_at")
        .distinct("actor_id")
    )
    may = [
        run for run in first_of_each if running[run.actor_id] < settings.QUERY_BACKGROUND_PER_USER
    ]
    return min(
        may,
        key=lambda run: (running[run.actor_id], run.last or _NEVER, run.submitted_at),
        default=None,
    )


def _running() -> Counter[str]:
    """Running background runs by person; those without a heartbeat take no place."""
    alive = timezone.now() - timedelta(seconds=settings.QUERY_LOST_AFTER_S)
    runs = QueryRun.objects.filter(
        state=QueryState.RUNNING, background=True, heartbeat_at__gte=alive
    )
    return Counter(dict(runs.values_list("actor_id").annotate(runs=Count("pk")).order_by()))


def _waiting() -> QuerySet[QueryRun]:
    return QueryRun.objects.filter(state=QueryState.QUEUED, background=True)
