"""Where an export fails, nothing is offered and nothing is left."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from django.db import connection

from queries.models import Export, QueryRun
from semantic_layer import wiring
from semantic_layer.errors import WarehouseError
from semantic_layer.ports import Limits, ResultColumn, RunHandle, RunState, RunStatus
from tests.accounts_fixtures import ApiClient
from tests.queries.exporting import (
    FORMATS,
    export,
    exported,
    left,
    opens,
    refusal,
)


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path) -> Path:
    settings.EXPORT_STORE_DIR = tmp_path / "exports"
    settings.RESULT_STORE_DIR = tmp_path / "results"
    return settings.EXPORT_STORE_DIR


class BreakingWarehouse:
    """A Warehouse that loses its connection after some rows."""

    name = dialect = "duckdb"

    def __init__(self) -> None:
        self.cancelled = 0

    def submit(
        self, sql: str, parameters: Mapping[str, Any], *, limits: Limits, tags: Mapping[str, str]
    ) -> RunHandle:
        return RunHandle(self.name, "statement-1", "someone")

    def poll(self, handle: RunHandle, *, wait_s: float = 0.0) -> RunStatus:
        return RunStatus(RunState.SUCCEEDED)

    def columns(self, handle: RunHandle) -> tuple[ResultColumn, ...]:
        return (ResultColumn("n", "BIGINT"),)

    def batches(self, handle: RunHandle) -> Iterator[Any]:
        for start in range(3):
            yield pa.record_batch({"n": pa.array(range(start, start + 10_000), pa.int64())})
        raise WarehouseError("The connection was lost while fetching.")

    def cancel(self, handle: RunHandle) -> None:
        self.cancelled += 1


@pytest.mark.parametrize("export_format", FORMATS)
def test_a_failed_chunk_fails_the_export(
    analyst_api: ApiClient, monkeypatch: pytest.MonkeyPatch, folder: Path, export_format: str
) -> None:
    warehouse = BreakingWarehouse()
    monkeypatch.setattr(wiring, "warehouse", lambda credential: warehouse)
    assert refusal(export(analyst_api, export_format=export_format)) == (502, "WAREHOUSE_ERROR")
    assert left(folder) == []
    assert not Export.objects.exists()
    assert warehouse.cancelled == 1
    run = QueryRun.objects.get()
    assert (run.state, run.error_code) == ("failed", "WAREHOUSE_ERROR")


@pytest.mark.parametrize("export_format", FORMATS)
def test_a_full_disk_fails_the_export(
    analyst_api: ApiClient, monkeypatch: pytest.MonkeyPatch, folder: Path, export_format: str
) -> None:
    def full(*args: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    response = export(analyst_api, export_format=export_format)
    assert refusal(response) == (503, "STORAGE_FULL")
    assert int(response["Retry-After"]) >= 1
    assert left(folder) == []
    assert QueryRun.objects.get().error_code == "STORAGE_FULL"


def test_a_row_that_cannot_be_written_leaves_no_file(analyst_api: ApiClient, folder: Path) -> None:
    with connection.cursor() as cursor:  # goes with the test's transaction
        cursor.execute(
            f"ALTER TABLE {Export._meta.db_table} ADD CONSTRAINT no_row CHECK (false) NOT VALID"
        )
    assert export(analyst_api).status_code == 500
    assert left(folder) == []
    assert not Export.objects.exists()


def open_files(folder: Path) -> list[str]:
    links = [Path(link) for link in Path("/proc/self/fd").iterdir()]
    targets = [os.readlink(link) for link in links if link.is_symlink()]
    return [target for target in targets if target.startswith(str(folder))]


def test_a_client_that_goes_away_leaves_no_file_open(analyst_api: ApiClient, folder: Path) -> None:
    body = exported(analyst_api, "SELECT range AS n FROM range(60000)")
    response = analyst_api.get(body["export_url"])
    assert next(iter(response.streaming_content))
    assert open_files(folder)
    response._iterator.close()
    assert not open_files(folder)
    assert opens(analyst_api, body["export_url"])
