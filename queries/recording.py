"""Every query leaves one row, written in one INSERT when it has ended: also refusals and failures.

The caller gets no answer whose row could not be written: an audit with holes would be none.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.utils import timezone

from queries.models import QueryKind, QueryRun
from queries.states import QueryState, step
from semantic_layer.api.context import request_id
from semantic_layer.errors import InternalError, SemanticLayerError, StatementCancelled
from semantic_layer.ports import Actor

MAX_ERROR_CHARACTERS = 4_000


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
    """Hand out an unsaved run to fill in; save it at the end, COMPLETED or as what the exception
    makes it.

    Side effect: one INSERT. Exceptions pass through.
    """
    now = timezone.now()
    run = QueryRun(
        kind=kind,
        state=QueryState.RUNNING,
        actor_id=actor.user_id,
        actor_email=actor.email,
        data_scope=actor.data_scope,
        request_id=request_id.get(),
        sql=sql,
        parameters=dict(parameters or {}),
        request=None if request is None else dict(request),
        category=category,
        row_limit=row_limit,
        submitted_at=now,
        started_at=now,
    )
    started = time.perf_counter()
    try:
        yield run
    except BaseException as error:
        _end_with(run, error)
        _write(run, started, now)
        raise
    run.state = step(QueryState(run.state), QueryState.COMPLETED)
    _write(run, started, now)


def _end_with(run: QueryRun, error: BaseException) -> None:
    cancelled = isinstance(error, StatementCancelled)
    state = QueryState.CANCELLED if cancelled else QueryState.FAILED
    run.state = step(QueryState(run.state), state)
    if isinstance(error, SemanticLayerError):
        run.error_code = error.code
        run.error_message = error.message[:MAX_ERROR_CHARACTERS]
    else:
        run.error_code = InternalError.code


def _write(run: QueryRun, started: float, submitted_at: datetime) -> None:
    elapsed_ms = (time.perf_counter() - started) * 1000
    run.total_ms = round(elapsed_ms, 3)
    run.finished_at = max(timezone.now(), submitted_at)
    run.save(force_insert=True)
