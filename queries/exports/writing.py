"""Rows -> a whole file in the folder of exports, within the limits; or no file at all."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings

from queries.execution import Fetched, RowStream, Statement, streamed
from queries.exports.formats import FORMATS
from queries.exports.store import export_folder, export_limit
from queries.models import ExportFormat, QueryRun
from queries.results.arrow_file import bounded
from queries.services.running import noted, tags_of
from queries.slots import place
from queries.watching import look
from semantic_layer.errors import InvalidInput, SemanticLayerError
from semantic_layer.ports import ResultColumn, Warehouse

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class WrittenExport:
    """A whole file that no row of the database names yet."""

    format: ExportFormat
    file: str
    columns: tuple[ResultColumn, ...]
    row_count: int
    byte_count: int
    sha256: str
    notes: Sequence[str]

    def discard(self) -> None:
        export_folder().delete(self.file)


def write_export(
    *,
    export_format: ExportFormat,
    actor_id: str,
    columns: Sequence[ResultColumn],
    batches: Iterable[pa.RecordBatch],
) -> WrittenExport:
    """Write all the rows to one file, in constant memory.

    Raises InvalidInput (`EXPORT_TOO_LARGE`, `STORAGE_QUOTA_EXCEEDED`, or what the format cannot
    hold), Unavailable (`STORAGE_FULL`), and whatever the batches raise; then there is no file.
    """
    kind = FORMATS[export_format]
    rows = _Counted(export_format, batches)
    name = f"{uuid.uuid4().hex}.{kind.extension}"
    with export_folder().writing(name, limit=export_limit(actor_id)) as file:
        notes = kind.write(file, columns, bounded(rows))
    return WrittenExport(
        export_format, name, tuple(columns), rows.count, file.size, file.sha256, notes
    )


@dataclass
class FileSink:
    """Fetches the rows of a statement into a file: what services pass as `fetch`.

    With `whole`, more rows than the statement may read are an error; without, the caller wanted
    only the first ones.
    """

    export_format: ExportFormat
    whole: bool
    written: WrittenExport | None = None

    def __call__(self, warehouse: Warehouse, statement: Statement, run: QueryRun) -> Fetched:
        tags = tags_of(warehouse, run)
        with (
            place(run.actor_id, statement.at_once),
            streamed(warehouse, statement, tags=tags) as rows,
        ):
            self.written = write_export(
                export_format=self.export_format,
                actor_id=run.actor_id,
                columns=rows.columns,
                batches=self._batches(rows),
            )
        return noted(rows.fetched(), run)

    def _batches(self, rows: RowStream) -> Iterator[pa.RecordBatch]:
        yield from rows
        if rows.truncated and self.whole:
            raise too_many_rows(self.export_format)


class _Counted:
    """Batches on their way into a file; refuses what is more than the format or the setting takes.

    Every part of a result counts, so it cannot be left out silently.
    """

    def __init__(self, export_format: ExportFormat, batches: Iterable[pa.RecordBatch]) -> None:
        self.count = 0
        self._format = export_format
        self._batches = batches

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        most = max_rows(self._format)
        for batch in self._batches:
            look()
            self.count += batch.num_rows
            if self.count > most:
                raise too_many_rows(self._format)
            yield batch


def max_rows(export_format: ExportFormat) -> int:
    """How many rows a file of this format may have here."""
    own = FORMATS[export_format].max_rows
    most = int(settings.EXPORT_MAX_ROWS)
    return most if own is None else min(most, own)


def too_many_rows(export_format: ExportFormat) -> SemanticLayerError:
    most = max_rows(export_format)
    ours = most == settings.EXPORT_MAX_ROWS
    whose = "An export holds" if ours else "An Excel sheet holds"
    other = "" if ours else " Or export as csv, json or parquet."
    return InvalidInput(
        f"{whose} {most:,} rows at most and this result has more: filter or aggregate, or send a "
        f"limit to get the first rows only.{other}",
        code="EXPORT_TOO_LARGE" if ours else "EXCEL_ROW_LIMIT",
        max_rows=most,
    )
