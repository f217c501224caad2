"""The rows of a run, kept as a file until they expire: written once, read by pages."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from queries.models import QueryRun, StoredResult
from queries.results.arrow_file import ArrowRows, write_arrow
from queries.results.folder import FileFolder
from queries.results.quota import Quota
from queries.values import json_rows
from semantic_layer.errors import NotFound
from semantic_layer.ports import Actor, ResultColumn

if TYPE_CHECKING:
    import pyarrow as pa

_LOCK = 7_261_001


@dataclass(frozen=True)
class WrittenResult:
    """A whole file that no row of the database names yet: register it, or discard it."""

    file: str
    columns: tuple[ResultColumn, ...]
    batch_rows: Sequence[int]
    row_count: int
    byte_count: int
    sha256: str


@dataclass(frozen=True)
class OpenResult:
    """A stored result whose file is open."""

    stored: StoredResult
    file: ArrowRows

    @property
    def columns(self) -> tuple[ResultColumn, ...]:
        return self.file.columns

    @property
    def row_count(self) -> int:
        return self.file.row_count

    def batches(self, offset: int = 0, limit: int | None = None) -> Iterator[pa.RecordBatch]:
        """Rows from `offset` (from 0) on, at most `limit`, as Arrow; one batch in memory."""
        return self.file.batches(offset, limit)

    def rows(self, offset: int, limit: int) -> list[dict[str, Any]]:
        """The same rows with the JSON values that a synchronous answer has."""
        return json_rows(self.columns, self.batches(offset, limit))


def result_folder() -> FileFolder:
    return FileFolder(settings.RESULT_STORE_DIR)


def result_quota() -> Quota:
    return Quota(
        StoredResult.objects.all(), settings.RESULT_USER_BYTES, settings.RESULT_TOTAL_BYTES, _LOCK
    )


def write_result(
    *, run: QueryRun, columns: Sequence[ResultColumn], batches: Iterable[pa.RecordBatch]
) -> WrittenResult:
    """Write the rows of a run to a file of their own, in constant memory.

    The run needs no row in the database yet. Two writers of one run get a file each; the one that
    is not registered has to be discarded, or the sweep finds it. Raises InvalidInput
    `STORAGE_QUOTA_EXCEEDED`, Unavailable `STORAGE_FULL`; then there is no file.
    """
    name = f"{uuid.uuid4().hex}.arrow"
    with result_folder().writing(name, limit=result_quota().limit(run.actor_id)) as file:
        batch_rows = write_arrow(file, columns, batches)
    return WrittenResult(name, tuple(columns), batch_rows, sum(batch_rows), file.size, file.sha256)


def register_result(*, run: QueryRun, written: WrittenResult) -> StoredResult:
    """Make the file the result of the run; call it in the transaction that completes the run.

    Raises as write_result does where the quota was used up meanwhile, IntegrityError where the run
    has a result already: discard the file then.
    """
    now = timezone.now()
    with transaction.atomic():
        result_quota().claim(run.actor_id, written.byte_count)
        return StoredResult.objects.create(
            run=run,
            actor_id=run.actor_id,
            data_scope=run.data_scope,
            file=written.file,
            columns=[[column.name, column.type] for column in written.columns],
            batch_rows=list(written.batch_rows),
            row_count=written.row_count,
            byte_count=written.byte_count,
            sha256=written.sha256,
            created_at=now,
            expires_at=now + timedelta(seconds=settings.RESULT_TTL_S),
        )


@contextmanager
def reading(written: WrittenResult) -> Iterator[ArrowRows]:
    """The rows of a file that is not registered yet."""
    with result_folder().open(written.file) as file:
        yield ArrowRows(file, written.batch_rows)


def discard_result(written: WrittenResult) -> None:
    """Delete a file that did not become a result."""
    result_folder().delete(written.file)


@contextmanager
def open_result(*, actor: Actor, query_id: uuid.UUID) -> Iterator[OpenResult]:
    """The stored result of the caller's own run, open to be read by ranges of rows.

    Raises NotFound where there is none, it has expired, or the caller may see other data by now
    than when it was read.
    """
    stored = StoredResult.objects.filter(
        run_id=query_id, actor_id=actor.user_id, data_scope=actor.data_scope
    ).first()
    if stored is None or stored.expires_at <= timezone.now():
        raise NotFound(
            "The result of this query is not kept (any more): run the query again.",
            code="RESULT_EXPIRED",
        )
    with result_folder().open(stored.file) as file:
        yield OpenResult(stored, ArrowRows(file, stored.batch_rows))


def delete_result(*, actor: Actor, query_id: uuid.UUID) -> None:
    """Delete the stored result of the caller's own run; a missing one is no error.

    Side effect: the file is gone once the transaction has ended.
    """
    found = StoredResult.objects.filter(run_id=query_id, actor_id=actor.user_id).first()
    if found is None:
        return
    found.delete()
    transaction.on_commit(lambda: result_folder().delete(found.file))
