"""What exported files hold, read by other libraries than those that wrote them."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import openpyxl
import pyarrow.parquet as pq

from queries.values import json_rows
from semantic_layer.ports import ResultColumn


def csv_rows(data: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode("utf-8"), newline=""), strict=True))


def json_file_rows(data: bytes) -> list[dict[str, Any]]:
    return json.loads(data)


def parquet_json_rows(data: bytes) -> list[dict[str, Any]]:
    """The rows as the API would write them."""
    table = pq.read_table(io.BytesIO(data))
    columns = [ResultColumn(name, "") for name in table.column_names]
    return json_rows(columns, table.to_batches())


def excel_cells(data: bytes) -> list[list[Any]]:
    book = openpyxl.load_workbook(io.BytesIO(data), read_only=True)
    try:
        return [list(row) for row in book.worksheets[0].iter_rows(values_only=True)]
    finally:
        book.close()
