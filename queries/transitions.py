"""Every step in the life of a run, each by one conditional UPDATE: whoever comes second changes
nothing.

A claim is told from older ones by its number, `attempt`: a worker that was given up and comes back
holds an old one and can neither finish nor disturb the run.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from queries.announcing import announce
from queries.figures import count_end
from queries.models import QueryRun
from queries.states import OPEN, QueryState, sources_of
from semantic_layer.errors import StatementCancelled

_CONTROL = frozenset(
    {
        "id", "state", "kind", "actor_id", "actor_email", "request_id", "background", "attempt",
        "losses", "heartbeat_at", "progress", "cancel_requested_at", "submitted_at", "started_at",
    }
)  # fmt: skip
"""What only the steps change; all else is what came of the run, and who holds it says so."""


@dataclass(frozen=True)
class Standing:
    """Whether a claim still holds, and whether somebody wants the run to end."""

    is_held: bool
    cancel_requested: bool


@dataclass(frozen=True)
class Lost:
    """What became of runs that lost their worker or never got one."""

    requeued: int
    failed: int
    cancelled: int


def move(runs: QuerySet[QueryRun], to: QueryState, **changes: Any) -> int:
    """Take the step where it is allowed from the state a run is in; how many did."""
    return runs.filter(state__in=sources_of(to)).update(state=to, **changes)


def claim(run: QueryRun) -> QueryRun | None:
    """The run, now running under a new claim; None where somebody else was faster."""
    now = timezone.now()
    moved = move(
        QueryRun.objects.filter(pk=run.pk, attempt=run.attempt),
        QueryState.RUNNING,
        attempt=F("attempt") + 1,
        heartbeat_at=now,
        started_at=now,
        progress=None,
    )
    return _changed(QueryRun.objects.get(pk=run.pk)) if moved else None


def standing_of(run: QueryRun) -> Standing:
    """How the claim of the run stands."""
    found = _held(run).values_list("cancel_requested_at", flat=True)[:1]
    rows = list(found)
    return Standing(bool(rows), bool(rows and rows[0]))


def beat(run: QueryRun, progress: float | None) -> None:
    """Say that the run is alive, and how far it is."""
    changes: dict[str, Any] = {"heartbeat_at": timezone.now()}
    if progress is not None:
        changes["progress"] = progress
    if _held(run).update(**changes):
        announce(run.pk)


def note_statement(run: QueryRun) -> None:
    """Keep which statement of the warehouse runs for it: whoever runs it again cancels that one."""
    _held(run).update(warehouse=run.warehouse, statement_id=run.statement_id)


def finish(run: QueryRun, state: QueryState) -> bool:
    """End the run that this claim holds, with all that is noted in it; False where it does not
    hold it any more.

    A run that was told to end in time is not completed: that is False as well.
    """
    held = _held(run)
    if state is QueryState.COMPLETED:
        held = held.filter(cancel_requested_at=None)
    fields = [field for field in QueryRun._meta.concrete_fields if field.name not in _CONTROL]
    outcome = {field.attname: getattr(run, field.attname) for field in fields}
    if not move(held, state, **outcome):
        return False
    run.state = state
    count_end(run, state)
    _changed(run)
    return True


def hand_back(run: QueryRun) -> bool:
    """Give the run back to the queue, with no reproach."""
    moved = move(_held(run), QueryState.QUEUED, heartbeat_at=None, progress=None)
    if moved:
        _changed(run)
    return bool(moved)


def request_cancel(query_id: uuid.UUID) -> None:
    """End a run that waits; tell a run that runs. One that has ended stays as it is."""
    runs, now = QueryRun.objects.filter(pk=query_id), timezone.now()
    waiting = runs.filter(state=QueryState.QUEUED)
    with transaction.atomic():
        cancelled = move(
            waiting,
            QueryState.CANCELLED,
            cancel_requested_at=now,
            finished_at=now,
            error_code=StatementCancelled.code,
            error_message="The query was cancelled before it ran.",
        )
        if not cancelled:
            runs.filter(state=QueryState.RUNNING, cancel_requested_at=None).update(
                cancel_requested_at=now
            )
    announce(query_id)


def end_lost(before: datetime) -> Lost:
    """Runs whose last heartbeat is older: queued again, since statements only read; ended where
    they lost QUERY_MOST_LOSSES workers before, which they may have killed themselves.
    """
    lost = QueryRun.objects.filter(state=QueryState.RUNNING, heartbeat_at__lt=before)
    now = timezone.now()
    cancelled = _move_each(
        lost.filter(cancel_requested_at__isnull=False),
        QueryState.CANCELLED,
        finished_at=now,
        error_code=StatementCancelled.code,
        error_message="The query was cancelled.",
    )
    again = Q(background=True, losses__lt=settings.QUERY_MOST_LOSSES)
    requeued = _move_each(
        lost.filter(again),
        QueryState.QUEUED,
        losses=F("losses") + 1,
        heartbeat_at=None,
        progress=None,
    )
    failed = _move_each(
        lost.exclude(again),
        QueryState.FAILED,
        losses=F("losses") + 1,
        finished_at=now,
        error_code="WORKER_LOST",
        error_message="The process that ran the query vanished. Run it again.",
    )
    return Lost(requeued, failed, cancelled)


def end_overdue(before: datetime) -> int:
    """Runs that wait since then or longer; how many were ended."""
    return _move_each(
        QueryRun.objects.filter(state=QueryState.QUEUED, submitted_at__lt=before),
        QueryState.FAILED,
        finished_at=timezone.now(),
        error_code="QUEUE_TIMEOUT",
        error_message=f"The query waited {settings.QUERY_WAIT_TIMEOUT_S} seconds for its turn. "
        "Run it again, or ask whether the workers run.",
    )


def _held(run: QueryRun) -> QuerySet[QueryRun]:
    return QueryRun.objects.filter(pk=run.pk, attempt=run.attempt, state=QueryState.RUNNING)


def _move_each(runs: QuerySet[QueryRun], to: QueryState, **changes: Any) -> int:
    """The step for each run by itself, so that each is told; the conditions are checked again."""
    moved = 0
    for key in list(runs.filter(state__in=OPEN).values_list("pk", flat=True)):
        if move(runs.filter(pk=key), to, **changes):
            announce(key)
            moved += 1
    return moved


def _changed(run: QueryRun) -> QueryRun:
    announce(run.pk)
    return run
