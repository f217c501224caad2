"""Arrow columns -> rows of JSON values, without losing or changing one.

| what | in JSON | |---|---| | integer, HUGEINT | number; string beyond 2^53, where JSON readers
lose digits | | DECIMAL | string with all its digits: `"12.50"` | | floating point | number;
`"NaN"`, `"Infinity"`, `"-Infinity"` | | DATE, TIMESTAMP, TIME | ISO 8601 as stored, without a
zone; fraction only where there is one | | TIMESTAMP WITH TIME ZONE | ISO 8601 in UTC with `Z` | |
years outside 1..9999 | ISO 8601 with sign: `+12345-01-31`, `-0043-03-15`; `"infinity"`,
`"-infinity"` | | INTERVAL | ISO 8601 duration: `P1Y2M3DT4H5M6.7S`, each part with its own sign |
| BLOB, GEOMETRY | base64 | | UUID, ENUM, BIT, TIME WITH TIME ZONE, JSON | string | | list, array
| array | | STRUCT | object | | MAP | object when the keys are strings, else array of [key, value]
| | VARIANT | its two binary parts in base64; cast it to JSON to read it |
| UNION | object with the member's name: `{"age": 5}` |

Converted column by column, the common types inside Arrow's own kernels.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Iterable, Sequence
from itertools import chain
from math import isnan
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from semantic_layer.ports import ResultColumn

_SAFE_INTEGER = 2**53
_WIDE_INTEGER_PRECISION = 39
"""Adapters give 128-bit integers as decimals of this precision; no engine has such a DECIMAL."""

_PER_SECOND = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
_DAY_S = 86_400
_FIRST_DAY = -719_162
_LAST_DAY = 2_932_896
_DATE_INFINITY = 2**31 - 1
_TIMESTAMP_INFINITY = 2**63 - 1


def json_rows(
    columns: Sequence[ResultColumn], batches: Iterable[pa.RecordBatch]
) -> list[dict[str, Any]]:
    """All rows of the batches as objects by column name, every value ready for JSON."""
    names = [column.name for column in columns]
    return list(chain.from_iterable(_batch_rows(names, batch) for batch in batches))


def _batch_rows(names: list[str], batch: pa.RecordBatch) -> list[dict[str, Any]]:
    values = [json_values(column) for column in batch.columns]
    return [dict(zip(names, row, strict=True)) for row in zip(*values, strict=True)]


def json_values(array: pa.Array) -> list[Any]:
    """One column as JSON values, nulls as None."""
    kind = array.type
    for matches, convert in _CONVERTERS:
        if matches(kind):
            return convert(array)
    if isinstance(kind, pa.BaseExtensionType):
        return json_values(array.storage)
    found: list[Any] = array.to_pylist()
    return found


def _each(array: pa.Array, convert: Callable[[Any], Any]) -> list[Any]:
    return [None if value is None else convert(value) for value in array.to_pylist()]


# ---------------------------------------------------------------- numbers


def _integers(array: pa.Array) -> list[Any]:
    bounds = pc.min_max(array)
    low, high = bounds["min"].as_py(), bounds["max"].as_py()
    if low is None or (low >= -_SAFE_INTEGER and high <= _SAFE_INTEGER):
        found: list[Any] = array.to_pylist()
        return found
    return _each(array, _integer)


def _integer(value: int) -> int | str:
    return value if -_SAFE_INTEGER <= value <= _SAFE_INTEGER else str(value)


def _floats(array: pa.Array) -> list[Any]:
    if pc.all(pc.is_finite(array), min_count=0).as_py():
        found: list[Any] = array.to_pylist()
        return found
    return _each(array, _float)


def _float(value: float) -> float | str:
    if isnan(value):
        return "NaN"
    if value in (float("inf"), float("-inf")):
        return "Infinity" if value > 0 else "-Infinity"
    return value


def _decimals(array: pa.Array) -> list[Any]:
    if array.type.precision == _WIDE_INTEGER_PRECISION and array.type.scale == 0:
        return _each(array, lambda value: _integer(int(value)))
    texts: list[Any] = array.cast(pa.string()).to_pylist()
    if any(text is not None and "E" in text for text in texts):
        # Arrow writes numbers near zero as 1E-10.
        return _each(array, lambda value: format(value, "f"))
    return texts


# ---------------------------------------------------------------- dates and times


def _dates(array: pa.Array) -> list[Any]:
    days = array.cast(pa.date32()).cast(pa.int32())
    if _within(days, _FIRST_DAY, _LAST_DAY):
        found: list[Any] = array.cast(pa.string()).to_pylist()
        return found
    return _each(days, _date)


def _date(days: int) -> str:
    if abs(days) == _DATE_INFINITY:
        return "infinity" if days > 0 else "-infinity"
    return _day(days)


def _timestamps(array: pa.Array) -> list[Any]:
    kind = array.type
    suffix = "" if kind.tz is None else "Z"
    scale = _PER_SECOND[kind.unit]
    ticks = array.cast(pa.int64())
    if not _within(ticks, _FIRST_DAY * _DAY_S * scale, ((_LAST_DAY + 1) * _DAY_S) * scale - 1):
        return _each(ticks, lambda value: _timestamp(value, scale, suffix))
    texts = array.cast(pa.timestamp(kind.unit)).cast(pa.string())
    return _trimmed(pc.replace_substring(texts, " ", "T"), kind.unit, suffix)


def _timestamp(ticks: int, scale: int, suffix: str) -> str:
    if abs(ticks) == _TIMESTAMP_INFINITY:
        return "infinity" if ticks > 0 else "-infinity"
    days, rest = divmod(ticks, _DAY_S * scale)
    return f"{_day(days)}T{_clock(rest, scale)}{suffix}"


def _times(array: pa.Array) -> list[Any]:
    unit = array.type.unit
    scale = _PER_SECOND[unit]
    width = pa.int32() if pa.types.is_time32(array.type) else pa.int64()
    ticks = array.cast(width)
    if not _within(ticks, 0, _DAY_S * scale - 1):
        return _each(ticks, lambda value: _clock(value, scale))
    return _trimmed(array.cast(pa.string()), unit, "")


def _trimmed(texts: pa.Array, unit: str, suffix: str) -> list[Any]:
    """The texts without zeros at the end of their fractions, then the suffix."""
    places = len(str(_PER_SECOND[unit])) - 1
    if places and pc.all(pc.ends_with(texts, "." + "0" * places), min_count=0).as_py():
        texts, places = pc.utf8_slice_codeunits(texts, 0, -places - 1), 0
    if not places:
        joined = pc.binary_join_element_wise(texts, suffix, "") if suffix else texts
        found: list[Any] = joined.to_pylist()
        return found
    return _each(texts, lambda text: text.rstrip("0").removesuffix(".") + suffix)


def _within(ticks: pa.Array, low: int, high: int) -> bool:
    bounds = pc.min_max(ticks)
    lowest, highest = bounds["min"].as_py(), bounds["max"].as_py()
    return lowest is None or (lowest >= low and highest <= high)


def _clock(ticks: int, scale: int) -> str:
    seconds, fraction = divmod(ticks, scale)
    text = f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    if not fraction:
        return text
    return f"{text}.{fraction:0{len(str(scale)) - 1}}".rstrip("0")


def _day(days: int) -> str:
    """Days since 1970 as a date of the proleptic Gregorian calendar, year 0 being 1 BC.

    Counted in 400-year eras from March, so that the leap day comes last. Source: H. Hinnant,
    chrono-compatible low-level date algorithms.
    """
    era, day_of_era = divmod(days + 719_468, 146_097)
    year_of_era = (
        day_of_era - day_of_era // 1_460 + day_of_era // 36_524 - day_of_era // 146_096
    ) // 365
    day_of_year = day_of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    month_from_march = (5 * day_of_year + 2) // 153
    day = day_of_year - (153 * month_from_march + 2) // 5 + 1
    month = month_from_march + 3 if month_from_march < 10 else month_from_march - 9
    year = era * 400 + year_of_era + (month <= 2)
    written = f"{year:04}" if 0 <= year <= 9999 else f"{year:+05}"
    return f"{written}-{month:02}-{day:02}"


def _interval(value: Any) -> str:
    months, days, nanoseconds = value
    years, months = _split(months, 12)
    hours, rest = _split(nanoseconds, 3600 * 10**9)
    minutes, rest = _split(rest, 60 * 10**9)
    date_part = _parts((years, "Y"), (months, "M"), (days, "D"))
    time_part = _parts((hours, "H"), (minutes, "M")) + _seconds(rest)
    if not date_part and not time_part:
        return "PT0S"
    return f"P{date_part}" + (f"T{time_part}" if time_part else "")


def _split(value: int, size: int) -> tuple[int, int]:
    """Quotient and rest, both with the sign of `value`."""
    quotient, rest = divmod(abs(value), size)
    return (quotient, rest) if value >= 0 else (-quotient, -rest)


def _parts(*parts: tuple[int, str]) -> str:
    return "".join(f"{number}{letter}" for number, letter in parts if number)


def _seconds(nanoseconds: int) -> str:
    if not nanoseconds:
        return ""
    seconds, fraction = divmod(abs(nanoseconds), 10**9)
    sign = "-" if nanoseconds < 0 else ""
    text = f"{sign}{seconds}" + (f".{fraction:09}".rstrip("0") if fraction else "")
    return f"{text}S"


def _durations(array: pa.Array) -> list[Any]:
    factor = 10**9 // _PER_SECOND[array.type.unit]
    return _each(array.cast(pa.int64()), lambda ticks: _interval((0, 0, ticks * factor)))


# ---------------------------------------------------------------- bytes and nested values


def _blobs(array: pa.Array) -> list[Any]:
    return _each(array, lambda value: b64encode(value).decode("ascii"))


def _lists(array: pa.Array) -> list[Any]:
    sizes = pc.list_value_length(array).to_pylist()
    values = json_values(array.flatten())
    found, start = [], 0
    for size in sizes:
        found.append(None if size is None else values[start : start + size])
        start += size or 0
    return found


def _structs(array: pa.Array) -> list[Any]:
    kind = array.type
    names = [kind.field(index).name for index in range(kind.num_fields)]
    if not names:
        return [{} if valid else None for valid in array.is_valid().to_pylist()]
    children = [json_values(child) for child in array.flatten()]
    rows = zip(array.is_valid().to_pylist(), zip(*children, strict=True), strict=True)
    return [dict(zip(names, row, strict=True)) if valid else None for valid, row in rows]


def _maps(array: pa.Array) -> list[Any]:
    entries: list[Any] = _lists(array.cast(pa.list_(array.type.field(0).type)))
    as_object = pa.types.is_string(array.type.key_type)
    key, item = array.type.key_field.name, array.type.item_field.name
    pairs = ([(e[key], e[item]) for e in row] if row is not None else None for row in entries)
    if as_object:
        return [None if row is None else dict(row) for row in pairs]
    return [None if row is None else [list(pair) for pair in row] for row in pairs]


def _unions(array: pa.Array) -> list[Any]:
    kind = array.type
    children = [json_values(array.field(index)) for index in range(kind.num_fields)]
    index_of = {code: index for index, code in enumerate(kind.type_codes)}
    found: list[Any] = []
    # Not `array.type_codes`: of a slice, that gives the codes of other rows.
    codes = pa.Array.from_buffers(
        pa.int8(), len(array), [None, array.buffers()[1]], offset=array.offset
    )
    for row, code in enumerate(codes.to_pylist()):
        index = index_of[code]
        value = children[index][row]
        found.append(None if value is None else {kind.field(index).name: value})
    return found


def _is_list(kind: pa.DataType) -> bool:
    return bool(
        pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind)
    )


def _is_wide(kind: pa.DataType) -> bool:
    return bool(pa.types.is_int64(kind) or pa.types.is_uint64(kind))


def _is_bytes(kind: pa.DataType) -> bool:
    return bool(
        pa.types.is_binary(kind)
        or pa.types.is_large_binary(kind)
        or pa.types.is_fixed_size_binary(kind)
    )


_CONVERTERS: tuple[tuple[Callable[[pa.DataType], bool], Callable[[pa.Array], list[Any]]], ...] = (
    (_is_wide, _integers),
    (pa.types.is_floating, _floats),
    (pa.types.is_decimal, _decimals),
    (pa.types.is_date, _dates),
    (pa.types.is_timestamp, _timestamps),
    (pa.types.is_time, _times),
    (pa.types.is_duration, _durations),
    (pa.types.is_interval, lambda array: _each(array, _interval)),
    (_is_bytes, _blobs),
    (pa.types.is_map, _maps),
    (_is_list, _lists),
    (pa.types.is_struct, _structs),
    (pa.types.is_union, _unions),
    (pa.types.is_dictionary, lambda array: json_values(array.dictionary_decode())),
)
