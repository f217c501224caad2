"""Arrow values as JSON: every type, nulls, nesting, slices; and what it costs."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from queries.values import json_rows, json_values
from semantic_layer.ports import ResultColumn

DAY_2024 = 19723
CASES: list[tuple[pa.Array, list[Any]]] = [
    (pa.array([None, None], pa.null()), [None, None]),
    (pa.array([True, None, False]), [True, None, False]),
    (pa.array([1, None], pa.int8()), [1, None]),
    (pa.array([2**53, -(2**53), None]), [2**53, -(2**53), None]),
    (pa.array([2**53 + 1, 1, None]), ["9007199254740993", 1, None]),
    (pa.array([-(2**63)], pa.int64()), ["-9223372036854775808"]),
    (pa.array([2**64 - 1], pa.uint64()), ["18446744073709551615"]),
    (pa.array([1.5, None]), [1.5, None]),
    (pa.array([float("nan"), float("inf"), float("-inf"), 0.0, None]),)
    + (["NaN", "Infinity", "-Infinity", 0.0, None],),
    (pa.array([0.5], pa.float32()), [0.5]),
    (pa.array([Decimal("1.50"), None], pa.decimal128(10, 2)), ["1.50", None]),
    (pa.array([Decimal("5"), None], pa.decimal128(18, 0)), ["5", None]),
    (pa.array([Decimal("0E-10"), Decimal("-1E-10")], pa.decimal128(38, 10)),)
    + (["0.0000000000", "-0.0000000001"],),
    (pa.array([Decimal(5), Decimal(2**53 + 1), None], pa.decimal256(39, 0)),)
    + ([5, "9007199254740993", None],),
    (pa.array(["a", "", None]), ["a", "", None]),
    (pa.array(["a"], pa.large_string()), ["a"]),
    (pa.array([b"\x00\xff", b"", None]), ["AP8=", "", None]),
    (pa.array([b"ab"], pa.binary(2)), ["YWI="]),
    (pa.array([DAY_2024, None], pa.date32()), ["2024-01-01", None]),
    (pa.array([DAY_2024, 2_932_897, -719_529], pa.date32()),)
    + (["2024-01-01", "+10000-01-01", "-0001-12-31"],),
    (pa.array([2**31 - 1, -(2**31) + 1], pa.date32()), ["infinity", "-infinity"]),
    (pa.array([datetime(2024, 1, 1), None], pa.timestamp("us")), ["2024-01-01T00:00:00", None]),  # noqa: DTZ001
    (pa.array([0, 500_000, 1], pa.timestamp("us")),)
    + (["1970-01-01T00:00:00", "1970-01-01T00:00:00.5", "1970-01-01T00:00:00.000001"],),
    (pa.array([1, None], pa.timestamp("s")), ["1970-01-01T00:00:01", None]),
    (pa.array([1], pa.timestamp("ns")), ["1970-01-01T00:00:00.000000001"]),
    (pa.array([0, 1], pa.timestamp("ms", tz="Europe/Paris")),)
    + (["1970-01-01T00:00:00Z", "1970-01-01T00:00:00.001Z"],),
    (pa.array([2**63 - 1, -(2**63) + 1, None], pa.timestamp("us", tz="UTC")),)
    + (["infinity", "-infinity", None],),
    (pa.array([0, 45_296_500_000, None], pa.time64("us")), ["00:00:00", "12:34:56.5", None]),
    (pa.array([1], pa.time32("s")), ["00:00:01"]),
    (pa.array([timedelta(days=-1, seconds=1), None], pa.duration("us")), ["PT-23H-59M-59S", None]),
    (
        pa.array(
            [(14, 3, 14_405_500_000_000), (-1, 2, -1), (0, 0, 0), None],
            pa.month_day_nano_interval(),
        ),
        ["P1Y2M3DT4H5.5S", "P-1M2DT-0.000000001S", "PT0S", None],
    ),
    (pa.array(["b", None, "b"]).dictionary_encode(), ["b", None, "b"]),
    (pa.array([[1, None], [], None, [2**60]]), [[1, None], [], None, [str(2**60)]]),
    (pa.array([[1, 2], None], pa.list_(pa.int64(), 2)), [[1, 2], None]),
    (pa.array([[[Decimal("1.0")]], None]), [[["1.0"]], None]),
    (
        pa.array([{"a": 1, "b": date(2024, 1, 1)}, {"a": None, "b": None}, None]),
        [{"a": 1, "b": "2024-01-01"}, {"a": None, "b": None}, None],
    ),
    (pa.array([{}, None], pa.struct([])), [{}, None]),
    (
        pa.array([[("k", 2**60), ("l", None)], [], None], pa.map_(pa.string(), pa.int64())),
        [{"k": str(2**60), "l": None}, {}, None],
    ),
    (pa.array([[(1, "a")], None], pa.map_(pa.int32(), pa.string())), [[[1, "a"]], None]),
    (
        pa.UnionArray.from_sparse(
            pa.array([0, 1, 1], pa.int8()),
            [pa.array(["x", None, None]), pa.array([None, 5, None], pa.int64())],
            ["name", "age"],
        ),
        [{"name": "x"}, {"age": 5}, None],
    ),
]


@pytest.mark.parametrize(
    ("array", "expected"), CASES, ids=[f"{n}-{case[0].type}"[:40] for n, case in enumerate(CASES)]
)
def test_values(array: pa.Array, expected: list[Any]) -> None:
    found = json_values(array)
    assert found == expected
    assert [type(value) for value in found] == [type(value) for value in expected]
    json.dumps(found, allow_nan=False)
    assert json_values(array.slice(1)) == expected[1:]
    assert json_values(array.slice(0, 0)) == []


def test_rows_take_the_names_of_the_columns() -> None:
    batch = pa.record_batch([pa.array([1, 2]), pa.array(["x", None])], names=["a", "b"])
    columns = (ResultColumn("a", "BIGINT"), ResultColumn("b_2", "VARCHAR"))
    assert json_rows(columns, [batch, batch.slice(0, 0), batch.slice(1)]) == [
        {"a": 1, "b_2": "x"},
        {"a": 2, "b_2": None},
        {"a": 2, "b_2": None},
    ]
    assert json_rows(columns, []) == []


@given(st.integers(-(2**31) + 2, 2**31 - 2))
def test_days_agree_with_the_calendar(days: int) -> None:
    (text,) = json_values(pa.array([days], pa.date32()))
    if date.min.toordinal() <= days + 719_163 <= date.max.toordinal():
        assert text == date.fromordinal(days + 719_163).isoformat()
    year, month, day = text.rsplit("-", 2)
    eras = days // 146_097
    shifted = date.fromordinal(days - eras * 146_097 + 719_163)
    assert int(year) == shifted.year + eras * 400
    assert (int(month), int(day)) == (shifted.month, shifted.day)


@given(st.decimals(allow_nan=False, allow_infinity=False, places=10, max_value=10**20))
def test_decimals_keep_every_digit(value: Decimal) -> None:
    if abs(value) < 10**28:
        (text,) = json_values(pa.array([value], pa.decimal128(38, 10)))
        assert Decimal(text) == value
        assert "E" not in text
