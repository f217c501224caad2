"""Lineage that Databricks recorded: from its system tables as the caller, else from the REST call
behind Catalog Explorer.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from semantic_layer.adapters.databricks.workspace import WorkspaceCaller
from semantic_layer.errors import (
    Forbidden,
    InvalidInput,
    NotFound,
    SqlError,
    StatementRefused,
    Unavailable,
    WarehouseError,
)
from semantic_layer.ports import (
    Limits,
    LineageDirection,
    LineageEdge,
    RunHandle,
    RunState,
    TableType,
    Warehouse,
)

log = logging.getLogger(__name__)

TIMEOUT_S = 30.0
POLL_S = 5.0
MAX_EDGES = 10_000
_TABLES = """
SELECT DISTINCT source_table_full_name AS source, source_type, source_path,
       target_table_full_name AS target, target_type, target_path, entity_type, entity_id
FROM system.access.table_lineage
WHERE {side}_table_full_name = :name AND event_date >= date_sub(current_date(), 365)
"""
_COLUMNS = """
SELECT DISTINCT source_table_full_name AS source, source_type, source_column_name AS source_column,
       target_table_full_name AS target, target_type, target_column_name AS target_column
FROM system.access.column_lineage
WHERE {side}_table_full_name = :name AND event_date >= date_sub(current_date(), 365)
      AND source_table_full_name IS NOT NULL AND target_table_full_name IS NOT NULL
      AND source_column_name IS NOT NULL AND target_column_name IS NOT NULL
"""
_SIDE = {LineageDirection.UPSTREAM: "target", LineageDirection.DOWNSTREAM: "source"}
_ENTITIES = {
    # Those that read a table without writing one: the word of the port, by the system tables' word
    # and by the REST call's key with the id inside.
    "DASHBOARD_V3": "DASHBOARD",
    "DBSQL_DASHBOARD": "DASHBOARD",
    "NOTEBOOK": "NOTEBOOK",
    "JOB": "JOB",
    "PIPELINE": "PIPELINE",
}
_REST_ENTITIES = {
    "dashboardV3Infos": ("DASHBOARD", "dashboard_id"),
    "dashboardInfos": ("DASHBOARD", "dashboard_id"),
    "notebookInfos": ("NOTEBOOK", "notebook_id"),
    "jobInfos": ("JOB", "job_id"),
    "pipelineInfos": ("PIPELINE", "pipeline_id"),
}
_UNREADABLE = (SqlError, StatementRefused, Forbidden, WarehouseError)
"""The system tables are not there, or not for this caller."""


class DatabricksLineage:
    """LineageSource as one caller. `warehouse` is None where no SQL warehouse is configured."""

    def __init__(
        self,
        caller: WorkspaceCaller,
        warehouse: Warehouse | None,
        columns_of: Callable[[str], Sequence[str]],
    ) -> None:
        self._caller = caller
        self._warehouse = warehouse
        self._columns_of = columns_of

    def edges(
        self, table: str, *, direction: LineageDirection, columns: bool
    ) -> Sequence[LineageEdge]:
        if self._warehouse is not None:
            try:
                return sorted(set(self._recorded(self._warehouse, table, direction, columns)))
            except _UNREADABLE:
                log.info("lineage system tables cannot be read; the REST call is asked instead")
        try:
            return sorted(set(self._explored(table, direction, columns)))
        except (NotFound, Forbidden, InvalidInput):
            return []

    # ------------------------------------------------------------ system tables

    def _recorded(
        self, warehouse: Warehouse, table: str, direction: LineageDirection, columns: bool
    ) -> Iterator[LineageEdge]:
        sql = (_COLUMNS if columns else _TABLES).format(side=_SIDE[direction])
        for row in _rows(warehouse, sql, {"name": table}):
            edge = _column_edge(row) if columns else _table_edge(row)
            if edge is not None:
                yield edge

    # ------------------------------------------------------------ REST

    def _explored(
        self, table: str, direction: LineageDirection, columns: bool
    ) -> Iterator[LineageEdge]:
        if columns:
            for column in self._columns_of(table):
                yield from self._explored_column(table, column, direction)
            return
        query = {"table_name": table, "include_entity_lineage": "true"}
        found = self._get("table-lineage", query)
        upstream = direction is LineageDirection.UPSTREAM
        for related in found.get("upstreams" if upstream else "downstreams") or ():
            for name, kind in _related(related, upstream):
                # What the call asked about has no type in its answer.
                here = (table, TableType.TABLE.value)
                yield LineageEdge(*((name, kind) + here if upstream else here + (name, kind)))

    def _explored_column(
        self, table: str, column: str, direction: LineageDirection
    ) -> Iterator[LineageEdge]:
        found = self._get("column-lineage", {"table_name": table, "column_name": column})
        upstream = direction is LineageDirection.UPSTREAM
        for other in found.get("upstream_cols" if upstream else "downstream_cols") or ():
            name = f"{other['catalog_name']}.{other['schema_name']}.{other['table_name']}"
            there = (name, _kind(other.get("table_type")), other["name"])
            here = (table, TableType.TABLE.value, column)
            source, target = (there, here) if upstream else (here, there)
            yield LineageEdge(source[0], source[1], target[0], target[1], source[2], target[2])

    def _get(self, what: str, query: Mapping[str, str]) -> Mapping[str, Any]:
        path = f"/api/2.0/lineage-tracking/{what}"
        found: Mapping[str, Any] = self._caller.ask(
            lambda client: client.api_client.do("GET", path, query=dict(query))
        )
        return found


def _related(related: Mapping[str, Any], upstream: bool) -> Iterator[tuple[str, str]]:
    """Name and type of what is at the other end. Beside a table, the entities only say who wrote
    it; alone they are readers, or writers of a table that the caller may not see.
    """
    table = related.get("tableInfo")
    if table:
        name = f"{table['catalog_name']}.{table['schema_name']}.{table['name']}"
        yield name, _kind(table.get("table_type"))
    elif related.get("fileInfo"):
        yield str(related["fileInfo"].get("path")), "PATH"
    elif not upstream:
        for key, (kind, id_name) in _REST_ENTITIES.items():
            for entity in related.get(key) or ():
                yield str(entity[id_name]), kind


def _table_edge(row: Mapping[str, Any]) -> LineageEdge | None:
    source, source_type = _end(row["source"], row["source_type"], row["source_path"])
    target, target_type = _end(row["target"], row["target_type"], row["target_path"])
    if target is None and row["entity_type"] in _ENTITIES and row["entity_id"]:
        target, target_type = row["entity_id"], _ENTITIES[row["entity_type"]]
    if source is None or target is None or source == target:
        return None
    return LineageEdge(source, source_type, target, target_type)


def _end(table: str | None, kind: str | None, path: str | None) -> tuple[str | None, str]:
    return (table, _kind(kind)) if table else (path, "PATH")


def _column_edge(row: Mapping[str, Any]) -> LineageEdge:
    return LineageEdge(
        row["source"],
        _kind(row["source_type"]),
        row["target"],
        _kind(row["target_type"]),
        row["source_column"],
        row["target_column"],
    )


def _kind(word: str | None) -> str:
    return word if word is not None and word in TableType.__members__ else TableType.TABLE.value


def _rows(
    warehouse: Warehouse, sql: str, parameters: Mapping[str, Any]
) -> Iterable[Mapping[str, Any]]:
    """All rows of a short statement. Raises its error; it does not outlive the call."""
    limits = Limits(max_rows=MAX_EDGES, timeout_s=TIMEOUT_S)
    handle = warehouse.submit(sql, parameters, limits=limits, tags={"feature": "lineage"})
    try:
        _wait(warehouse, handle)
        return [row for batch in warehouse.batches(handle) for row in batch.to_pylist()]
    finally:
        warehouse.cancel(handle)


def _wait(warehouse: Warehouse, handle: RunHandle) -> None:
    ends = time.monotonic() + TIMEOUT_S + POLL_S
    while time.monotonic() < ends:
        status = warehouse.poll(handle, wait_s=POLL_S)
        if status.error is not None:
            raise status.error
        if status.state is RunState.SUCCEEDED:
            return
        if status.state is not RunState.RUNNING:
            break
    raise Unavailable("The warehouse did not tell the lineage in time.", code="LINEAGE_TIMEOUT")
