"""A warehouse of the test workspace with a scripted engine, and the adapter asking it as two
people and as the service."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pyarrow as pa
import pytest

from semantic_layer.adapters.databricks.options import DatabricksOptions
from semantic_layer.adapters.databricks.warehouse import DatabricksWarehouse
from semantic_layer.ports import Credential
from tests.workspace.engine import ScriptedEngine
from tests.workspace.state import WorkspaceState
from tests.workspace.thrift_server import HTTP_PATH, WarehouseServer, serving

ANN = Credential("ann@example.com", "dapi-ann")
BOB = Credential("bob@example.com", "dapi-bob")
ONE = pa.table({"a": pa.array([1], pa.int32())})

MakeWarehouse = Callable[..., DatabricksWarehouse]


@pytest.fixture
def state() -> WorkspaceState:
    state = WorkspaceState()
    for person in (ANN, BOB, Credential("robot", "dapi-robot")):
        state.add_person(person.principal, token=person.token)
    return state


@pytest.fixture
def engine() -> ScriptedEngine:
    engine = ScriptedEngine()
    engine.when("SELECT 1 AS a", ONE)
    return engine


@pytest.fixture
def server(state: WorkspaceState, engine: ScriptedEngine) -> Iterator[WarehouseServer]:
    with serving(state, engine) as running:
        yield running


@pytest.fixture
def make(server: WarehouseServer) -> Iterator[MakeWarehouse]:
    """Makes the adapter as the service does; options of DatabricksOptions may be named."""
    made = []

    def warehouse(host: str | None = None, **options: Any) -> DatabricksWarehouse:
        known = {"breaker", "service_token"}
        parts = {key: options.pop(key) for key in known & set(options)}
        parts.setdefault("service_token", lambda: "dapi-robot")
        made.append(
            DatabricksWarehouse(
                DatabricksOptions(host or server.url, HTTP_PATH, **options), **parts
            )
        )
        return made[-1]

    yield warehouse
    for one in made:
        one.close()


@pytest.fixture
def ann(make: MakeWarehouse) -> DatabricksWarehouse:
    return make().for_credential(ANN)
