"""What spreadsheets do to text, and which columns hold text."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from queries.values import json_values
from semantic_layer.api.rendering import dumps

GUARD = "'"
"""Put before text that a spreadsheet would run as a formula."""

NEUTRALISED = (
    "Text that a spreadsheet would take for a formula begins with an apostrophe; json and parquet "
    "hold it as it is."
)

# The full-width signs count for Excel with a Japanese or Chinese locale. A line feed or carriage
# return before the sign is skipped by some programs.
_FORMULA_STARTS = "=+-@\t\r\n＝＋－＠"
_FORMULA = rf"\A[{_FORMULA_STARTS.replace('-', chr(92) + '-')}]"


def holds_text(kind: pa.DataType) -> bool:
    """Could its values be anything that a person wrote? Numbers, dates and times cannot."""
    return not (
        pa.types.is_integer(kind)
        or pa.types.is_floating(kind)
        or pa.types.is_decimal(kind)
        or pa.types.is_boolean(kind)
        or pa.types.is_temporal(kind)
        or pa.types.is_null(kind)
    )


def texts_of(column: pa.Array) -> pa.Array:
    """The column as text: strings as they are, nested values as JSON, all else as in JSON."""
    kind = column.type
    if pa.types.is_string(kind):
        return column
    if pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return column.cast(pa.string())
    return pa.array([plain_text(value) for value in json_values(column)], type=pa.string())


def plain_text(value: Any) -> str | None:
    """A JSON value as the text of a cell."""
    if value is None or isinstance(value, str):
        return value
    return dumps(value).decode("utf-8")


def neutralised(texts: pa.Array) -> tuple[pa.Array, bool]:
    """The texts with a guard before those that begin like a formula; whether there were any."""
    found = pc.match_substring_regex(texts, _FORMULA)
    if not pc.any(found, min_count=0).as_py():
        return texts, False
    guarded = pc.binary_join_element_wise(GUARD, texts, "")
    return pc.if_else(pc.fill_null(found, fill_value=False), guarded, texts), True


def neutral(text: str) -> str:
    """One text with a guard where it begins like a formula."""
    return GUARD + text if text[:1] and text[0] in _FORMULA_STARTS else text
