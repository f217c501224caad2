"""CSV as RFC 4180 has it: UTF-8, lines end in CRLF, text is quoted, null is nothing at all.

The forms of values are those of the API's JSON. An empty text is `""`, so that it differs from
null; in a file of one column null is `""` as well, because readers skip empty lines.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from io import RawIOBase

import pyarrow as pa
import pyarrow.compute as pc
from django.conf import settings

from queries.exports.cells import NEUTRALISED, holds_text, neutralised, texts_of
from semantic_layer.ports import ResultColumn

_BOM = b"\xef\xbb\xbf"
_LINE_END = b"\r\n"


def write_csv(
    file: RawIOBase, columns: Sequence[ResultColumn], batches: Iterable[pa.RecordBatch]
) -> list[str]:
    """Write a header line, then a line for each row; notes on what was changed."""
    names, guarded = neutralised(pa.array([column.name for column in columns], type=pa.string()))
    if settings.EXPORT_CSV_BOM:
        file.write(_BOM)
    file.write(",".join(_quoted(names).to_pylist()).encode() + _LINE_END)
    for batch in batches:
        fields = []
        for column in batch.columns:
            texts, changed = _fields(column)
            guarded = guarded or changed
            fields.append(texts)
        if batch.num_rows:
            file.write(_lines(fields))
    return [NEUTRALISED] if guarded else []


def _fields(column: pa.Array) -> tuple[pa.Array, bool]:
    """The column's fields as they stand in a line; whether any was guarded."""
    kind = column.type
    if holds_text(kind):
        texts, changed = neutralised(texts_of(column))
        return _quoted(texts), changed
    if pa.types.is_integer(kind) or pa.types.is_boolean(kind) or _is_finite(column):
        return column.cast(pa.string()), False
    return texts_of(column), False


def _is_finite(column: pa.Array) -> bool:
    """Arrow writes nan and inf in a way of its own."""
    return bool(
        pa.types.is_float64(column.type) and pc.all(pc.is_finite(column), min_count=0).as_py()
    )


def _quoted(texts: pa.Array) -> pa.Array:
    escaped = pc.replace_substring(texts, '"', '""')
    return pc.binary_join_element_wise('"', escaped, '"', "")


def _lines(fields: list[pa.Array]) -> pa.Buffer:
    missing = '""' if len(fields) == 1 else ""
    lines = pc.binary_join_element_wise(
        *fields, ",", null_handling="replace", null_replacement=missing
    )
    # An empty text more, so that the last line has its end too.
    lines = pa.concat_arrays([lines, pa.array([""])])
    whole = pa.ListArray.from_arrays(pa.array([0, len(lines)], pa.int32()), lines)
    return pc.binary_join(whole, _LINE_END.decode())[0].as_buffer()
