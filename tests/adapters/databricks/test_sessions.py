"""Sessions: whose they are, how long they live, what every statement carries."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import pyarrow as pa
import pytest

from semantic_layer.adapters.databricks.options import DatabricksOptions
from semantic_layer.adapters.databricks.warehouse import DatabricksWarehouse
from semantic_layer.errors import InvalidInput, Unauthenticated, WarehouseUnavailable
from semantic_layer.ports import Credential, Limits, RunState
from tests.adapters.databricks.conftest import ANN, BOB, MakeWarehouse
from tests.adapters.databricks.waiting import until
from tests.adapters.running import ended, rows, submitted
from tests.workspace.engine import Asked, ScriptedEngine
from tests.workspace.state import WorkspaceState
from tests.workspace.thrift_server import HTTP_PATH, WAREHOUSE_ID, WarehouseServer

SQL = "SELECT 1 AS a"


def idle(warehouse: DatabricksWarehouse, count: int) -> None:
    until(lambda: warehouse.pool.idle() == count)


def test_every_statement_carries_its_limits_and_whose_it_is(
    ann: DatabricksWarehouse, server: WarehouseServer
) -> None:
    tags = {"request_id": "r-1", "kind": "metric", "metrics": "revenue,orders", "empty": ""}
    handle = ann.submit(SQL, {}, limits=Limits(max_rows=7, timeout_s=120), tags=tags)
    ended(ann, handle)
    (asked,) = server.api.history
    assert asked.row_limit == 7
    assert float(asked.configuration["STATEMENT_TIMEOUT"]) == 300
    assert asked.configuration["TIMEZONE"] == "UTC"
    assert asked.tags == (
        "user:ann@example.com,request_id:r-1,kind:metric,metrics:revenue\\,orders"
    )
    assert "semantic-layer-service" in server.headers[0]["User-Agent"]
    ann.cancel(handle)


def test_a_session_is_used_again_by_its_owner_only(
    make: MakeWarehouse, server: WarehouseServer
) -> None:
    warehouse = make()
    for credential in (ANN, ANN, BOB, ANN):
        rows(warehouse.for_credential(credential), SQL)
        idle(warehouse, 2 if BOB.principal in str(server.api.history) else 1)
    assert server.requests.count("OpenSession") == 2
    assert [asked.person.user_name for asked in server.api.history] == [
        "ann@example.com", "ann@example.com", "bob@example.com", "ann@example.com",
    ]  # fmt: skip


def test_a_new_token_means_a_new_session(
    make: MakeWarehouse, server: WarehouseServer, state: WorkspaceState
) -> None:
    warehouse = make()
    rows(warehouse.for_credential(ANN), SQL)
    idle(warehouse, 1)
    state.tokens["dapi-ann-2"] = ANN.principal
    rows(warehouse.for_credential(replace(ANN, token="dapi-ann-2")), SQL)
    assert server.requests.count("OpenSession") == 2


def test_nobody_is_served_with_the_services_token(make: MakeWarehouse) -> None:
    warehouse = make()
    for credential in (Credential("ann@example.com"), Credential("")):
        with pytest.raises(Unauthenticated) as caught:
            rows(warehouse.for_credential(credential), SQL)
        assert caught.value.code == "WORKSPACE_TOKEN_EXPIRED"


def test_the_service_has_its_own_token(make: MakeWarehouse, server: WarehouseServer) -> None:
    rows(make().for_credential(Credential("service")), SQL)
    assert server.api.history[0].person.user_name == "robot"
    with pytest.raises(WarehouseUnavailable) as caught:
        rows(make(service_token=None).for_credential(Credential("service")), SQL)
    assert caught.value.code == "SERVICE_CREDENTIAL_MISSING"


def test_sessions_end_after_so_many_statements_and_so_long(
    make: MakeWarehouse, server: WarehouseServer
) -> None:
    warehouse = make(session_max_statements=3)
    for number in range(1, 7):
        rows(warehouse.for_credential(ANN), SQL)
        idle(warehouse, 0 if number % 3 == 0 else 1)
    assert server.requests.count("OpenSession") == 2
    until(lambda: server.requests.count("CloseSession") == 2)
    old = make(session_max_age_s=0.0)
    for _ in range(2):
        rows(old.for_credential(ANN), SQL)
    assert server.requests.count("OpenSession") == 4


def test_a_session_unused_for_long_is_closed(make: MakeWarehouse, server: WarehouseServer) -> None:
    warehouse = make(session_idle_s=0.0)
    rows(warehouse.for_credential(ANN), SQL)
    idle(warehouse, 1)
    rows(warehouse.for_credential(BOB), SQL)
    until(lambda: server.requests.count("CloseSession") == 1)


def test_no_statement_is_left_on_the_server_nor_a_cursor_in_the_driver(
    make: MakeWarehouse, server: WarehouseServer, engine: ScriptedEngine
) -> None:
    engine.when("SELECT many", pa.table({"n": pa.array(range(5000))}))
    warehouse = make(fetch_rows=1000)
    person = warehouse.for_credential(ANN)
    for _ in range(5):
        rows(person, SQL)
        idle(warehouse, 1)
        assert len(rows(person, "SELECT many")) == 5000
        idle(warehouse, 1)
    opened = person.batches(_succeeded(person, "SELECT many"))
    next(opened)
    assert server.operations == 1
    opened.close()
    until(lambda: server.operations == 0)
    idle(warehouse, 1)
    ((_, session),) = next(iter(warehouse.pool._idle.values()))
    assert session._connection._cursors == []


def _succeeded(warehouse: DatabricksWarehouse, sql: str):
    handle = submitted(warehouse, sql)
    assert ended(warehouse, handle).state is RunState.SUCCEEDED
    return handle


def test_a_session_lost_on_the_server_is_replaced_without_anybody_noticing(
    make: MakeWarehouse, server: WarehouseServer
) -> None:
    warehouse = make()
    rows(warehouse.for_credential(ANN), SQL)
    idle(warehouse, 1)
    server.api.expire_sessions()
    assert rows(warehouse.for_credential(ANN), SQL) == [{"a": 1}]
    assert server.requests.count("OpenSession") == 2
    assert len(server.api.history) == 2


def test_one_thread_has_a_session_at_a_time(
    make: MakeWarehouse, engine: ScriptedEngine, server: WarehouseServer
) -> None:
    warehouse = make()
    began = [engine.hold(f"SELECT {number}") for number in range(3)]
    person = warehouse.for_credential(ANN)
    handles = [submitted(person, f"SELECT {number}") for number in range(3)]
    assert all(event.wait(30) for event in began)
    assert server.requests.count("OpenSession") == 3
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(person.cancel, handles))
    idle(warehouse, 3)


@pytest.fixture
def ports(monkeypatch: pytest.MonkeyPatch) -> set[int]:
    """The ports that this process connects to meanwhile."""
    found: set[int] = set()
    connect = socket.socket.connect

    def watched(self: socket.socket, address: Any) -> None:
        if self.family != socket.AF_UNIX:
            found.add(address[1])
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", watched)
    return found


def test_connecting_calls_nothing_but_the_warehouse(
    ann: DatabricksWarehouse, server: WarehouseServer, ports: set[int]
) -> None:
    """With telemetry on, the driver asks https://HOST:443 first, and waits for half a minute."""
    rows(ann, SQL)
    assert server.requests[:2] == ["OpenSession", "ExecuteStatement"]
    assert ports == {urlsplit(server.url).port}


def test_text_that_looks_like_an_old_marker_stays(
    ann: DatabricksWarehouse, engine: ScriptedEngine
) -> None:
    def told(asked: Asked) -> pa.Table:
        return pa.table({"p": [str(asked.parameters["p0"])]})

    engine.when("SELECT '%(p0)s', :p0", told)
    assert rows(ann, "SELECT '%(p0)s', :p0", {"p0": "x"}) == [{"p": "x"}]


def test_a_forked_child_starts_with_sessions_of_its_own(
    make: MakeWarehouse, server: WarehouseServer
) -> None:
    warehouse = make()
    rows(warehouse.for_credential(ANN), SQL)
    idle(warehouse, 1)
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writing, b"%d" % warehouse.pool.idle())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        assert pipe.read() == b"0"
    os.waitpid(child, 0)
    assert rows(warehouse.for_credential(ANN), SQL) == [{"a": 1}]
    assert server.requests.count("OpenSession") == 1
    assert "CloseSession" not in server.requests


def test_the_end_of_a_process_closes_its_sessions(server: WarehouseServer) -> None:
    """They would keep compute busy for a quarter of an hour."""
    code = (
        "import django; django.setup()\n"
        "from semantic_layer import wiring\n"
        "from semantic_layer.ports import Credential, Limits\n"
        "warehouse = wiring.warehouse(Credential('ann@example.com', 'dapi-ann'))\n"
        "limits = Limits(max_rows=10, timeout_s=60)\n"
        "handle = warehouse.submit('SELECT 1 AS a', {}, limits=limits, tags={})\n"
        "print(warehouse.poll(handle, wait_s=60).state)\n"
        "print([batch.to_pylist() for batch in warehouse.batches(handle)])\n"
    )
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "DATABRICKS_HOST": server.url,
        "DATABRICKS_HTTP_PATH": HTTP_PATH,
    }
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False
    )
    assert done.stdout.split("\n")[:2] == ["succeeded", "[[{'a': 1}]]"], done.stderr
    assert server.requests.count("OpenSession") == server.requests.count("CloseSession") == 1
    assert server.api.sessions == {}


def test_the_driver_is_not_imported_before_the_first_statement() -> None:
    code = (
        "import sys, semantic_layer.adapters.databricks.warehouse;"
        "from semantic_layer.adapters.databricks.options import DatabricksOptions as O;"
        "semantic_layer.adapters.databricks.warehouse.DatabricksWarehouse(O('h', '/sql/x'));"
        "print([m for m in sys.modules if m.split('.')[0] in ('databricks', 'pandas', 'thrift')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("host", "uri", "hostname"),
    [
        ("adb-1.azuredatabricks.net", None, "adb-1.azuredatabricks.net"),
        ("https://adb-1.azuredatabricks.net/", None, "adb-1.azuredatabricks.net"),
        ("http://127.0.0.1:99", f"http://127.0.0.1:99{HTTP_PATH}", "127.0.0.1"),
    ],
)
def test_where_the_warehouse_is(host: str, uri: str | None, hostname: str) -> None:
    options = DatabricksOptions(host, HTTP_PATH.strip("/"))
    assert options.arguments().get("_connection_uri") == uri
    assert options.hostname == hostname
    assert options.warehouse_id == WAREHOUSE_ID
    assert DatabricksOptions("h:8443", "/x").arguments()["_port"] == 8443


def test_a_host_that_is_none_is_told() -> None:
    with pytest.raises(InvalidInput):
        DatabricksOptions("ftp://x", "/y")


def test_arguments_of_the_driver_can_be_set(make: MakeWarehouse, server: WarehouseServer) -> None:
    uri = f"{server.url}{HTTP_PATH}"
    warehouse = make("nowhere.example.com", connection={"_connection_uri": uri})
    assert rows(warehouse.for_credential(ANN), SQL) == [{"a": 1}]
