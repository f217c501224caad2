"""Values on their way in and out: parameters as the driver wants them, results as plain Arrow."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa

from semantic_layer.adapters.columns import unique_columns
from semantic_layer.errors import SqlError
from semantic_layer.ports import ResultColumn

_SQL_NAME = b"Spark:DataType:SqlName"
_INTEGERS = ((31, "INT"), (63, "BIGINT"))
_MOST_DIGITS = 38
_MONTHS = re.compile(r"(?P<sign>-)?(?P<years>\d+)-(?P<months>\d+)")
_DAYS = re.compile(
    r"(?P<sign>-)?(?P<days>\d+) (?P<hours>\d+):(?P<minutes>\d+):(?P<seconds>\d+)"
    r"(?:\.(?P<fraction>\d{1,9}))?"
)


@dataclass(frozen=True)
class Parameter:
    """One bound value: its text and the SQL type it is cast to; None is SQL's NULL."""

    name: str
    type: str
    text: str | None


def parameter(name: str, value: Any) -> Parameter:
    """How the value is bound. A time without a zone stays one (TIMESTAMP_NTZ), one with a zone is
    a TIMESTAMP. Raises SqlError for what cannot be bound."""
    if value is None:
        return Parameter(name, "VOID", None)
    if isinstance(value, bool):
        return Parameter(name, "BOOLEAN", "true" if value else "false")
    if isinstance(value, int):
        return Parameter(name, _integer_type(name, value), str(value))
    if isinstance(value, Decimal):
        return _decimal(name, value)
    if isinstance(value, datetime):
        kind = "TIMESTAMP_NTZ" if value.tzinfo is None else "TIMESTAMP"
        return Parameter(name, kind, value.isoformat(sep=" "))
    if isinstance(value, float):
        return Parameter(name, "DOUBLE", repr(value))
    if isinstance(value, date):
        return Parameter(name, "DATE", value.isoformat())
    if isinstance(value, str):
        return Parameter(name, "STRING", value)
    raise SqlError(
        f"The parameter {name} is of a kind that Databricks cannot bind ({type(value).__name__}); "
        "bind text, and convert it in the statement: unhex(:x), from_json(:x, '...').",
        code="PARAMETER_TYPE",
    )


def _integer_type(name: str, value: int) -> str:
    bits = (value if value >= 0 else ~value).bit_length()
    for most, sql_type in _INTEGERS:
        if bits <= most:
            return sql_type
    return _decimal(name, Decimal(value)).type


def _decimal(name: str, value: Decimal) -> Parameter:
    if not value.is_finite():
        raise SqlError(f"The parameter {name} is {value}: bind a number.", code="PARAMETER_TYPE")
    text = format(value, "f")
    whole, _, fraction = text.lstrip("-").partition(".")
    digits = max(1, len(whole.lstrip("0")) + len(fraction))
    if digits > _MOST_DIGITS:
        raise SqlError(
            f"The parameter {name} has {digits} digits; a DECIMAL holds {_MOST_DIGITS}.",
            code="PARAMETER_TYPE",
        )
    return Parameter(name, f"DECIMAL({digits},{len(fraction)})", text)


# ---------------------------------------------------------------- results


def columns_of(schema: pa.Schema, type_codes: list[str]) -> tuple[ResultColumn, ...]:
    """Unique names, and types as Databricks writes them. `type_codes` are the driver's words."""
    types = [_type_name(field, code) for field, code in zip(schema, type_codes, strict=True)]
    return unique_columns(list(schema.names), types)


def _type_name(field: pa.Field, code: str) -> str:
    told = (field.metadata or {}).get(_SQL_NAME)
    if told:
        return str(told.decode())
    if code.startswith(("interval", "variant", "geo")):
        return code.replace("_", " ").upper()
    return _name_of(field.type)


def _name_of(kind: pa.DataType) -> str:
    """Databricks' name of an Arrow type."""
    if pa.types.is_decimal(kind):
        return f"DECIMAL({kind.precision},{kind.scale})"
    if pa.types.is_map(kind):
        return f"MAP<{_name_of(kind.key_type)}, {_name_of(kind.item_type)}>"
    if pa.types.is_struct(kind):
        inner = (kind.field(index) for index in range(kind.num_fields))
        return f"STRUCT<{', '.join(f'{one.name}: {_name_of(one.type)}' for one in inner)}>"
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return f"ARRAY<{_name_of(kind.value_type)}>"
    if pa.types.is_timestamp(kind):
        return "TIMESTAMP_NTZ" if kind.tz is None else "TIMESTAMP"
    return next((name for matches, name in _NAMES if matches(kind)), str(kind).upper())


_NAMES: tuple[tuple[Callable[[pa.DataType], bool], str], ...] = (
    (pa.types.is_boolean, "BOOLEAN"),
    (pa.types.is_int8, "TINYINT"),
    (pa.types.is_int16, "SMALLINT"),
    (pa.types.is_int32, "INT"),
    (pa.types.is_int64, "BIGINT"),
    (pa.types.is_float32, "FLOAT"),
    (pa.types.is_float64, "DOUBLE"),
    (pa.types.is_string, "STRING"),
    (pa.types.is_large_string, "STRING"),
    (pa.types.is_binary, "BINARY"),
    (pa.types.is_large_binary, "BINARY"),
    (pa.types.is_date, "DATE"),
    (pa.types.is_null, "VOID"),
)


def plain_batches(
    table: pa.Table, columns: tuple[ResultColumn, ...], type_codes: list[str]
) -> list[pa.RecordBatch]:
    """The rows under unique names, intervals as Arrow's own instead of the driver's text."""
    arrays = [_plain(column, code) for column, code in zip(table.columns, type_codes, strict=True)]
    named = pa.Table.from_arrays(arrays, names=[column.name for column in columns])
    found: list[pa.RecordBatch] = named.to_batches()
    return found or [
        pa.RecordBatch.from_arrays(
            [pa.array([], type=array.type) for array in arrays], names=named.schema.names
        )
    ]


def _plain(column: pa.ChunkedArray, code: str) -> pa.ChunkedArray:
    if not code.startswith("interval") or not pa.types.is_string(column.type):
        return column
    values = [None if text is None else interval(text) for text in column.to_pylist()]
    return pa.chunked_array([pa.array(values, type=pa.month_day_nano_interval())])


def interval(text: str) -> pa.MonthDayNano:
    """`1-2` (years, months) or `3 04:05:06.7` (days, hours, ...), each with one sign for all."""
    match = _MONTHS.fullmatch(text)
    if match:
        months = int(match["years"]) * 12 + int(match["months"])
        return pa.MonthDayNano([-months if match["sign"] else months, 0, 0])
    match = _DAYS.fullmatch(text)
    if match is None:
        raise ValueError(f"an interval nobody can read: {text!r}")
    seconds = (int(match["hours"]) * 60 + int(match["minutes"])) * 60 + int(match["seconds"])
    nanos = seconds * 10**9 + int((match["fraction"] or "0").ljust(9, "0"))
    days, nanos = (-1 if match["sign"] else 1) * int(match["days"]), nanos
    return pa.MonthDayNano([0, days, -nanos if match["sign"] else nanos])
