"""JSON: an array of objects by column name, with the value forms of the API."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from io import RawIOBase

import pyarrow as pa

from queries.values import json_rows
from semantic_layer.api.rendering import dumps
from semantic_layer.ports import ResultColumn


def write_json(
    file: RawIOBase, columns: Sequence[ResultColumn], batches: Iterable[pa.RecordBatch]
) -> list[str]:
    """Write the rows; nothing is changed, so there are no notes."""
    file.write(b"[")
    separator = b"\n"
    for batch in batches:
        if not batch.num_rows:
            continue
        file.write(separator)
        # The rows without the brackets of their list.
        file.write(memoryview(dumps(json_rows(columns, [batch])))[1:-1])
        separator = b",\n"
    file.write(b"\n]\n")
    return []
