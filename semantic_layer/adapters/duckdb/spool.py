"""Where a result waits between the engine and whoever fetches it: in memory while small, then on
disk.

The engine is read to the end at once, so that a statement's time limit covers all of it, a late
error is the statement's error, and a slow reader holds no engine.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import pyarrow as pa

from semantic_layer.errors import TooLarge


class Spool:
    """Record batches of one schema, written once, then read once in the same order."""

    def __init__(
        self, schema: pa.Schema, directory: Path, *, memory_bytes: int, max_bytes: int
    ) -> None:
        self.schema = schema
        self.rows = 0
        self._directory = directory
        self._memory_bytes = memory_bytes
        self._max_bytes = max_bytes
        self._bytes = 0
        self._batches: list[pa.RecordBatch] = []
        self._file: IO[bytes] | None = None
        self._writer: pa.ipc.RecordBatchStreamWriter | None = None

    def append(self, batch: pa.RecordBatch) -> None:
        """Add a batch. Raises TooLarge past the size limit, OSError when the disk is full."""
        self.rows += batch.num_rows
        self._bytes += batch.nbytes
        if self._bytes > self._max_bytes:
            raise TooLarge(
                f"The result is larger than {self._max_bytes // 1024**2} MB: read fewer rows or "
                "columns.",
                code="RESULT_TOO_LARGE",
            )
        if self._writer is None and self._bytes > self._memory_bytes:
            self._open_file()
        if self._writer is None:
            self._batches.append(batch)
        else:
            self._writer.write_batch(batch)

    def read(self) -> Iterator[pa.RecordBatch]:
        """The batches in order; the spool is closed when exhausted or when the iterator is."""
        try:
            if self._file is None:
                yield from self._batches
                return
            if self._writer is not None:
                self._writer.close()
                self._writer = None
            self._file.seek(0)
            with pa.ipc.open_stream(self._file) as reader:
                yield from reader
        finally:
            self.close()

    def close(self) -> None:
        """Free memory and disk; safe to call twice."""
        self._batches = []
        self._writer = None
        if self._file is not None:
            self._file.close()
            self._file = None

    def _open_file(self) -> None:
        # An unlinked file: nothing is left behind however the process ends.
        self._file = tempfile.TemporaryFile(dir=self._directory)  # noqa: SIM115
        self._writer = pa.ipc.new_stream(self._file, self.schema)
        for batch in self._batches:
            self._writer.write_batch(batch)
        self._batches = []
