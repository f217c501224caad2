"""Arrow results and bound values in the words of the warehouse's Thrift protocol."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import lz4.frame
import pyarrow as pa
from databricks.sql.thrift_api.TCLIService import ttypes as t

_TYPES = (
    (pa.types.is_boolean, t.TTypeId.BOOLEAN_TYPE),
    (pa.types.is_int8, t.TTypeId.TINYINT_TYPE),
    (pa.types.is_int16, t.TTypeId.SMALLINT_TYPE),
    (pa.types.is_int32, t.TTypeId.INT_TYPE),
    (pa.types.is_int64, t.TTypeId.BIGINT_TYPE),
    (pa.types.is_float32, t.TTypeId.FLOAT_TYPE),
    (pa.types.is_float64, t.TTypeId.DOUBLE_TYPE),
    (pa.types.is_date, t.TTypeId.DATE_TYPE),
    (pa.types.is_timestamp, t.TTypeId.TIMESTAMP_TYPE),
    (pa.types.is_binary, t.TTypeId.BINARY_TYPE),
    (pa.types.is_decimal, t.TTypeId.DECIMAL_TYPE),
    (pa.types.is_list, t.TTypeId.ARRAY_TYPE),
    (pa.types.is_map, t.TTypeId.MAP_TYPE),
    (pa.types.is_struct, t.TTypeId.STRUCT_TYPE),
    (pa.types.is_null, t.TTypeId.NULL_TYPE),
)
INTERVALS = {
    b"INTERVAL_YEAR_MONTH": t.TTypeId.INTERVAL_YEAR_MONTH_TYPE,
    b"INTERVAL_DAY_TIME": t.TTypeId.INTERVAL_DAY_TIME_TYPE,
}
KIND = b"tests.kind"
"""Metadata of a field whose values travel as text: a key of INTERVALS."""


def table_schema(schema: pa.Schema) -> t.TTableSchema:
    return t.TTableSchema([_column(index, field) for index, field in enumerate(schema)])


def _column(index: int, field: pa.Field) -> t.TColumnDesc:
    code = next((code for matches, code in _TYPES if matches(field.type)), t.TTypeId.STRING_TYPE)
    code = INTERVALS.get((field.metadata or {}).get(KIND, b""), code)
    qualifiers = None
    if code == t.TTypeId.DECIMAL_TYPE:
        qualifiers = t.TTypeQualifiers(
            {
                "precision": t.TTypeQualifierValue(i32Value=field.type.precision),
                "scale": t.TTypeQualifierValue(i32Value=field.type.scale),
            }
        )
    entry = t.TTypeEntry(primitiveEntry=t.TPrimitiveTypeEntry(code, qualifiers))
    return t.TColumnDesc(field.name, t.TTypeDesc([entry]), index + 1)


def arrow_batches(table: pa.Table, *, compressed: bool) -> list[t.TSparkArrowBatch]:
    found = []
    for batch in table.combine_chunks().to_batches():
        data = batch.serialize().to_pybytes()
        found.append(
            t.TSparkArrowBatch(lz4.frame.compress(data) if compressed else data, batch.num_rows)
        )
    return found


def bound_values(parameters: list[t.TSparkParameter] | None) -> dict[str, Any]:
    """Values by name, as Python has them."""
    return {one.name: _value(one) for one in parameters or []}


def _value(parameter: t.TSparkParameter) -> Any:
    kind = (parameter.type or "STRING").upper()
    text = parameter.value.stringValue if parameter.value is not None else None
    if text is None or kind == "VOID":
        return None
    if kind in ("TINYINT", "SMALLINT", "INT", "BIGINT"):
        return int(text)
    if kind in ("FLOAT", "DOUBLE"):
        return float(text)
    if kind == "BOOLEAN":
        return text == "true"
    if kind.startswith("DECIMAL"):
        return Decimal(text)
    if kind == "DATE":
        return date.fromisoformat(text)
    if kind.startswith("TIMESTAMP"):
        value = datetime.fromisoformat(text)
        return value if kind == "TIMESTAMP_NTZ" else value.replace(tzinfo=value.tzinfo or UTC)
    return text
