"""Time buckets of a metric query are read off a wall clock: the query's zone was applied before.

An engine may give them as moments all the same (Databricks' DATE_TRUNC does), which JSON would
write with a `Z` that is not true. Its session's zone is UTC, so the clock to read is UTC's.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

import pyarrow as pa

from semantic_layer.ports import ResultColumn

_WITHOUT_ZONE = {
    "databricks": {"TIMESTAMP": "TIMESTAMP_NTZ"},
    "duckdb": {"TIMESTAMP WITH TIME ZONE": "TIMESTAMP"},
}


def plain_columns(
    columns: Sequence[ResultColumn], names: Collection[str], dialect: str
) -> tuple[ResultColumn, ...]:
    """The columns, the named ones without a zone in their type."""
    types = _WITHOUT_ZONE.get(dialect, {})
    return tuple(
        replace(column, type=types.get(column.type, column.type))
        if column.name in names
        else column
        for column in columns
    )


def plain_batches(
    batches: Iterator[pa.RecordBatch], names: Collection[str]
) -> Iterator[pa.RecordBatch]:
    """The batches, the named columns without a zone."""
    for batch in batches:
        yield _plain(batch, names)


def _plain(batch: pa.RecordBatch, names: Collection[str]) -> pa.RecordBatch:
    for index, field in enumerate(batch.schema):
        if field.name in names and pa.types.is_timestamp(field.type) and field.type.tz is not None:
            values = batch.column(index).cast(pa.timestamp(field.type.unit))
            batch = batch.set_column(index, field.name, values)
    return batch
