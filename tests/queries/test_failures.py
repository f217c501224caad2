"""When the warehouse is busy, missing, broken or cancelled: status, record, nothing left."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from queries.execution import Statement, execute
from queries.models import QueryRun
from semantic_layer import wiring
from semantic_layer.errors import StatementTimeout, WarehouseError, WarehouseUnavailable
from semantic_layer.ports import Credential, Limits, ResultColumn, RunHandle, RunState, RunStatus
from tests.accounts_fixtures import ApiClient
from tests.queries.conftest import execute as ask

ENDLESS = "SELECT count(*) FROM range(200000000000) a WHERE a.range % 7 = 3"
SLOTS = 8


class ScriptedWarehouse:
    """A Warehouse whose statement ends as the test says; it notes whether it was cancelled."""

    name = dialect = "duckdb"

    def __init__(self, status: RunStatus) -> None:
        self.status = status
        self.cancelled = 0

    def submit(
        self, sql: str, parameters: Mapping[str, Any], *, limits: Limits, tags: Mapping[str, str]
    ) -> RunHandle:
        return RunHandle(self.name, "statement-1", "someone")

    def poll(self, handle: RunHandle, *, wait_s: float = 0.0) -> RunStatus:
        return self.status

    def columns(self, handle: RunHandle) -> tuple[ResultColumn, ...]:
        raise WarehouseError("The connection was lost while fetching.")

    def batches(self, handle: RunHandle) -> Iterator[Any]:
        raise AssertionError("columns fail first")

    def cancel(self, handle: RunHandle) -> None:
        self.cancelled += 1


def test_without_a_free_slot_it_is_503_with_retry_after(
    analyst_api: ApiClient, settings: Any
) -> None:
    settings.QUERY_TIMEOUT_S = 1
    warehouse = wiring.warehouse(Credential("other"))
    limits = Limits(max_rows=1, timeout_s=60)
    running = [warehouse.submit(ENDLESS, {}, limits=limits, tags={}) for _ in range(SLOTS)]
    try:
        response = ask(analyst_api, "SELECT 1 AS a")
    finally:
        for handle in running:
            warehouse.cancel(handle)
        for handle in running:
            warehouse.poll(handle, wait_s=10)
    assert response.status_code == 503, response.json()
    assert response.json()["error_code"] == "WAREHOUSE_UNAVAILABLE"
    assert int(response["Retry-After"]) >= 1
    assert QueryRun.objects.get().error_code == "WAREHOUSE_UNAVAILABLE"
    assert ask(analyst_api, "SELECT 1 AS a").status_code == 200


def test_a_missing_database_file_is_503(
    analyst_api: ApiClient, settings: Any, tmp_path: Any
) -> None:
    settings.DUCKDB_ATTACH = f"shop={tmp_path / 'gone.duckdb'}"
    response = ask(analyst_api, "SELECT 1 AS a")
    assert response.status_code == 503, response.json()
    assert response.json()["retry_after"] >= 1


@pytest.mark.parametrize(
    ("status", "code", "http", "state"),
    [
        (RunStatus(RunState.CANCELLED), "QUERY_CANCELLED", 409, "cancelled"),
        (RunStatus(RunState.TIMED_OUT), "QUERY_TIMEOUT", 504, "failed"),
        (RunStatus(RunState.FAILED), "WAREHOUSE_ERROR", 502, "failed"),
        (
            RunStatus(RunState.FAILED, WarehouseUnavailable("The warehouse is restarting.")),
            "WAREHOUSE_UNAVAILABLE", 503, "failed",
        ),
        (RunStatus(RunState.SUCCEEDED), "WAREHOUSE_ERROR", 502, "failed"),
    ],
)  # fmt: skip
def test_each_end_has_its_status_and_frees_the_statement(
    analyst_api: ApiClient,
    monkeypatch: pytest.MonkeyPatch,
    status: RunStatus,
    code: str,
    http: int,
    state: str,
) -> None:
    warehouse = ScriptedWarehouse(status)
    monkeypatch.setattr(wiring, "warehouse", lambda credential: warehouse)
    response = ask(analyst_api, "SELECT 1 AS a")
    assert (response.status_code, response.json()["error_code"]) == (http, code)
    assert warehouse.cancelled == 1
    run = QueryRun.objects.get()
    assert (run.state, run.error_code, run.row_count) == (state, code, None)


def test_a_warehouse_that_never_ends_a_statement_is_cut_off(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("queries.execution.GRACE_S", 0.0)
    warehouse = ScriptedWarehouse(RunStatus(RunState.RUNNING))
    statement = Statement("SELECT 1", row_limit=1, timeout_s=0.05)
    with pytest.raises(StatementTimeout):
        execute(warehouse, statement, tags={})  # type: ignore[arg-type]
    assert warehouse.cancelled == 1


def test_a_bug_is_recorded_too(analyst_api: ApiClient, monkeypatch: pytest.MonkeyPatch) -> None:
    class Buggy(ScriptedWarehouse):
        def columns(self, handle: RunHandle) -> tuple[ResultColumn, ...]:
            raise ZeroDivisionError("secret detail")

    monkeypatch.setattr(
        wiring, "warehouse", lambda credential: Buggy(RunStatus(RunState.SUCCEEDED))
    )
    response = ask(analyst_api, "SELECT 1 AS a")
    assert response.status_code == 500
    assert "secret" not in response.content.decode()
    run = QueryRun.objects.get()
    assert (run.state, run.error_code) == ("failed", "INTERNAL_ERROR")
    assert run.error_message == ""
