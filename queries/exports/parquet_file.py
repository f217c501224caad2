"""Parquet with the types kept; the engine's own word for each is in the field's metadata."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from io import RawIOBase

import pyarrow as pa
import pyarrow.parquet as pq

from queries.exports.cells import texts_of
from semantic_layer.errors import InvalidInput
from semantic_layer.ports import ResultColumn

ENGINE_TYPE = b"engine_type"

_AS_TEXT = b"as_text"
_GROUP_ROWS = 65_536
_GROUP_BYTES = 8 * 1024 * 1024
_WIDE_INTEGER = pa.decimal256(39, 0)
# More digits than other readers know of; of a 128-bit integer's 39 the last is hardly ever used.
_WIDEST = pa.decimal128(38, 0)


def write_parquet(
    file: RawIOBase, columns: Sequence[ResultColumn], batches: Iterable[pa.RecordBatch]
) -> list[str]:
    """Write the rows in row groups of bounded size; notes on columns that are text here."""
    rows = _RowGroups(pa.PythonFile(file, mode="w"), columns)
    try:
        for batch in batches:
            rows.append(batch)
        schema = rows.close()
    except BaseException:
        rows.give_up()
        raise
    return [
        f"The column {field.name} ({_engine_type(field)}) is text: Parquet has no such type."
        for field in schema
        if _AS_TEXT in field.metadata
    ]


class _RowGroups:
    """Batches gathered to row groups of bounded size."""

    def __init__(self, sink: pa.NativeFile, columns: Sequence[ResultColumn]) -> None:
        self._sink = sink
        self._columns = columns
        self._writer: pq.ParquetWriter | None = None
        self._held: list[pa.RecordBatch] = []

    def append(self, batch: pa.RecordBatch) -> None:
        self._held.append(_kept(batch, self._columns))
        if _is_enough(self._held):
            self._flush()

    def close(self) -> pa.Schema:
        """Write what is left and the footer; the schema of the file."""
        writer = self._flush()
        writer.close()
        return writer.schema

    def give_up(self) -> None:
        """The writer would end the file by itself when it is deleted, after the file was."""
        if self._writer is not None:
            self._writer.is_open = False

    def _flush(self) -> pq.ParquetWriter:
        if self._writer is None:
            schema = self._held[0].schema if self._held else _empty(self._columns)
            self._writer = pq.ParquetWriter(self._sink, schema, compression="zstd")
        if self._held:
            self._writer.write_table(pa.Table.from_batches(self._held))
            self._held = []
        return self._writer


def _engine_type(field: pa.Field) -> str:
    return str(field.metadata[ENGINE_TYPE].decode())


def _is_enough(held: list[pa.RecordBatch]) -> bool:
    rows = sum(batch.num_rows for batch in held)
    return rows >= _GROUP_ROWS or sum(int(batch.nbytes) for batch in held) >= _GROUP_BYTES


def _empty(columns: Sequence[ResultColumn]) -> pa.Schema:
    return pa.schema([_field(column, pa.null(), pa.null()) for column in columns])


def _kept(batch: pa.RecordBatch, columns: Sequence[ResultColumn]) -> pa.RecordBatch:
    """The batch in types that Parquet has, with the engine's types beside them."""
    arrays = [_array(array, column.name) for array, column in zip(batch, columns, strict=True)]
    fields = [
        _field(column, before.type, after.type)
        for column, before, after in zip(columns, batch, arrays, strict=True)
    ]
    return pa.RecordBatch.from_arrays(arrays, schema=pa.schema(fields))


def _field(column: ResultColumn, before: pa.DataType, after: pa.DataType) -> pa.Field:
    metadata = {ENGINE_TYPE: column.type}
    if _is_foreign(before):
        metadata[_AS_TEXT] = "true"
    return pa.field(column.name, after, metadata=metadata)


def _array(array: pa.Array, name: str) -> pa.Array:
    if _is_foreign(array.type):
        return texts_of(array)
    if array.type.equals(_WIDE_INTEGER):
        try:
            return array.cast(_WIDEST)
        except pa.ArrowInvalid as error:
            raise InvalidInput(
                f"A number in the column {name!r} has more than 38 digits, which Parquet readers "
                "do not know: cast the column to text.",
                code="PARQUET_NUMBER_TOO_LARGE",
                column=name,
            ) from error
    return array


def _is_foreign(kind: pa.DataType) -> bool:
    """Has it, or has a part of it, no form in Parquet?"""
    if pa.types.is_union(kind) or pa.types.is_interval(kind):
        return True
    if pa.types.is_struct(kind) and not kind.num_fields:
        return True
    if pa.types.is_dictionary(kind):
        return _is_foreign(kind.value_type)
    return any(_is_foreign(kind.field(index).type) for index in range(kind.num_fields))
