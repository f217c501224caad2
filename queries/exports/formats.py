"""What files there are: how each is written, named and served, and how many rows it holds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from io import RawIOBase
from typing import TYPE_CHECKING

from queries.exports.csv_file import write_csv
from queries.exports.excel_file import MAX_ROWS, write_excel
from queries.exports.json_file import write_json
from queries.exports.parquet_file import write_parquet
from queries.models import ExportFormat
from semantic_layer.ports import ResultColumn

if TYPE_CHECKING:
    import pyarrow as pa

Write = Callable[[RawIOBase, Sequence[ResultColumn], Iterable["pa.RecordBatch"]], list[str]]


@dataclass(frozen=True)
class FileFormat:
    """`write` reads the batches once, in order, and gives notes on what it changed. `max_rows` is
    the format's own limit, where it has one.
    """

    write: Write
    extension: str
    content_type: str
    max_rows: int | None = None


FORMATS: dict[ExportFormat, FileFormat] = {
    ExportFormat.CSV: FileFormat(write_csv, "csv", "text/csv; charset=utf-8; header=present"),
    ExportFormat.JSON: FileFormat(write_json, "json", "application/json"),
    ExportFormat.PARQUET: FileFormat(write_parquet, "parquet", "application/vnd.apache.parquet"),
    ExportFormat.EXCEL: FileFormat(
        write_excel,
        "xlsx",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        MAX_ROWS,
    ),
}
