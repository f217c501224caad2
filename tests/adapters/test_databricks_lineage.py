"""Recorded lineage: from the system tables where they can be read, else from the REST call."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pytest

from semantic_layer.adapters.databricks.lineage import DatabricksLineage
from semantic_layer.adapters.databricks.workspace import Workspace
from semantic_layer.errors import Forbidden, SemanticLayerError, SqlError, Unavailable
from semantic_layer.ports import (
    Credential,
    LineageDirection,
    LineageEdge,
    RunHandle,
    RunState,
    RunStatus,
)
from tests.workspace.rest_server import RestServer
from tests.workspace.state import Column, Table

UP, DOWN = LineageDirection.UPSTREAM, LineageDirection.DOWNSTREAM
ORDERS = "main.gold.orders"


@dataclass
class SystemTables:
    """A Warehouse that holds what the two system tables say, or refuses."""

    rows: Sequence[Mapping[str, Any]] = ()
    refusal: SemanticLayerError | None = None
    state: RunState = RunState.SUCCEEDED
    name: str = "system tables"
    dialect: str = "databricks"
    asked: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)
    open: int = 0

    def submit(self, sql: str, parameters: Mapping[str, Any], **how: Any) -> RunHandle:
        self.asked.append((sql, parameters))
        self.open += 1
        return RunHandle(self.name, "1", "ann")

    def poll(self, handle: RunHandle, *, wait_s: float = 0.0) -> RunStatus:
        return RunStatus(RunState.FAILED if self.refusal else self.state, self.refusal)

    def batches(self, handle: RunHandle) -> Iterator[pa.RecordBatch]:
        yield pa.RecordBatch.from_pylist(list(self.rows))

    def cancel(self, handle: RunHandle) -> None:
        self.open -= 1


def table_row(source: str | None, target: str | None, **more: Any) -> dict[str, Any]:
    return {
        "source": source,
        "source_type": "TABLE" if source else None,
        "source_path": None,
        "target": target,
        "target_type": "VIEW" if target else None,
        "target_path": None,
        "entity_type": None,
        "entity_id": None,
        **more,
    }


@pytest.fixture
def server(rest: RestServer) -> RestServer:
    state = rest.state
    state.add_person("ann@example.com", token="token-of-ann")
    for schema, name in (("raw", "lines"), ("gold", "orders"), ("gold", "daily"), ("hr", "pay")):
        state.add_table(Table("main", schema, name, columns=(Column("id", "int"),)))
    state.grant("ann@example.com", "main.raw", "main.gold")
    world = rest.world
    world.table_lineage |= {
        ("main.raw.lines", ORDERS),
        ("main.hr.pay", ORDERS),
        (ORDERS, "main.gold.daily"),
    }
    world.column_lineage |= {
        ("main.raw.lines.id", f"{ORDERS}.id"),
        ("main.hr.pay.id", f"{ORDERS}.id"),
    }
    world.dashboards.add((ORDERS, "dash-1"))
    return rest


def lineage(workspace: Workspace, warehouse: SystemTables | None) -> DatabricksLineage:
    caller = workspace.as_principal(Credential("ann", "token-of-ann"))
    return DatabricksLineage(caller, warehouse, lambda table: ["id"])


def test_the_rest_call_tells_what_the_caller_may_see(
    server: RestServer, workspace: Workspace
) -> None:
    source = lineage(workspace, None)
    assert source.edges(ORDERS, direction=UP, columns=False) == [
        LineageEdge("main.raw.lines", "TABLE", ORDERS, "TABLE")
    ]
    assert source.edges(ORDERS, direction=DOWN, columns=False) == [
        LineageEdge(ORDERS, "TABLE", "dash-1", "DASHBOARD"),
        LineageEdge(ORDERS, "TABLE", "main.gold.daily", "TABLE"),
    ]
    assert source.edges(ORDERS, direction=UP, columns=True) == [
        LineageEdge("main.raw.lines", "TABLE", ORDERS, "TABLE", "id", "id")
    ]
    assert source.edges(ORDERS, direction=DOWN, columns=True) == []


def test_hidden_and_missing_tables_have_no_lineage(
    server: RestServer, workspace: Workspace
) -> None:
    for name in ("main.hr.pay", "main.gold.nothing"):
        assert lineage(workspace, None).edges(name, direction=UP, columns=False) == []


def test_the_system_tables_come_first(server: RestServer, workspace: Workspace) -> None:
    tables = SystemTables(
        [
            table_row("main.raw.lines", ORDERS),
            table_row(None, ORDERS, source_path="s3://bucket/orders"),
            table_row(ORDERS, ORDERS),
            table_row(ORDERS, None, entity_type="DASHBOARD_V3", entity_id="dash-1"),
            table_row(None, None),
        ]
    )
    found = lineage(workspace, tables).edges(ORDERS, direction=UP, columns=False)
    assert found == [
        LineageEdge(ORDERS, "TABLE", "dash-1", "DASHBOARD"),
        LineageEdge("main.raw.lines", "TABLE", ORDERS, "VIEW"),
        LineageEdge("s3://bucket/orders", "PATH", ORDERS, "VIEW"),
    ]
    sql, parameters = tables.asked[0]
    assert "target_table_full_name = :name" in sql
    assert parameters == {"name": ORDERS}
    assert tables.open == 0
    assert server.log == []


def test_columns_of_the_system_tables(server: RestServer, workspace: Workspace) -> None:
    row = {
        "source": "main.raw.lines",
        "source_type": "TABLE",
        "source_column": "price",
        "target": ORDERS,
        "target_type": "TABLE",
        "target_column": "amount",
    }
    tables = SystemTables([row])
    assert lineage(workspace, tables).edges(ORDERS, direction=DOWN, columns=True) == [
        LineageEdge("main.raw.lines", "TABLE", ORDERS, "TABLE", "price", "amount")
    ]
    assert "source_table_full_name = :name" in tables.asked[0][0]


@pytest.mark.parametrize("refusal", [SqlError("no such table"), Forbidden("not for you")])
def test_without_the_system_tables_the_rest_call_is_asked(
    server: RestServer, workspace: Workspace, refusal: SemanticLayerError
) -> None:
    tables = SystemTables(refusal=refusal)
    found = lineage(workspace, tables).edges(ORDERS, direction=UP, columns=False)
    assert [edge.source for edge in found] == ["main.raw.lines"]
    assert tables.open == 0


def test_a_warehouse_that_ends_otherwise_is_told(server: RestServer, workspace: Workspace) -> None:
    tables = SystemTables(state=RunState.TIMED_OUT)
    with pytest.raises(Unavailable) as caught:
        lineage(workspace, tables).edges(ORDERS, direction=UP, columns=False)
    assert caught.value.code == "LINEAGE_TIMEOUT"
    assert tables.open == 0
