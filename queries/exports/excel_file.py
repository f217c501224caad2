"""Excel: one sheet with typed cells, rows going to disk as they come.

What Excel cannot hold is text or refused, never cut: it computes with 15 digits, knows no day
before March 1900 (it takes that year for a leap year) and holds 32,767 characters in a cell.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from io import RawIOBase
from itertools import count
from math import isfinite
from pathlib import Path
from typing import Any

import pyarrow as pa
from xlsxwriter import Workbook
from xlsxwriter.exceptions import FileCreateError
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from queries.exports.cells import NEUTRALISED, holds_text, neutral, plain_text
from queries.exports.store import export_folder
from queries.results.folder import disk_told
from queries.values import json_values
from semantic_layer.errors import InvalidInput
from semantic_layer.ports import ResultColumn

MAX_ROWS = 1_048_575
MAX_COLUMNS = 16_384
MAX_CHARACTERS = 32_767

DIGITS_NOTE = "Numbers that Excel would change are text: more than 15 digits, NaN, infinity."
DAYS_NOTE = "Days before March 1900 and times of more than a day are text: Excel has none."
ZONE_NOTE = "Times of columns with a time zone are in UTC."
PRECISION_NOTE = "Excel shows times to the millisecond and decimal fractions to 15 digits."

_DIGITS = 15
_LARGEST = 10**_DIGITS - 1
_DAY_S = 86_400
_PER_SECOND = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
_EPOCH = 25_569
"""1970-01-01 as Excel counts days."""
_FIRST = (date(1900, 3, 1) - date(1970, 1, 1)).days
_LAST = (date(9999, 12, 31) - date(1970, 1, 1)).days

_DATE, _TIMESTAMP, _TIME = "yyyy-mm-dd", "yyyy-mm-dd hh:mm:ss.000", "hh:mm:ss.000"

Cell = str | float | bool | None


class PlainSheet(Worksheet):  # type: ignore[misc]
    """A sheet whose texts are only texts.

    The library takes a text from `<r>` to `</r>` for XML of its own and writes it as it is; it
    comes from the data here, and could write cells, formulas and links.
    """

    def _xml_rich_inline_string(self, string: str, attributes: Any = ()) -> None:
        self._xml_inline_string(string, True, attributes)

    def let_go(self) -> None:
        """Close the file that rows wait in; the folder it is in is deleted by its owner."""
        self._opt_close()


def write_excel(
    file: RawIOBase, columns: Sequence[ResultColumn], batches: Iterable[pa.RecordBatch]
) -> list[str]:
    """Write a header and the rows; notes on what is not as it was. Raises InvalidInput for what no
    cell can hold.
    """
    if len(columns) > MAX_COLUMNS:
        raise InvalidInput(
            f"Excel holds {MAX_COLUMNS} columns, this result has {len(columns)}: ask for fewer, or "
            "export as csv or parquet.",
            code="EXCEL_COLUMN_LIMIT",
        )
    with disk_told(), export_folder().scratch() as scratch:
        whole = scratch / "whole.xlsx"
        notes = _write_workbook(whole, columns, batches)
        with whole.open("rb") as written:
            shutil.copyfileobj(written, file)
    return notes


def _write_workbook(
    path: Path, columns: Sequence[ResultColumn], batches: Iterable[pa.RecordBatch]
) -> list[str]:
    options = {"constant_memory": True, "tmpdir": str(path.parent)}
    workbook = Workbook(str(path), options)
    workbook.use_zip64()
    sheet = workbook.add_worksheet("Result", worksheet_class=PlainSheet)
    try:
        writing = _Writing(workbook, sheet, [column.name for column in columns])
        writing.header()
        for batch in batches:
            writing.rows(batch)
        workbook.close()
    except FileCreateError as error:
        raise OSError(*error.args) from error
    finally:
        sheet.let_go()
    return sorted(writing.notes)


class _Writing:
    """One sheet being written; `notes` grow with what is met."""

    def __init__(self, workbook: Workbook, sheet: PlainSheet, names: list[str]) -> None:
        self.notes: set[str] = set()
        self._workbook = workbook
        self._sheet = sheet
        self._names = names
        self._next_row = count()
        self._formats: dict[str, Format] = {}

    def header(self) -> None:
        bold = self._workbook.add_format({"bold": True})
        row = next(self._next_row)
        for index, name in enumerate(self._names):
            self._sheet.write_string(row, index, self._text(name, row, index), bold)
        self._sheet.freeze_panes(1, 0)

    def rows(self, batch: pa.RecordBatch) -> None:
        kinds = batch.schema.types
        formats = [self._format(_number_format(kind)) for kind in kinds]
        text_notes = [_text_note(kind) for kind in kinds]
        self.notes.update(note for kind in kinds for note in _notes_of(kind))
        columns = [_cells(column) for column in batch.columns]
        for values, row in zip(zip(*columns, strict=True), self._next_row, strict=False):
            for index, value in enumerate(values):
                if value is None:
                    continue
                if isinstance(value, str):
                    self._write_text(row, index, value, text_notes[index])
                elif value is True or value is False:
                    self._sheet.write_boolean(row, index, value)
                else:
                    self._sheet.write_number(row, index, value, formats[index])

    def _write_text(self, row: int, index: int, value: str, note: str | None) -> None:
        if note is None:
            value = self._text(value, row, index)
        else:
            self.notes.add(note)
        self._sheet.write_string(row, index, value)

    def _text(self, value: str, row: int, index: int) -> str:
        guarded = neutral(value)
        if guarded is not value:
            self.notes.add(NEUTRALISED)
        # Excel counts UTF-16 units; no text has more than two for each character.
        if len(guarded) > MAX_CHARACTERS // 2 and _utf16_length(guarded) > MAX_CHARACTERS:
            raise InvalidInput(
                f"The text in row {row} of the column {self._names[index]!r} is longer than the "
                f"{MAX_CHARACTERS} characters an Excel cell holds: shorten it in the query, or "
                "export as csv, json or parquet.",
                code="EXCEL_CELL_LIMIT",
                column=self._names[index],
                row=row,
            )
        return guarded

    def _format(self, number_format: str | None) -> Format | None:
        if number_format is None:
            return None
        if number_format not in self._formats:
            self._formats[number_format] = self._workbook.add_format({"num_format": number_format})
        return self._formats[number_format]


def _utf16_length(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _number_format(kind: pa.DataType) -> str | None:
    if pa.types.is_date(kind):
        return _DATE
    if pa.types.is_timestamp(kind):
        return _TIMESTAMP
    if pa.types.is_time(kind):
        return _TIME
    if pa.types.is_decimal(kind) and kind.scale > 0:
        return f"0.{'0' * kind.scale}"
    return None


def _text_note(kind: pa.DataType) -> str | None:
    """What to say where a value of this type is text; None where all of them are."""
    if holds_text(kind) or pa.types.is_interval(kind) or pa.types.is_duration(kind):
        return None
    return DAYS_NOTE if pa.types.is_temporal(kind) else DIGITS_NOTE


def _notes_of(kind: pa.DataType) -> Iterable[str]:
    if pa.types.is_timestamp(kind) and kind.tz is not None:
        yield ZONE_NOTE
    if pa.types.is_timestamp(kind) or pa.types.is_time(kind) or pa.types.is_floating(kind):
        yield PRECISION_NOTE


def _cells(column: pa.Array) -> list[Cell]:
    """One column as numbers, booleans and texts, nulls as None."""
    kind = column.type
    for matches, convert in _CONVERTERS:
        if matches(kind):
            return convert(column)
    return [plain_text(value) for value in json_values(column)]


def _integers(column: pa.Array) -> list[Cell]:
    return [
        value if value is None or -_LARGEST <= value <= _LARGEST else str(value)
        for value in column.to_pylist()
    ]


def _floats(column: pa.Array) -> list[Cell]:
    pairs = zip(column.to_pylist(), json_values(column), strict=True)
    return [value if value is None or isfinite(value) else text for value, text in pairs]


def _decimals(column: pa.Array) -> list[Cell]:
    return [_decimal(value) for value in json_values(column)]


def _decimal(value: Any) -> Cell:
    if value is None:
        return None
    digits = str(value).lstrip("-").replace(".", "").lstrip("0")
    return float(value) if len(digits) <= _DIGITS else str(value)


def _serials(column: pa.Array, ticks: list[int | None], per_day: int, base: int) -> list[Cell]:
    """Days as Excel counts them, as text where it cannot; `ticks` since the epoch or midnight."""
    low, high = (_FIRST * per_day, (_LAST + 1) * per_day) if base else (0, per_day)
    if all(tick is None or low <= tick < high for tick in ticks):
        return [None if tick is None else base + tick / per_day for tick in ticks]
    return [
        text if tick is None or not low <= tick < high else base + tick / per_day
        for tick, text in zip(ticks, json_values(column), strict=True)
    ]


def _dates(column: pa.Array) -> list[Cell]:
    days = column.cast(pa.date32()).cast(pa.int32()).to_pylist()
    return _serials(column, days, 1, _EPOCH)


def _timestamps(column: pa.Array) -> list[Cell]:
    ticks = column.cast(pa.int64()).to_pylist()
    return _serials(column, ticks, _DAY_S * _PER_SECOND[column.type.unit], _EPOCH)


def _times(column: pa.Array) -> list[Cell]:
    width = pa.int32() if pa.types.is_time32(column.type) else pa.int64()
    ticks = column.cast(width).to_pylist()
    return _serials(column, ticks, _DAY_S * _PER_SECOND[column.type.unit], 0)


_CONVERTERS: tuple[tuple[Callable[[pa.DataType], bool], Callable[[pa.Array], list[Cell]]], ...] = (
    (pa.types.is_boolean, lambda column: column.to_pylist()),
    (pa.types.is_integer, _integers),
    (pa.types.is_floating, _floats),
    (pa.types.is_decimal, _decimals),
    (pa.types.is_date, _dates),
    (pa.types.is_timestamp, _timestamps),
    (pa.types.is_time, _times),
)
