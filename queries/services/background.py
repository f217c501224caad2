"""Queued runs on a worker: take the one that is due, run it, keep its rows, end it."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from functools import partial
from time import perf_counter
from typing import TYPE_CHECKING, Any

from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.db import IntegrityError, InterfaceError, OperationalError, transaction

from queries import transitions
from queries.database import insisting, tolerated
from queries.execution import Fetched, Statement, streamed
from queries.exports.writing import WrittenExport
from queries.models import QueryKind, QueryRun, StoredResult
from queries.recording import note_end, note_failure
from queries.requests import MetricRequest, SqlRequest
from queries.result_cache import most_bytes, through_cache
from queries.results import WrittenResult, discard_result, register_result, write_result
from queries.services.exports import register_export, write_file_of
from queries.services.metrics import metric_run
from queries.services.running import noted, tags_of, warehouse_of
from queries.services.sql import sql_run
from queries.states import QueryState
from queries.turns import claim_next, free_places
from queries.waking import wake
from queries.watching import HandedBack, RunLost, RunWatch, watched_by
from semantic_layer.accounts.actor import actor_by_id
from semantic_layer.accounts.workspace_access import EXPIRED, note_refusal
from semantic_layer.api.context import request_id
from semantic_layer.errors import (
    SemanticLayerError,
    StatementCancelled,
    StatementTimeout,
)
from semantic_layer.ports import Actor, RunHandle, Warehouse

if TYPE_CHECKING:
    import pyarrow as pa

log = logging.getLogger(__name__)


def run_next() -> bool:
    """Run the query that is due, to its end; False where none is due.

    Raises nothing that the query is to blame for: that is in its record. Side effect: another
    worker is woken where more can run.
    """
    run = claim_next()
    if run is None:
        return False
    token = request_id.set(run.request_id)
    try:
        Job(run).perform()
    finally:
        request_id.reset(token)
    if insisting(free_places):
        wake()
    return True


@dataclass
class Job:
    """One claim of a run: its rows go to a file, and the file becomes its result in the same
    transaction that completes it; so does the export, where one was asked for.
    """

    run: QueryRun
    written: WrittenResult | None = None
    exported: WrittenExport | None = None
    registered: bool = False

    def perform(self) -> None:
        started = perf_counter()
        try:
            with watched_by(RunWatch(self.run, is_written=True)):
                self._ask()
            note_end(self.run, started)
            self._complete()
        except HandedBack:
            insisting(lambda: transitions.hand_back(self.run))
            wake(self.run.pk)
        except RunLost:
            log.warning("query %s was given up while it ran here", self.run.pk)
        except (OperationalError, InterfaceError):
            raise  # not the query's fault: its heartbeat stops, and the reaper queues it again
        except Exception as error:  # noqa: BLE001  the top of a task: it becomes the record's
            self._fail(error, started)
        finally:
            if not self.registered:
                self._discard()

    def _ask(self) -> None:
        """Run it as the person who asked, with their rights of now."""
        run = self.run
        actor = actor_by_id(run.actor_id)
        run.data_scope = actor.data_scope
        _cancel_former(actor, run)
        row_limit = run.row_limit if run.export_format else None  # files have limits of their own
        if run.kind == QueryKind.SQL:
            request = SqlRequest(
                sql=run.sql,
                limit=run.row_limit,
                parameters=run.parameters,
                refresh=run.refresh,
            )
            asking = sql_run(
                actor=actor,
                request=request,
                row_limit=row_limit,
                fetch=self._fetch,
                record=self._record,
                export_format=run.export_format,
            )
        else:
            question = MetricRequest(
                query=run.request or {}, category=run.category, refresh=run.refresh
            )
            asking = metric_run(
                actor=actor,
                request=question,
                row_limit=row_limit,
                fetch=self._fetch,
                record=self._record,
                export_format=run.export_format,
            )
        with asking:
            pass

    def _record(self, **asked: Any) -> AbstractContextManager[QueryRun]:
        return nullcontext(self.run)

    def _fetch(self, warehouse: Warehouse, statement: Statement, run: QueryRun) -> Fetched:
        """Kept rows, or those read now: either way the run has a file of its own."""
        statement = replace(statement, timeout_s=settings.QUERY_BACKGROUND_TIMEOUT_S)
        read = partial(self._read, warehouse, run)
        fetched = read(statement) if run.export_format else through_cache(statement, read)
        if self.written is None:
            self.written = write_result(run=run, columns=fetched.columns, batches=fetched.batches)
        fetched = noted(fetched, run)
        if run.export_format:
            self.exported = write_file_of(run, self.written)
        return fetched

    def _read(self, warehouse: Warehouse, run: QueryRun, statement: Statement) -> Fetched:
        """The rows go to the file, and are handed on as well where they may be kept."""
        tags = tags_of(warehouse, run)
        few: list[pa.RecordBatch] = []

        def submitted(handle: RunHandle) -> None:
            run.statement_id = handle.statement_id
            with tolerated("noting a statement"):
                transitions.note_statement(run)

        with streamed(warehouse, statement, tags=tags, submitted=submitted) as rows:
            batches = _remembered(rows, few, most_bytes())
            self.written = write_result(run=run, columns=rows.columns, batches=batches)
            return rows.fetched(tuple(few))

    def _complete(self) -> None:
        """Raises RunLost where the claim does not hold any more, StatementCancelled where somebody
        was promised that the run ends.
        """
        self.registered = insisting(self._registered)
        if self.registered:
            return
        if transitions.standing_of(self.run).is_held:
            raise StatementCancelled("The query was cancelled.")
        raise RunLost("The query was given up as lost while it ran.")

    def _registered(self) -> bool:
        assert self.written is not None
        try:
            with transaction.atomic():
                if transitions.finish(self.run, QueryState.COMPLETED):
                    register_result(run=self.run, written=self.written)
                    if self.exported is not None:
                        register_export(self.run, self.exported)
                    return True
        except IntegrityError:
            log.warning("query %s has a result already", self.run.pk)
        # The database may have gone away after it had done this, and before it could say so.
        return StoredResult.objects.filter(run=self.run, file=self.written.file).exists()

    def _discard(self) -> None:
        if self.written is not None:
            discard_result(self.written)
        if self.exported is not None:
            self.exported.discard()

    def _fail(self, error: Exception, started: float) -> None:
        if isinstance(error, SoftTimeLimitExceeded):
            error = StatementTimeout("The query took longer than a worker may spend on it.")
        if not isinstance(error, SemanticLayerError):
            log.error("query %s failed", self.run.pk, exc_info=error)
        elif error.code == EXPIRED:
            note_refusal(self.run.actor_id)
        state = note_failure(self.run, error)
        note_end(self.run, started)
        insisting(lambda: transitions.finish(self.run, state))


def _remembered(
    batches: Iterable[pa.RecordBatch], few: list[pa.RecordBatch], most: int
) -> Iterator[pa.RecordBatch]:
    """The same; `few` holds all of them in the end, or none where they have more bytes."""
    size = 0
    for batch in batches:
        size += batch.nbytes
        if size <= most:
            few.append(batch)
        else:
            few.clear()
        yield batch


def _cancel_former(actor: Actor, run: QueryRun) -> None:
    """Where a worker was lost, its statement may still run in the warehouse."""
    if run.attempt > 1 and run.statement_id:
        warehouse = warehouse_of(actor)
        warehouse.cancel(RunHandle(run.warehouse, run.statement_id, actor.credential.principal))
