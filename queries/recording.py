"""Every query leaves one row: also refusals and failures.

A synchronous query is written in one INSERT when it has ended, and only a long one while it runs;
one for the background is written when it is asked. The caller gets no answer whose row could not be
written: an audit with holes would be none. The one hole: a process that is killed within the first
half second of a synchronous query leaves no row of it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from queries.figures import count_end
from queries.models import QueryKind, QueryRun
from queries.states import QueryState, step
from queries.transitions import finish
from queries.turns import waiting_of
from queries.waking import wake_after_commit
from queries.watching import RunLost, RunWatch, watched_by
from semantic_layer.api.client import client_gone
from semantic_layer.api.context import request_id
from semantic_layer.api.rows import insert
from semantic_layer.errors import (
    InternalError,
    RateLimited,
    SemanticLayerError,
    StatementCancelled,
)
from semantic_layer.ports import Actor

MAX_ERROR_CHARACTERS = 4_000
_RETRY_AFTER_S = 30

Recorder = Callable[..., AbstractContextManager[QueryRun]]
"""What `recorded` is: takes what was asked, hands out the run that is made of it."""


@dataclass(frozen=True)
class Asked:
    """What a run is recorded with before anything is known of it."""

    kind: QueryKind
    sql: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    request: Mapping[str, Any] | None = None
    category: str = ""
    row_limit: int | None = None


@contextmanager
def recorded(
    *,
    actor: Actor,
    kind: QueryKind,
    sql: str = "",
    parameters: Mapping[str, Any] | None = None,
    request: Mapping[str, Any] | None = None,
    category: str = "",
    row_limit: int | None = None,
) -> Iterator[QueryRun]:
    """Hand out a run to fill in; save it at the end, COMPLETED or as what the exception makes it.

    Statements of the block are watched: they are cancelled where the run or its client is gone.
    Side effect: one INSERT, and of a long run some updates. Exceptions pass through.
    """
    asked = Asked(kind, sql, parameters or {}, request, category, row_limit)
    run = new_run(actor, asked, QueryState.RUNNING)
    run.started_at = run.submitted_at
    watch = RunWatch(run, is_written=False, client_gone=client_gone.get())
    started = time.perf_counter()
    with watched_by(watch):
        try:
            yield run
        except BaseException as error:
            state = note_failure(run, error)
            note_end(run, started)
            _write(run, watch, state)
            raise
        note_end(run, started)
        _write(run, watch, QueryState.COMPLETED)


@contextmanager
def queued(*, actor: Actor, asked: Asked) -> Iterator[QueryRun]:
    """Hand out a run to check; save it at the end, QUEUED and with a message to the workers, or
    FAILED where the block raises.

    Raises RateLimited where too many of the actor's runs wait. Side effect: one INSERT. Exceptions
    pass through.
    """
    _refuse_too_many(actor)
    run = new_run(actor, asked, QueryState.QUEUED)
    run.background = True
    started = time.perf_counter()
    try:
        yield run
    except BaseException as error:
        run.state = step(QueryState.QUEUED, QueryState.FAILED)
        note_failure(run, error)
        note_end(run, started)
        run.save(force_insert=True)
        count_end(run, QueryState.FAILED)
        raise
    with transaction.atomic():
        run.save(force_insert=True)
        wake_after_commit(run.pk)


def _refuse_too_many(actor: Actor) -> None:
    most = int(settings.QUERY_BACKGROUND_WAITING_PER_USER)
    if waiting_of(actor.user_id) >= most:
        raise RateLimited(
            f"{most} of your queries wait already; cancel some, or try again when they have run.",
            retry_after_s=_RETRY_AFTER_S,
        )


def new_run(actor: Actor, asked: Asked, state: QueryState) -> QueryRun:
    """An unsaved run of the actor, submitted now."""
    return QueryRun(
        kind=asked.kind,
        state=state,
        actor_id=actor.user_id,
        actor_email=actor.email,
        data_scope=actor.data_scope,
        request_id=request_id.get(),
        sql=asked.sql,
        parameters=dict(asked.parameters),
        request=None if asked.request is None else dict(asked.request),
        category=asked.category,
        row_limit=asked.row_limit,
        submitted_at=timezone.now(),
    )


def note_failure(run: QueryRun, error: BaseException) -> QueryState:
    """Note in the run what went wrong; the state that it ends in by this."""
    if isinstance(error, SemanticLayerError):
        run.error_code = error.code
        run.error_message = error.message[:MAX_ERROR_CHARACTERS]
        run.error_details = error.details or None
    else:
        run.error_code = InternalError.code
    cancelled = isinstance(error, StatementCancelled)
    return QueryState.CANCELLED if cancelled else QueryState.FAILED


def note_end(run: QueryRun, started: float) -> None:
    """Note when the run ended and how long it took since `started` (of perf_counter)."""
    run.total_ms = round((time.perf_counter() - started) * 1000, 3)
    run.finished_at = max(timezone.now(), run.submitted_at)


def _write(run: QueryRun, watch: RunWatch, state: QueryState) -> None:
    if not watch.is_written:
        run.state = step(QueryState(run.state), state)
        insert(run)
        count_end(run, state)
        return
    if finish(run, state):
        return
    if state is not QueryState.COMPLETED:
        return  # it was ended as lost meanwhile: that stands, and the caller hears of the failure
    error = StatementCancelled("The query was cancelled.")
    if not finish(run, note_failure(run, error)):
        raise RunLost("The query was given up as lost while it ran; run it again.")
    raise error
