"""Each format holds every value of every type; text stays text; nothing is cut silently."""

from __future__ import annotations

import io
import json
import math
import zipfile
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from queries.exports.cells import neutral, neutralised
from queries.exports.excel_file import MAX_CHARACTERS
from queries.exports.formats import FORMATS
from queries.models import ExportFormat
from queries.results.arrow_file import bounded
from queries.values import json_values
from semantic_layer.errors import InvalidInput
from semantic_layer.ports import ResultColumn
from tests.queries.export_rows import csv_rows, excel_cells, json_file_rows, parquet_json_rows
from tests.queries.test_values import CASES

FORMULAS = [
    "=1+1", "=cmd|' /C calc'!A0", "+1", "+cmd", "-1+1", "-2+3+cmd|' /C calc'!A0", "@SUM(A1)",
    "\t=1+1", "\r=1+1", "\n=1+1", '=HYPERLINK("http://evil.example","x")', "＝1+1", "＋1", "－1",
    "＠SUM(1)", "=", "-", "==", "=\"\"",
]  # fmt: skip
HARMLESS = ["a=1", "1-1", " =1", "'=1", "", "mail@example.com", "<r><t>x</t></r>", "a\r\nb", "ü=1"]


class Buffer(io.RawIOBase):
    """What NewFile is to a format: it takes bytes and cannot seek."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self.parts.append(bytes(data))
        return len(self.parts[-1])


@pytest.fixture(autouse=True)
def _folder(settings: Any, tmp_path: Path) -> None:
    settings.EXPORT_STORE_DIR = tmp_path / "exports"


def written(
    export_format: str, table: dict[str, Any] | pa.RecordBatch, types: str = "T"
) -> tuple[bytes, list[str]]:
    batch = table if isinstance(table, pa.RecordBatch) else pa.record_batch(table)
    columns = [ResultColumn(name, types) for name in batch.schema.names]
    file = Buffer()
    notes = FORMATS[ExportFormat(export_format)].write(file, columns, bounded([batch]))
    return b"".join(file.parts), notes


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case[0].type))
def test_json_holds_what_the_api_answers(case: tuple[pa.Array, list[Any]]) -> None:
    array, expected = case
    data, notes = written("json", {"v": array})
    assert [row["v"] for row in json_file_rows(data)] == expected
    assert notes == []


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case[0].type))
def test_parquet_holds_what_the_api_answers(case: tuple[pa.Array, list[Any]]) -> None:
    array, expected = case
    data, notes = written("parquet", {"v": array})
    found = [row["v"] for row in parquet_json_rows(data)]
    if notes:
        pairs = zip(found, expected, strict=True)
        assert [
            v if v is None or isinstance(w, str) else json.loads(v) for v, w in pairs
        ] == expected
    elif pa.types.is_decimal(array.type):  # 128-bit integers are decimals here, told by the type
        assert [v if v is None else Decimal(v) for v in found] == [
            v if v is None else Decimal(v) for v in expected
        ]
    else:
        assert found == expected


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case[0].type))
def test_csv_holds_what_the_api_answers(case: tuple[pa.Array, list[Any]]) -> None:
    array, expected = case
    data, _ = written("csv", {"k": pa.array(["k"] * len(array)), "v": array})
    rows = csv_rows(data)
    assert rows[0] == ["k", "v"]
    assert [row[0] for row in rows[1:]] == ["k"] * len(array)
    for (_, text), value in zip(rows[1:], expected, strict=True):
        if value is None:
            assert text == ""
        elif isinstance(value, str):
            assert text == neutral(value) or text == value
        else:
            assert json.loads(text) == value


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case[0].type))
def test_excel_holds_every_type_or_its_text(case: tuple[pa.Array, list[Any]]) -> None:
    array, expected = case
    data, _ = written("excel", {"k": pa.array(["k"] * len(array)), "v": array})
    header, *rows = excel_cells(data)
    assert header == ["k", "v"]
    assert len(rows) == len(expected)
    for (_, cell), value in zip(rows, expected, strict=True):
        assert same_in_excel(cell, value), (cell, value)


def same_in_excel(cell: Any, value: Any) -> bool:
    if value is None:
        return cell is None
    if isinstance(cell, bool) or isinstance(value, bool):
        return cell is value
    if isinstance(cell, int | float):
        return math.isclose(cell, float(value), rel_tol=1e-14)
    if isinstance(cell, datetime):
        asked = datetime.fromisoformat(value.removesuffix("Z") + ("" if "T" in value else "T00:00"))
        return abs((cell - asked).total_seconds()) < 0.001
    if isinstance(cell, time):
        asked_time = time.fromisoformat(value[:15])
        return (cell.hour, cell.minute, cell.second) == (
            asked_time.hour, asked_time.minute, asked_time.second,
        )  # fmt: skip
    if isinstance(value, str):
        return (cell or "") in (value, neutral(value))
    return json.loads(cell) == value


def test_types_are_the_engines_and_excels() -> None:
    moment = datetime(2025, 1, 10, 23, 30, 15, 250_000)  # noqa: DTZ001
    table = {
        "day": pa.array([date(2025, 1, 10)]),
        "moment": pa.array([moment]),
        "clock": pa.array([time(12, 34, 56)]),
        "money": pa.array([Decimal("12.50")], pa.decimal128(12, 2)),
        "yes": pa.array([True]),
        "long": pa.array([Decimal("1234567890123456.78")], pa.decimal128(18, 2)),
        "id": pa.array([10**15]),
        "old": pa.array([date(1899, 12, 31)]),
    }
    data, notes = written("excel", table)
    assert excel_cells(data)[1] == [
        datetime(2025, 1, 10), moment, time(12, 34, 56), 12.5, True,  # noqa: DTZ001
        "1234567890123456.78", "1000000000000000", "1899-12-31",
    ]  # fmt: skip
    assert any("15 digits, NaN" in note for note in notes)
    assert any("March 1900" in note for note in notes)
    parquet, _ = written("parquet", table, types="AS SAID")
    schema = pq.read_schema(io.BytesIO(parquet))
    assert [field.type for field in schema] == [array.type for array in table.values()]
    assert {field.metadata[b"engine_type"] for field in schema} == {b"AS SAID"}


def test_wide_integers_are_decimals_that_other_readers_know() -> None:
    wide = pa.decimal256(39, 0)
    data, _ = written("parquet", {"v": pa.array([Decimal(2**64), None], wide)})
    assert pq.read_schema(io.BytesIO(data)).field("v").type == pa.decimal128(38, 0)
    with pytest.raises(InvalidInput) as caught:
        written("parquet", {"v": pa.array([Decimal(2**127 - 1)], wide)})
    assert caught.value.code == "PARQUET_NUMBER_TOO_LARGE"


@pytest.mark.parametrize("text", FORMULAS)
@pytest.mark.parametrize("kind", [pa.string(), pa.large_string(), pa.string_view()], ids=str)
def test_formulas_are_neutralised_in_csv_and_excel(text: str, kind: pa.DataType) -> None:
    table = {text: pa.array([text, "x"], kind), "n": pa.array([-1, 5])}
    rows = csv_rows(written("csv", table)[0])
    assert rows == [["'" + text, "n"], ["'" + text, "-1"], ["x", "5"]]
    data, notes = written("excel", table)
    assert b"<f>" not in zipfile.ZipFile(io.BytesIO(data)).read("xl/worksheets/sheet1.xml")
    # XML readers make line feeds of carriage returns, unless they are escaped.
    assert excel_cells(data)[1] == ["'" + text.replace("\r", "_x000D_"), -1] or (
        excel_cells(data)[1] == ["'" + text, -1]
    )
    assert "apostrophe" in " ".join(notes)
    for whole in ("json", "parquet"):
        found, notes = written(whole, table)
        read = {"json": json_file_rows, "parquet": parquet_json_rows}[whole]
        assert (read(found), notes) == ([{text: text, "n": -1}, {text: "x", "n": 5}], [])


@pytest.mark.parametrize("text", HARMLESS)
def test_other_text_is_left_as_it_is(text: str) -> None:
    table = {"t": pa.array([text, "x"]), "n": pa.array([-1.5, -2.0])}
    data, notes = written("csv", table)
    assert csv_rows(data)[1:] == [[text, "-1.5"], ["x", "-2"]]
    assert notes == []
    cells = excel_cells(written("excel", table)[0])[1:]
    assert cells[0][1] == -1.5
    assert (cells[0][0] or "").replace("\r\n", "\n") == text.replace("\r\n", "\n") or (
        cells[0][0] == text.replace("\r", "_x000D_")
    )


def test_text_cannot_write_xml_into_a_sheet() -> None:
    """Text from <r> to </r> is what the library would copy into the sheet unescaped."""
    evil = '<r></r></is></c><c r="C2"><f>1+1</f></c><c><is><r></r>'
    data, _ = written("excel", {"t": pa.array([evil]), evil: pa.array([1])})
    sheet = zipfile.ZipFile(io.BytesIO(data)).read("xl/worksheets/sheet1.xml")
    assert b"<f>" not in sheet
    assert excel_cells(data) == [["t", evil], [evil, 1]]


@given(st.text(max_size=20))
def test_both_ways_to_neutralise_agree(text: str) -> None:
    text = text.encode("utf-8", "ignore").decode()
    guarded, changed = neutralised(pa.array([text, None]))
    assert guarded.to_pylist() == [neutral(text), None]
    assert changed == (neutral(text) != text)


@given(
    st.lists(
        st.tuples(st.none() | st.text(max_size=8), st.none() | st.integers(-(2**53), 2**53)),
        max_size=8,
    )
)
def test_csv_round_trips_and_tells_null_from_empty(rows: list[tuple[Any, Any]]) -> None:
    rows = [(t and t.encode("utf-8", "ignore").decode(), n) for t, n in rows]
    batch = pa.record_batch(
        {
            "t": pa.array([t for t, _ in rows], pa.string()),
            "n": pa.array([n for _, n in rows], pa.int64()),
        }
    )
    data, _ = written("csv", batch)
    assert data.endswith(b"\r\n")
    assert csv_rows(data)[1:] == [
        ["" if t is None else neutral(t), "" if n is None else str(n)] for t, n in rows
    ]
    nulls = sum(1 for t, _ in rows if t is None)
    assert sum(1 for line in data.split(b"\r\n")[1:] if line.startswith(b",")) >= nulls


def test_a_column_alone_keeps_its_nulls_as_lines() -> None:
    assert written("csv", {"t": pa.array(["a", None, "b"])})[0] == b'"t"\r\n"a"\r\n""\r\n"b"\r\n'


def test_a_byte_order_mark_by_setting(settings: Any) -> None:
    settings.EXPORT_CSV_BOM = True
    assert written("csv", {"t": pa.array(["ü"])})[0] == '\ufeff"t"\r\n"ü"\r\n'.encode()


@pytest.mark.parametrize("export_format", ["csv", "json", "parquet", "excel"])
def test_empty_results_have_their_columns(export_format: str) -> None:
    data, notes = written(
        export_format, {"a": pa.array([], pa.int64()), "ü b": pa.array([], pa.string())}
    )
    assert notes == []
    if export_format == "csv":
        assert data == '"a","ü b"\r\n'.encode()
    elif export_format == "json":
        assert json_file_rows(data) == []
    elif export_format == "parquet":
        assert [str(f.type) for f in pq.read_schema(io.BytesIO(data))] == ["int64", "string"]
    else:
        assert excel_cells(data) == [["a", "ü b"]]


@pytest.mark.parametrize("export_format", ["csv", "json", "parquet", "excel"])
def test_a_result_without_any_batch_has_its_columns(export_format: str) -> None:
    file = Buffer()
    FORMATS[ExportFormat(export_format)].write(file, [ResultColumn("a", "INTEGER")], iter(()))
    data = b"".join(file.parts)
    if export_format == "parquet":
        assert pq.read_schema(io.BytesIO(data)).names == ["a"]
    if export_format == "csv":
        assert data == b'"a"\r\n'


@pytest.mark.parametrize("char", ["x", "😀"])
def test_a_cell_at_excels_limit_and_one_beyond(char: str) -> None:
    most = MAX_CHARACTERS // (2 if char == "😀" else 1)
    rest = "y" * (MAX_CHARACTERS - most * (2 if char == "😀" else 1))
    data, _ = written("excel", {"t": pa.array([char * most + rest])})
    assert excel_cells(data)[1] == [char * most + rest]
    for text in (char * (most + 1) + rest, "=" + char * (most - 1) + rest + "z"):
        with pytest.raises(InvalidInput) as caught:
            written("excel", {"t": pa.array(["a", text])})
        assert caught.value.code == "EXCEL_CELL_LIMIT"
        assert caught.value.details == {"column": "t", "row": 2}


def test_more_columns_than_excel_has() -> None:
    column = pa.array([1])
    batch = pa.RecordBatch.from_arrays([column] * 16_385, [f"c{n}" for n in range(16_385)])
    with pytest.raises(InvalidInput) as caught:
        written("excel", batch)
    assert caught.value.code == "EXCEL_COLUMN_LIMIT"


def test_nothing_of_a_workbook_is_left_behind(settings: Any) -> None:
    with pytest.raises(InvalidInput):
        written("excel", {"t": pa.array(["x" * 40_000])})
    written("excel", {"t": pa.array(["x"])})
    assert list(settings.EXPORT_STORE_DIR.iterdir()) == []


def test_many_batches_are_one_file() -> None:
    batches = [
        pa.record_batch({"n": pa.array(range(start, start + 70_000))}) for start in (0, 70_000)
    ]
    for export_format in ("csv", "json", "parquet", "excel"):
        file = Buffer()
        FORMATS[ExportFormat(export_format)].write(
            file, [ResultColumn("n", "BIGINT")], bounded(batches)
        )
        data = b"".join(file.parts)
        found = {
            "csv": lambda d: [int(row[0]) for row in csv_rows(d)[1:]],
            "json": lambda d: [row["n"] for row in json_file_rows(d)],
            "parquet": lambda d: [row["n"] for row in parquet_json_rows(d)],
            "excel": lambda d: [row[0] for row in excel_cells(d)[1:]],
        }[export_format](data)
        assert found == list(range(140_000)), export_format


def test_values_of_a_slice_are_those_of_the_slice() -> None:
    whole = pa.record_batch({"t": pa.array(["a", "=b", None, "d"]), "n": pa.array([1, 2, 3, 4])})
    assert csv_rows(written("csv", whole.slice(1, 2))[0])[1:] == [["'=b", "2"], ["", "3"]]
    assert json_values(whole.slice(1, 2).column(1)) == [2, 3]
