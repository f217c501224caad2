"""Runs as JSON: the answer to a submission, how a run stands, the history; shapes for OpenAPI."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils import timezone
from rest_framework import serializers

from queries.bodies import QueryAnswerBody, ReceiptBody
from queries.exports.answers import export_body
from queries.exports.serializers import ExportBody
from queries.models import QueryKind, QueryRun
from queries.services.following import ResultPage
from queries.states import QueryState
from semantic_layer.api.serializers import PaginationBody

_WITHOUT_RESULT = frozenset(
    {QueryState.FAILED.value, QueryState.CANCELLED.value, QueryState.EXPIRED.value}
)


def accepted_body(run: QueryRun) -> dict[str, Any]:
    """202: taken on. `running` is the contract's word for all that has not ended."""
    return {
        "query_id": run.pk,
        "status": QueryState.RUNNING.value,
        "status_url": _url("status", run),
        "result_url": _url("results", run),
        "events_url": _url("events", run),
        "cancel_url": _url("cancel", run),
    }


def status_body(run: QueryRun) -> dict[str, Any]:
    """How a run stands. `progress_percentage` is null where the warehouse does not tell."""
    return {
        "query_id": run.pk,
        "status": run.state,
        "progress_percentage": progress_percentage(run),
        "row_count": run.row_count,
        "truncated": run.truncated,
        "cached": run.cached,
        "error": run.error_message or None,
        "error_code": run.error_code or None,
        "error_details": run.error_details,
        "cancel_requested": run.cancel_requested_at is not None,
        "attempt": run.attempt,
        "submitted_at": run.submitted_at,
        "started_at": run.started_at,
        "finished_at": run.finished_at,
        "status_url": _url("status", run),
        "result_url": _result_url(run),
        "export": _export_body(run),
    }


def history_item(run: QueryRun) -> dict[str, Any]:
    """A run in a list: what was asked, by whom, and what came of it."""
    return {
        "query_id": run.pk,
        "kind": run.kind,
        "status": run.state,
        "query": run.sql,
        "metric_query": run.request,
        "category": run.category or None,
        "background": run.background,
        "export_format": run.export_format or None,
        "row_count": run.row_count,
        "truncated": run.truncated,
        "cached": run.cached,
        "execution_time_ms": run.engine_ms,
        "total_time_ms": run.total_ms,
        "error": run.error_message or None,
        "error_code": run.error_code or None,
        "user": {"id": run.actor_id, "email": run.actor_email},
        "request_id": run.request_id,
        "submitted_at": run.submitted_at,
        "started_at": run.started_at,
        "finished_at": run.finished_at,
        "result_url": _result_url(run),
    }


def result_body(page: ResultPage) -> dict[str, Any]:
    """The answer's body with one page of its rows; `row_count` is of all pages."""
    return {**page.answer.body(), "row_count": page.total, "pagination": page.pagination}


def progress_percentage(run: QueryRun) -> float | None:
    if run.state == QueryState.QUEUED:
        return 0.0
    if run.state in (QueryState.COMPLETED, QueryState.EXPIRED):
        return 100.0
    return None if run.progress is None else round(run.progress * 100, 1)


def _export_body(run: QueryRun) -> dict[str, Any] | None:
    """The file that was asked for together with the query; asks the database where there is one."""
    if not (run.background and run.export_format and run.state == QueryState.COMPLETED):
        return None
    there = run.exports.filter(removed_at=None, expires_at__gt=timezone.now())
    export = there.filter(format=run.export_format).order_by("created_at").first()
    return None if export is None else export_body(export)


def _result_url(run: QueryRun) -> str | None:
    """Null where there is no result to come."""
    return _url("results", run) if run.background and run.state not in _WITHOUT_RESULT else None


def _url(name: str, run: QueryRun) -> str:
    return reverse(f"queries:{name}", args=[run.pk])


class AcceptedBody(serializers.Serializer[Any]):
    """The query runs in the background."""

    query_id = serializers.UUIDField()
    status = serializers.ChoiceField([QueryState.RUNNING.value])
    status_url = serializers.CharField()
    result_url = serializers.CharField()
    events_url = serializers.CharField()
    cancel_url = serializers.CharField()


class QueryStatusBody(serializers.Serializer[Any]):
    """How a query stands."""

    query_id = serializers.UUIDField()
    status = serializers.ChoiceField(QueryState.choices)
    progress_percentage = serializers.FloatField(
        allow_null=True, help_text="0 to 100; null where the warehouse does not tell."
    )
    row_count = serializers.IntegerField(allow_null=True)
    truncated = serializers.BooleanField()
    cached = serializers.BooleanField(help_text="Whether its rows were kept ones.")
    error = serializers.CharField(allow_null=True)
    error_code = serializers.CharField(allow_null=True)
    error_details = serializers.DictField(child=serializers.JSONField(), allow_null=True)
    cancel_requested = serializers.BooleanField()
    attempt = serializers.IntegerField(help_text="How often a worker has begun it.")
    submitted_at = serializers.DateTimeField()
    started_at = serializers.DateTimeField(allow_null=True)
    finished_at = serializers.DateTimeField(allow_null=True)
    status_url = serializers.CharField()
    result_url = serializers.CharField(
        allow_null=True, help_text="Null where there is no result to come."
    )
    export = ExportBody(
        allow_null=True,
        help_text="The file, where `export_format` was asked for with `async`; null until it is "
        "there and when it has expired.",
    )


class ResultPageBody(QueryAnswerBody):
    """Some rows of the answer; `row_count` is of all. Metric queries have `sql` and `receipt`."""

    sql = serializers.CharField(required=False, allow_null=True)
    receipt = ReceiptBody(required=False)
    pagination = PaginationBody()


class HistoryUserBody(serializers.Serializer[Any]):
    """Who asked."""

    id = serializers.CharField()
    email = serializers.CharField()


class HistoryItemBody(serializers.Serializer[Any]):
    """One query that was asked, refusals included."""

    query_id = serializers.UUIDField()
    kind = serializers.ChoiceField(QueryKind.choices)
    status = serializers.ChoiceField(QueryState.choices)
    query = serializers.CharField(help_text="The SQL as it was sent or compiled.")
    metric_query = serializers.DictField(child=serializers.JSONField(), allow_null=True)
    category = serializers.CharField(allow_null=True)
    background = serializers.BooleanField()
    export_format = serializers.CharField(allow_null=True)
    row_count = serializers.IntegerField(allow_null=True)
    truncated = serializers.BooleanField()
    cached = serializers.BooleanField()
    execution_time_ms = serializers.FloatField(allow_null=True)
    total_time_ms = serializers.FloatField(allow_null=True)
    error = serializers.CharField(allow_null=True)
    error_code = serializers.CharField(allow_null=True)
    user = HistoryUserBody()
    request_id = serializers.CharField()
    submitted_at = serializers.DateTimeField()
    started_at = serializers.DateTimeField(allow_null=True)
    finished_at = serializers.DateTimeField(allow_null=True)
    result_url = serializers.CharField(allow_null=True)


class HistoryBody(serializers.Serializer[Any]):
    """Queries, newest first."""

    queries = HistoryItemBody(many=True)
    total_count = serializers.IntegerField()
    pagination = PaginationBody()
