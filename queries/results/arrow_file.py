"""A result as one Arrow file: every type as the engine gave it, read by ranges of rows.

Arrow and not Parquet, which knows neither unions nor intervals: JSON made of a stored result has to
equal the JSON of the same rows fresh from the warehouse. Batches are cut to a bounded size, and
both ends hold one batch at a time, so neither needs memory for the whole.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from io import RawIOBase
from itertools import accumulate
from typing import IO

import pyarrow as pa

from semantic_layer.ports import ResultColumn

BATCH_ROWS = 8_192
BATCH_BYTES = 8 * 1024 * 1024
_COLUMNS = b"result_columns"


def write_arrow(
    file: RawIOBase, columns: Sequence[ResultColumn], batches: Iterable[pa.RecordBatch]
) -> list[int]:
    """Write the batches with names and engine types of the columns; rows of each batch written.

    Without any batch there is no row and no schema to keep but the columns'.
    """
    rows: list[int] = []
    writer: pa.ipc.RecordBatchFileWriter | None = None
    sink = pa.PythonFile(file, mode="w")
    for batch in bounded(batches):
        if writer is None:
            writer = _writer(sink, batch.schema, columns)
        writer.write_batch(batch)
        rows.append(batch.num_rows)
    # Only a whole file gets its footer: on failure the writer is dropped as it is.
    (writer or _writer(sink, _empty_schema(columns), columns)).close()
    return rows


class ArrowRows:
    """An open Arrow file as rows. `batch_rows` are what write_arrow gave."""

    def __init__(self, file: IO[bytes], batch_rows: Sequence[int]) -> None:
        self._reader = pa.ipc.open_file(pa.PythonFile(file, mode="r"))
        self._starts = [0, *accumulate(batch_rows)]
        kept = json.loads(self._reader.schema.metadata[_COLUMNS])
        self.columns = tuple(ResultColumn(name, kind) for name, kind in kept)
        self.row_count = self._starts[-1]

    def batches(self, offset: int = 0, limit: int | None = None) -> Iterator[pa.RecordBatch]:
        """Rows from `offset` (from 0) on, at most `limit`; reads only the batches that hold any."""
        end = self.row_count if limit is None else min(self.row_count, offset + limit)
        index = bisect_right(self._starts, offset) - 1
        while offset < end:
            start = self._starts[index]
            batch = self._reader.get_batch(index)
            yield batch.slice(offset - start, end - offset)
            offset = start + batch.num_rows
            index += 1


def bounded(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The same rows in batches of bounded size; empty ones left out, but for the first."""
    first = True
    for batch in batches:
        per_row = batch.nbytes // batch.num_rows if batch.num_rows else 0
        size = max(1, min(BATCH_ROWS, BATCH_BYTES // max(1, per_row)))
        for start in range(0, batch.num_rows, size):
            first = False
            yield batch.slice(start, size)
        if first:  # its schema is worth keeping
            first = False
            yield batch


def _writer(
    sink: pa.NativeFile, schema: pa.Schema, columns: Sequence[ResultColumn]
) -> pa.ipc.RecordBatchFileWriter:
    kept = json.dumps([[column.name, column.type] for column in columns])
    options = pa.ipc.IpcWriteOptions(compression="lz4")
    return pa.ipc.new_file(sink, schema.with_metadata({_COLUMNS: kept}), options=options)


def _empty_schema(columns: Sequence[ResultColumn]) -> pa.Schema:
    return pa.schema([pa.field(column.name, pa.null()) for column in columns])
