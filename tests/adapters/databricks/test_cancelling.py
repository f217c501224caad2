"""A statement is stopped in the warehouse, from wherever: this process or another one."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace

import pytest

from semantic_layer.adapters.databricks.warehouse import DatabricksWarehouse
from semantic_layer.errors import SemanticLayerError
from semantic_layer.ports import RunState
from tests.adapters.databricks.conftest import ANN, BOB, MakeWarehouse
from tests.adapters.databricks.waiting import until
from tests.adapters.running import ended, submitted
from tests.workspace.engine import ScriptedEngine
from tests.workspace.thrift_server import HTTP_PATH, WarehouseServer

HELD = "SELECT held"
_OTHER_PROCESS = f"""
import json, sys
from semantic_layer.adapters.databricks.options import DatabricksOptions
from semantic_layer.adapters.databricks.warehouse import DatabricksWarehouse
from semantic_layer.ports import Credential, RunHandle

given = json.loads(sys.argv[1])
warehouse = DatabricksWarehouse(DatabricksOptions(given["url"], "{HTTP_PATH}"))
person = warehouse.for_credential(Credential(given["principal"], given["token"]))
person.cancel(RunHandle(given["warehouse"], given["statement_id"], given["principal"]))
"""


def held(warehouse: DatabricksWarehouse, engine: ScriptedEngine) -> tuple:
    began = engine.hold(HELD)
    handle = submitted(warehouse, HELD)
    assert began.wait(30)
    until(lambda: warehouse.poll(handle).statement_id is not None)
    return handle, warehouse.poll(handle).statement_id


def test_the_warehouses_own_id_is_told_once_it_is_known(
    ann: DatabricksWarehouse, engine: ScriptedEngine
) -> None:
    handle, statement_id = held(ann, engine)
    assert statement_id != handle.statement_id
    assert len(statement_id) <= 128
    ann.cancel(handle)


def test_another_process_cancels(
    ann: DatabricksWarehouse, engine: ScriptedEngine, server: WarehouseServer
) -> None:
    handle, statement_id = held(ann, engine)
    given = {
        "url": server.url,
        "principal": ANN.principal,
        "token": ANN.token,
        "warehouse": handle.warehouse,
        "statement_id": statement_id,
    }
    subprocess.run([sys.executable, "-c", _OTHER_PROCESS, json.dumps(given)], check=True)
    assert server.api.history[0].cancelled.is_set()
    assert ended(ann, handle).state is RunState.CANCELLED


def test_what_another_process_left_can_be_cancelled_but_not_fetched(
    make: MakeWarehouse, engine: ScriptedEngine, server: WarehouseServer
) -> None:
    handle, statement_id = held(make().for_credential(ANN), engine)
    other = make().for_credential(ANN)
    known = replace(handle, statement_id=statement_id)
    assert other.poll(known).state is RunState.FAILED
    other.cancel(known)
    until(lambda: server.api.history[0].cancelled.is_set())
    other.cancel(known)


def test_nobody_cancels_what_is_not_theirs(
    make: MakeWarehouse, engine: ScriptedEngine, server: WarehouseServer
) -> None:
    """By our own rule, and by the workspace's where somebody got hold of an id."""
    warehouse = make()
    handle, statement_id = held(warehouse.for_credential(ANN), engine)
    stranger = make().for_credential(BOB)
    stranger.cancel(replace(handle, statement_id=statement_id))
    stranger.cancel(replace(handle, statement_id=statement_id, principal=BOB.principal))
    assert server.requests[-1] == "CancelOperation"
    assert not server.api.history[0].cancelled.is_set()
    warehouse.for_credential(ANN).cancel(handle)


def test_an_id_of_something_else_is_no_statement(ann: DatabricksWarehouse) -> None:
    handle, _ = submitted(ann, "SELECT 1 AS a"), None
    with pytest.raises(SemanticLayerError):
        ann.cancel(replace(handle, statement_id="no.hex"))
    ann.cancel(replace(handle, statement_id="nobody-knows"))


def test_a_statement_that_was_stopped_in_the_workspace(
    ann: DatabricksWarehouse, engine: ScriptedEngine, server: WarehouseServer
) -> None:
    handle, _ = held(ann, engine)
    server.api.stop_all()
    assert ended(ann, handle).state is RunState.CANCELLED


def test_a_cancelled_statement_leaves_nothing_and_its_session_goes_on(
    ann: DatabricksWarehouse, engine: ScriptedEngine, server: WarehouseServer
) -> None:
    handle, _ = held(ann, engine)
    ann.cancel(handle)
    assert ended(ann, handle).state is RunState.CANCELLED
    until(lambda: server.operations == 0)
    until(lambda: ann.pool.idle() == 1)
    assert server.requests.count("OpenSession") == 1
