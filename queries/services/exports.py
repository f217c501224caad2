"""Rows as files: of a statement, of a metric query, or of a run that has finished."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import IO

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from queries.exports.answers import manifest_body
from queries.exports.formats import FORMATS
from queries.exports.links import expired
from queries.exports.store import export_folder, export_quota
from queries.exports.writing import (
    FileSink,
    WrittenExport,
    max_rows,
    too_many_rows,
    write_export,
)
from queries.models import Export, ExportFormat, QueryKind, QueryRun
from queries.requests import ExportRequest, MetricRequest, SqlRequest
from queries.results import WrittenResult, open_result, reading
from queries.services.metrics import metric_run, submit_metric_query
from queries.services.sql import sql_run, submit_sql
from queries.states import QueryState
from semantic_layer.errors import Conflict, InternalError, InvalidInput, NotFound
from semantic_layer.ports import Actor

_NAME_CHARACTERS = 60


def build_export(*, actor: Actor, request: ExportRequest) -> Export:
    """Write the file that was asked for: of a new statement, or of a finished run of the caller.

    Raises what the functions below raise. Side effect: a file that lasts EXPORT_TTL_S, and its row.
    """
    if request.query_id is not None:
        return export_run(
            actor=actor, query_id=request.query_id, export_format=request.export_format
        )
    if request.sql is None:
        raise InternalError("An export needs a statement or a finished run.")
    return export_sql(actor=actor, request=request.sql)


def export_sql(*, actor: Actor, request: SqlRequest, source_id: uuid.UUID | None = None) -> Export:
    """Run the statement into a file: all its rows, or the first `limit` of them.

    Raises what running it raises, InvalidInput (`EXPORT_TOO_LARGE`, `STORAGE_QUOTA_EXCEEDED` and
    what the format cannot hold), Unavailable (`STORAGE_FULL`); then there is no file.
    """
    wanted = ExportFormat(request.export_format)
    sink = FileSink(wanted, whole=request.limit is None)
    with _whole_or_nothing(sink):
        with sql_run(
            actor=actor,
            request=request,
            row_limit=request.limit or max_rows(wanted),
            fetch=sink,
            export_format=wanted.value,
        ) as (_, run):
            pass
        return register_export(run, sink.written, source_id)


def export_metrics(
    *, actor: Actor, request: MetricRequest, source_id: uuid.UUID | None = None
) -> Export:
    """Answer the metric query with a file. Raises like `export_sql`."""
    wanted = ExportFormat(request.export_format)
    sink = FileSink(wanted, whole=request.query.get("limit") is None)
    with _whole_or_nothing(sink):
        with metric_run(
            actor=actor,
            request=request,
            row_limit=max_rows(wanted),
            fetch=sink,
            export_format=wanted.value,
        ) as (_, run):
            pass
        return register_export(run, sink.written, source_id)


def submit_export(*, actor: Actor, request: SqlRequest | MetricRequest) -> QueryRun:
    """Queue the query; a worker keeps its rows and writes them to a file, which its status names.

    Raises like submit_sql and submit_metric_query, and has their side effects.
    """
    wanted = ExportFormat(request.export_format)
    most = max_rows(wanted)
    if isinstance(request, MetricRequest):
        return submit_metric_query(
            actor=actor, request=request, row_limit=most, export_format=wanted.value
        )
    return submit_sql(
        actor=actor,
        request=request,
        row_limit=request.limit or most,
        export_format=wanted.value,
    )


def write_file_of(run: QueryRun, rows: WrittenResult) -> WrittenExport:
    """The file that a run in the background was asked for, of the rows it has written.

    Raises like write_export; also where there are more rows than a file may have and nobody set
    a limit.
    """
    wanted = ExportFormat(run.export_format)
    asked_all = (run.request or {}).get("limit") is None and run.row_limit == max_rows(wanted)
    if run.truncated and asked_all:
        raise too_many_rows(wanted)
    with reading(rows) as kept:
        return write_export(
            export_format=wanted,
            actor_id=run.actor_id,
            columns=kept.columns,
            batches=kept.batches(),
        )


def export_run(*, actor: Actor, query_id: uuid.UUID, export_format: ExportFormat) -> Export:
    """The rows of a finished run of the caller as a file: those kept, or, where the run kept none,
    those that the same query gives now; `source_id` is set then.

    Raises NotFound, also for runs of others and expired results; Conflict where the run has no
    result (yet); else like `export_sql`.
    """
    actor.require("execute")
    run = QueryRun.objects.filter(pk=query_id, actor_id=actor.user_id).first()
    if run is None:
        raise NotFound(f"There is no query {query_id}.")
    if run.state == QueryState.EXPIRED:
        raise NotFound("The result of this query has expired: run it again.", code="RESULT_EXPIRED")
    if run.state != QueryState.COMPLETED:
        raise Conflict(
            f"The query is {run.state}: only a completed one can be exported.",
            code="QUERY_NOT_COMPLETED",
            status=run.state,
        )
    if hasattr(run, "stored_result"):
        return _of_stored(actor, run, export_format)
    return _read_again(actor, run, export_format)


def open_export(*, actor: Actor, export_id: uuid.UUID) -> tuple[Export, IO[bytes]]:
    """The caller's export and its file, to be closed by the caller of this function.

    Raises NotFound, `EXPORT_EXPIRED` where it was there.
    """
    export = _own_export(actor, export_id)
    try:
        return export, export_folder().open(export.file)
    except NotFound as error:
        raise expired() from error


def export_manifest(*, actor: Actor, export_id: uuid.UUID) -> dict[str, object]:
    """What is in the caller's export. Raises NotFound like `open_export`."""
    return manifest_body(_own_export(actor, export_id))


def _own_export(actor: Actor, export_id: uuid.UUID) -> Export:
    """Nothing is there for a caller who may see other data by now than when it was read."""
    actor.require("execute")
    export = (
        Export.objects.filter(pk=export_id, actor_id=actor.user_id, data_scope=actor.data_scope)
        .select_related("run")
        .first()
    )
    if export is None:
        raise NotFound(f"There is no export {export_id}.")
    if export.removed_at is not None or export.expires_at <= timezone.now():
        raise expired()
    return export


def _of_stored(actor: Actor, run: QueryRun, export_format: ExportFormat) -> Export:
    with open_result(actor=actor, query_id=run.id) as result:
        if result.row_count > max_rows(export_format):
            raise too_many_rows(export_format)
        sink = FileSink(export_format, whole=False)
        with _whole_or_nothing(sink):
            sink.written = write_export(
                export_format=export_format,
                actor_id=actor.user_id,
                columns=result.columns,
                batches=result.batches(),
            )
            return register_export(run, sink.written)


def _read_again(actor: Actor, run: QueryRun, export_format: ExportFormat) -> Export:
    if run.kind == QueryKind.SQL:
        # A run for a file had the limit of files, which was not the caller's wish.
        limit = None if run.export_format else run.row_limit
        sql = SqlRequest(run.sql, limit, run.parameters, export_format=export_format)
        return export_sql(actor=actor, request=sql, source_id=run.id)
    if run.kind == QueryKind.METRIC and run.request is not None:
        metrics = MetricRequest(run.request, run.category, export_format=export_format)
        return export_metrics(actor=actor, request=metrics, source_id=run.id)
    raise InvalidInput(
        "Only SQL and metric queries can be exported.", code="NOT_EXPORTABLE", kind=run.kind
    )


@contextmanager
def _whole_or_nothing(sink: FileSink) -> Iterator[None]:
    """Delete the file where its run or its row could not be written."""
    try:
        yield
    except BaseException:
        if sink.written is not None:
            sink.written.discard()
        raise


def register_export(
    run: QueryRun, written: WrittenExport | None, source_id: uuid.UUID | None = None
) -> Export:
    """The row that makes the file downloadable, by who ran the query."""
    if written is None:
        raise InternalError("The statement's rows went into no file.")
    now = timezone.now()
    with transaction.atomic():
        export_quota().claim(run.actor_id, written.byte_count)
        return Export.objects.create(
            run=run,
            source_id=source_id,
            actor_id=run.actor_id,
            data_scope=run.data_scope,
            format=written.format,
            file=written.file,
            file_name=_file_name(run, written),
            columns=[[column.name, column.type] for column in written.columns],
            row_count=written.row_count,
            byte_count=written.byte_count,
            sha256=written.sha256,
            truncated=run.truncated,
            notes=list(written.notes),
            created_at=now,
            expires_at=now + timedelta(seconds=settings.EXPORT_TTL_S),
        )


def _file_name(run: QueryRun, written: WrittenExport) -> str:
    """Plain letters, digits, `_` and `-`: safe in a header and in every file system."""
    metrics = (run.request or {}).get("metrics") or []
    words = "-".join(re.sub(r"[^A-Za-z0-9_]", "", str(metric)) for metric in metrics)
    moment = run.submitted_at.strftime("%Y%m%d-%H%M%S")
    name = words[:_NAME_CHARACTERS].strip("-") or "query"
    return f"{name}-{moment}-{written.file[:6]}.{FORMATS[written.format].extension}"
