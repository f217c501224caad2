"""Run one statement on a warehouse to its end: what the tests of all warehouses share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from queries.values import json_rows
from semantic_layer.adapters.duckdb import DuckDBWarehouse
from semantic_layer.ports import Limits, RunHandle, RunState, RunStatus, Warehouse
from tests.waiting import wait_for

LIMITS = Limits(max_rows=10_000, timeout_s=60)


def submitted(
    warehouse: Warehouse,
    sql: str,
    parameters: Mapping[str, Any] | None = None,
    limits: Limits = LIMITS,
) -> RunHandle:
    return warehouse.submit(sql, parameters or {}, limits=limits, tags={})


def ended(warehouse: Warehouse, handle: RunHandle, *, within_s: float = 60) -> RunStatus:
    """The terminal state; fails the test when there is none in time."""
    status = warehouse.poll(handle, wait_s=within_s)
    assert status.state is not RunState.RUNNING
    return status


def begun(warehouse: DuckDBWarehouse, handle: RunHandle) -> None:
    """Wait until the engine is at it, so that nothing else can come before."""
    wait_for(
        lambda: any(
            run is warehouse._runs.get(handle.statement_id) and run.columns
            for run in warehouse.engine._running
        ),
        what="the start of the statement",
    )


def rows(
    warehouse: Warehouse,
    sql: str,
    parameters: Mapping[str, Any] | None = None,
    limits: Limits = LIMITS,
) -> list[dict[str, Any]]:
    """The result as JSON rows; raises the statement's error."""
    handle = submitted(warehouse, sql, parameters, limits)
    status = ended(warehouse, handle)
    if status.error is not None:
        raise status.error
    assert status.state is RunState.SUCCEEDED
    columns = warehouse.columns(handle)
    return json_rows(columns, warehouse.batches(handle))
