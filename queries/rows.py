"""The rows of an answer, as values where somebody looks at them and as bytes where they are sent.

An answer that was kept goes out again without being read: its bytes are all that is needed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, overload

from queries.values import json_rows
from semantic_layer.api.rendering import WrittenJson, dumps
from semantic_layer.ports import ResultColumn

if TYPE_CHECKING:
    import pyarrow as pa

Row = Mapping[str, Any]


@dataclass
class Written:
    """The JSON array of some rows, once somebody wrote it; shared by all who have the rows."""

    json: bytes | None = None


class JsonRows(WrittenJson, Sequence[Row]):
    """Rows of Arrow batches as objects by column name, every value ready for JSON."""

    def __init__(
        self, columns: Sequence[ResultColumn], batches: Sequence[pa.RecordBatch], written: Written
    ) -> None:
        self._columns, self._batches, self._written = columns, batches, written
        self._values: list[dict[str, Any]] | None = None

    def json(self) -> bytes:
        """The rows as a JSON array."""
        if self._written.json is None:
            self._written.json = dumps(self._read())
        return self._written.json

    def _read(self) -> list[dict[str, Any]]:
        if self._values is None:
            self._values = json_rows(self._columns, self._batches)
        return self._values

    def __len__(self) -> int:
        return sum(batch.num_rows for batch in self._batches)

    def __iter__(self) -> Iterator[Row]:
        return iter(self._read())

    @overload
    def __getitem__(self, index: int) -> Row: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Row]: ...
    def __getitem__(self, index: int | slice) -> Row | Sequence[Row]:
        return self._read()[index]

    def __eq__(self, other: object) -> bool:
        return self._read() == (other._read() if isinstance(other, JsonRows) else other)

    __hash__ = None  # type: ignore[assignment]  # as a list

    def __repr__(self) -> str:
        return repr(self._read())
