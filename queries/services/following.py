"""A person's own runs: how they stand, what they brought, ending them, and the list of them."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet, TextField
from django.db.models.functions import Cast

from queries import transitions
from queries.answers import QueryAnswer
from queries.cacheability import CacheNote
from queries.models import QueryRun
from queries.results import open_result
from queries.states import QueryState
from semantic_layer.api.pagination import Page, pagination
from semantic_layer.errors import Conflict, Forbidden, NotFound, StatementCancelled
from semantic_layer.ports import Actor


@dataclass(frozen=True)
class HistoryFilter:
    """Which runs of the history are asked for; None leaves a condition out. Times are UTC, `since`
    is included, `until` is not.
    """

    state: str | None = None
    kind: str | None = None
    category: str | None = None
    text: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    user: str | None = None


@dataclass(frozen=True)
class ResultPage:
    """Some rows of a finished run, as its answer would have them."""

    answer: QueryAnswer
    total: int
    pagination: Mapping[str, Any]


def own_run(*, actor: Actor, query_id: uuid.UUID) -> QueryRun:
    """The run, where it is the caller's; raises NotFound otherwise."""
    run = QueryRun.objects.filter(pk=query_id, actor_id=actor.user_id).first()
    if run is None:
        raise NotFound(f"There is no query {query_id} of yours.")
    return run


def query_results(*, actor: Actor, query_id: uuid.UUID, page: Page) -> ResultPage:
    """A page of the stored rows.

    Raises NotFound where the result has expired or was never kept, Conflict where the run has not
    ended, or not well.
    """
    run = own_run(actor=actor, query_id=query_id)
    _require_completed(run)
    with open_result(actor=actor, query_id=query_id) as result:
        rows = result.rows(page.start, page.size)
        answer = QueryAnswer(
            query_id=run.pk,
            statement_id=run.statement_id,
            columns=[column.name for column in result.columns],
            column_types=[column.type for column in result.columns],
            rows=rows,
            execution_time_ms=run.engine_ms or 0.0,
            truncated=run.truncated,
            cached=run.cached,
            cache=CacheNote.stored(run.receipt["cache"]) if run.receipt else None,
            sql=run.sql,
            receipt=run.receipt,
        )
        return ResultPage(answer, result.row_count, pagination(page, result.row_count))


def cancel_query(*, actor: Actor, query_id: uuid.UUID) -> QueryRun:
    """Cancel a run that waits, or tell the one who runs it to; again is no error.

    The statement is stopped in the warehouse within two seconds. Raises NotFound, Conflict where
    the run has ended already.
    """
    run = own_run(actor=actor, query_id=query_id)
    transitions.request_cancel(run.pk)
    run.refresh_from_db()
    if run.state in (QueryState.COMPLETED, QueryState.FAILED, QueryState.EXPIRED):
        raise Conflict(
            f"The query has ended already: it is {run.state}.",
            code="QUERY_FINISHED",
            status=run.state,
        )
    return run


def query_history(*, actor: Actor, asked: HistoryFilter) -> QuerySet[QueryRun]:
    """The caller's runs, newest first; admins may ask for another person's (id or e-mail address),
    or `all`.

    Raises Forbidden for anyone else who asks for other people's.
    """
    conditions = {
        "state": asked.state,
        "kind": asked.kind,
        "category": asked.category,
        "submitted_at__gte": asked.since,
        "submitted_at__lt": asked.until,
    }
    runs = QueryRun.objects.filter(
        _asked_by(actor, asked.user),
        **{name: value for name, value in conditions.items() if value is not None},
    ).order_by("-submitted_at", "pk")
    if asked.text:
        runs = runs.annotate(request_text=Cast("request", TextField())).filter(
            Q(sql__icontains=asked.text) | Q(request_text__icontains=asked.text)
        )
    return runs.defer("receipt", "parameters")


def _asked_by(actor: Actor, user: str | None) -> Q:
    if user is None or user in (actor.user_id, actor.email):
        return Q(actor_id=actor.user_id)
    if not actor.may("admin"):
        raise Forbidden("Only administrators see other people's queries.")
    return Q() if user == "all" else Q(actor_id=user) | Q(actor_email__iexact=user)


def _require_completed(run: QueryRun) -> None:
    state = QueryState(run.state)
    if state is QueryState.CANCELLED:
        raise StatementCancelled("The query was cancelled, so it has no result.")
    if state is QueryState.EXPIRED:
        raise NotFound(
            "The result of this query is not kept any more: run the query again.",
            code="RESULT_EXPIRED",
        )
    if state is QueryState.FAILED:
        raise Conflict(
            f"The query failed: {run.error_message or 'something failed on our side.'}",
            code="QUERY_FAILED",
            error_code=run.error_code,
        )
    if state is not QueryState.COMPLETED:
        raise Conflict(
            f"The query has no result yet: it is {state.value}.",
            code="QUERY_NOT_FINISHED",
            status=state.value,
        )
