"""A workspace that is not well: each illness has its error, and nobody stays stuck."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Event

import pyarrow as pa
import pytest

from semantic_layer.adapters.databricks import run
from semantic_layer.adapters.databricks.warehouse import DatabricksWarehouse
from semantic_layer.errors import (
    Forbidden,
    SemanticLayerError,
    Unauthenticated,
    WarehouseError,
    WarehouseUnavailable,
)
from semantic_layer.ports import Credential, Limits, RunState
from tests.adapters.databricks.conftest import ANN, BOB, MakeWarehouse
from tests.adapters.databricks.waiting import until
from tests.adapters.running import ended, rows, submitted
from tests.workspace.engine import ScriptedEngine
from tests.workspace.faults import Fault
from tests.workspace.state import WorkspaceState
from tests.workspace.thrift_server import WarehouseServer

SQL = "SELECT 1 AS a"
MANY = "SELECT many"
PATIENT = Limits(max_rows=10_000, timeout_s=30)
SHORT = Limits(max_rows=10_000, timeout_s=4)
"""For what is never answered: the shorter, the sooner the test ends."""
STARTING = Fault(503, "Warehouse is starting", {"Retry-After": "0"})


@pytest.fixture
def asked(make: MakeWarehouse, engine: ScriptedEngine) -> DatabricksWarehouse:
    """One that reads a thousand rows at a time."""
    engine.when(MANY, pa.table({"n": pa.array(range(5000))}))
    return make(fetch_rows=1000).for_credential(ANN)


@pytest.fixture
def hang() -> Iterator[Event]:
    event = Event()
    yield event
    event.set()


def refused(warehouse: DatabricksWarehouse, limits: Limits = PATIENT) -> SemanticLayerError:
    with pytest.raises(SemanticLayerError) as caught:
        rows(warehouse, SQL, limits=limits)
    return caught.value


@pytest.mark.parametrize("request_name", ["OpenSession", "ExecuteStatement"])
def test_a_warehouse_that_is_starting_is_waited_for(
    asked: DatabricksWarehouse, server: WarehouseServer, request_name: str
) -> None:
    server.faults.plan(request_name, STARTING, times=6)
    assert rows(asked, SQL) == [{"a": 1}]
    assert server.requests.count(request_name) == 7
    assert len(server.api.history) == 1


def test_one_that_starts_for_too_long_says_when_to_come_back(
    asked: DatabricksWarehouse, server: WarehouseServer
) -> None:
    patient = Fault(503, "Warehouse is starting", {"Retry-After": "40"})
    server.faults.plan("OpenSession", patient, times=9)
    error = refused(asked)
    assert isinstance(error, WarehouseUnavailable)
    assert (error.code, error.retry_after_s) == ("WAREHOUSE_STARTING", 40)
    assert server.requests == ["OpenSession"]


@pytest.mark.parametrize("request_name", ["OpenSession", "ExecuteStatement"])
@pytest.mark.parametrize(
    ("fault", "kind", "code"),
    [
        (Fault(429, "Slow down", {"Retry-After": "30"}), WarehouseUnavailable, "WAREHOUSE_BUSY"),
        (Fault(503, "No", {"Retry-After": "30"}), WarehouseUnavailable, "WAREHOUSE_UNAVAILABLE"),
        (Fault(503, "No", {"Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT"}), None, None),
        (Fault(401), Unauthenticated, "WORKSPACE_TOKEN_EXPIRED"),
        (Fault(403, "Invalid access token."), Unauthenticated, "WORKSPACE_TOKEN_EXPIRED"),
        (Fault(403, "No permission to use this"), Forbidden, "WAREHOUSE_ACCESS_DENIED"),
        (Fault(500, "Oops"), WarehouseError, "WAREHOUSE_ERROR"),
        (Fault(200, body=b"<html>login</html>"), WarehouseError, "WAREHOUSE_ERROR"),
    ],
)
def test_each_answer_has_its_error(
    asked: DatabricksWarehouse,
    server: WarehouseServer,
    request_name: str,
    fault: Fault,
    kind: type[SemanticLayerError] | None,
    code: str | None,
) -> None:
    server.faults.plan(request_name, fault, times=40)
    error = refused(asked)
    assert isinstance(error, kind or SemanticLayerError)
    assert code in (error.code, None)
    until(lambda: server.operations == 0)


def test_a_warehouse_that_was_deleted(asked: DatabricksWarehouse, server: WarehouseServer) -> None:
    server.faults.plan("OpenSession", Fault(404), times=9)
    assert refused(asked).code == "WAREHOUSE_NOT_FOUND"


def test_a_session_that_a_gateway_lost_is_replaced(
    asked: DatabricksWarehouse, server: WarehouseServer
) -> None:
    rows(asked, SQL)
    until(lambda: asked.pool.idle() == 1)
    server.faults.plan("ExecuteStatement", Fault(404))
    assert rows(asked, SQL) == [{"a": 1}]


def test_connections_that_are_reset_while_opening_are_tried_again(
    asked: DatabricksWarehouse, server: WarehouseServer
) -> None:
    server.faults.plan("OpenSession", Fault(reset=True), times=2)
    assert rows(asked, SQL) == [{"a": 1}]


def test_a_statement_whose_answer_is_lost_is_not_sent_again(
    asked: DatabricksWarehouse, server: WarehouseServer
) -> None:
    server.faults.plan("ExecuteStatement", Fault(reset=True, after_work=True), times=5)
    error = refused(asked)
    assert error.code == "WAREHOUSE_UNAVAILABLE"
    assert server.requests.count("ExecuteStatement") == 1


def test_questions_for_the_state_are_asked_again(
    asked: DatabricksWarehouse, server: WarehouseServer
) -> None:
    server.faults.plan("GetOperationStatus", Fault(reset=True))
    server.faults.plan("GetOperationStatus", Fault(503, headers={"Retry-After": "0"}))
    server.faults.plan("GetOperationStatus", Fault(429, headers={"Retry-After": "0"}))
    assert rows(asked, SQL) == [{"a": 1}]


def test_a_warehouse_that_goes_away_while_running(
    asked: DatabricksWarehouse, server: WarehouseServer, engine: ScriptedEngine
) -> None:
    began = engine.hold("SELECT held")
    server.faults.plan("GetOperationStatus", Fault(reset=True), times=4)
    handle = submitted(asked, "SELECT held")
    assert began.wait(30)
    status = ended(asked, handle)
    assert status.error is not None
    assert status.error.code == "WAREHOUSE_UNAVAILABLE"
    until(lambda: all(asked.cancelled.is_set() for asked in server.api.history))


@pytest.mark.parametrize("request_name", ["OpenSession", "ExecuteStatement"])
def test_a_warehouse_that_hangs_before_it_takes_the_statement(
    asked: DatabricksWarehouse, server: WarehouseServer, hang: Event, request_name: str
) -> None:
    server.faults.plan(request_name, Fault(hang=hang), times=9)
    handle = submitted(asked, SQL, limits=SHORT)
    assert ended(asked, handle).state is RunState.TIMED_OUT


def test_a_warehouse_that_hangs_while_it_runs_ends_at_the_deadline(
    asked: DatabricksWarehouse, server: WarehouseServer, hang: Event
) -> None:
    server.faults.plan("GetOperationStatus", Fault(hang=hang), times=20)
    handle = submitted(asked, SQL, limits=SHORT)
    assert ended(asked, handle).state is RunState.TIMED_OUT
    until(lambda: "CancelOperation" in server.requests)


def test_a_statement_can_be_cancelled_while_a_request_hangs(
    make: MakeWarehouse, engine: ScriptedEngine, server: WarehouseServer, hang: Event
) -> None:
    """The thread that asks is stuck for a minute; whoever cancels is not, nor the warehouse."""
    warehouse = make(socket_timeout_s=60.0).for_credential(ANN)
    began = engine.hold("SELECT held")
    server.faults.plan("GetOperationStatus", Fault(hang=hang))
    handle = submitted(warehouse, "SELECT held")
    assert began.wait(30)
    until(lambda: "GetOperationStatus" in server.requests)
    warehouse.cancel(handle)
    assert warehouse.poll(handle).state is RunState.CANCELLED
    until(lambda: server.api.history[0].cancelled.is_set())


@pytest.mark.parametrize(
    "fault", [Fault(reset=True), Fault(half=True), Fault(500), Fault(reset=True, after_work=True)]
)
@pytest.mark.parametrize("page", [1, 3])
def test_half_a_result_is_never_taken_for_the_whole(
    asked: DatabricksWarehouse, server: WarehouseServer, fault: Fault, page: int
) -> None:
    wrong = iter([None] * (page - 1) + [fault])
    usual = server.faults.next

    def planned(name: str) -> Fault | None:
        return next(wrong, None) if name == "FetchResults" else usual(name)

    server.faults.next = planned  # type: ignore[method-assign]
    with pytest.raises(WarehouseError) as caught:
        rows(asked, MANY)
    assert caught.value.code == "RESULT_INTERRUPTED"
    assert rows(asked, SQL) == [{"a": 1}]


def test_a_page_that_was_turned_away_is_asked_for_again(
    asked: DatabricksWarehouse, server: WarehouseServer
) -> None:
    server.faults.plan("FetchResults", STARTING, times=3)
    assert [row["n"] for row in rows(asked, MANY)] == list(range(5000))


def test_rows_that_hang_end(
    make: MakeWarehouse, asked: DatabricksWarehouse, server: WarehouseServer, hang: Event
) -> None:
    asked = make(socket_timeout_s=4.0, fetch_rows=1000).for_credential(ANN)
    handle = submitted(asked, MANY)
    assert ended(asked, handle).state is RunState.SUCCEEDED
    server.faults.plan("FetchResults", Fault(hang=hang), times=9)
    with pytest.raises(WarehouseError):
        list(asked.batches(handle))


def test_rows_are_not_waited_for_longer_than_the_query_may_take(
    make: MakeWarehouse,
    asked: DatabricksWarehouse,
    server: WarehouseServer,
    hang: Event,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The socket would wait for ten minutes."""
    monkeypatch.setattr(run, "PAGE_S", 0.5)
    asked = make(socket_timeout_s=600.0, fetch_rows=1000).for_credential(ANN)
    handle = submitted(asked, MANY, limits=SHORT)
    assert ended(asked, handle).state is RunState.SUCCEEDED
    server.faults.plan("FetchResults", Fault(hang=hang), times=9)
    with pytest.raises(WarehouseError):
        list(asked.batches(handle))


def test_a_token_that_expires_is_told_at_every_step(
    make: MakeWarehouse, state: WorkspaceState, engine: ScriptedEngine, server: WarehouseServer
) -> None:
    """Submitting, waiting and fetching alike; sessions of the old token are not kept."""
    engine.when(MANY, pa.table({"n": pa.array(range(5000))}))
    warehouse = make(fetch_rows=1000)
    person = warehouse.for_credential(ANN)
    began = engine.hold("SELECT held")
    waiting = submitted(person, "SELECT held")
    fetching = submitted(person, MANY)
    assert began.wait(30)
    assert ended(person, fetching).state is RunState.SUCCEEDED
    state.expire("dapi-ann")
    errors = [refused(person), ended(person, waiting).error]
    with pytest.raises(Unauthenticated) as caught:
        list(person.batches(fetching))
    for error in (*errors, caught.value):
        assert isinstance(error, Unauthenticated)
        assert error.code == "WORKSPACE_TOKEN_EXPIRED"
        assert "dapi" not in error.message
    until(lambda: warehouse.pool.idle(ANN.principal) == 0)
    assert rows(warehouse.for_credential(BOB), SQL) == [{"a": 1}]


def test_the_services_own_token_is_not_told_as_the_callers(
    make: MakeWarehouse, state: WorkspaceState
) -> None:
    state.expire("dapi-robot")
    error = refused(make().for_credential(Credential("service")))
    assert isinstance(error, WarehouseUnavailable)
    assert error.code == "SERVICE_CREDENTIAL_REFUSED"


def test_the_engines_own_timeout_is_a_timeout(
    asked: DatabricksWarehouse, server: WarehouseServer, engine: ScriptedEngine
) -> None:
    began = engine.hold("SELECT held")
    handle = submitted(asked, "SELECT held")
    assert began.wait(30)
    (operation,) = server.api.operations.values()
    assert operation.timer is not None
    operation.timer.function(*operation.timer.args, **operation.timer.kwargs)
    status = ended(asked, handle)
    assert (status.state, status.error) == (RunState.TIMED_OUT, None)


def test_stacks_and_tokens_stay_inside(asked: DatabricksWarehouse, engine: ScriptedEngine) -> None:
    engine.when("SELECT boom", RuntimeError("java.lang.Secret"))
    with pytest.raises(WarehouseError) as caught:
        rows(asked, "SELECT boom")
    assert "Secret" not in caught.value.message
    assert "Secret" not in str(caught.value.details)


def test_nobody_there_at_all(make: MakeWarehouse) -> None:
    warehouse = make("http://127.0.0.1:9").for_credential(ANN)
    assert refused(warehouse).code == "WAREHOUSE_UNAVAILABLE"
    with pytest.raises(WarehouseUnavailable):
        warehouse.ping()


def test_a_ping_starts_nothing(make: MakeWarehouse, server: WarehouseServer) -> None:
    service = make().for_credential(Credential("service"))
    server.warehouse_state = "STOPPED"
    service.ping()
    assert server.requests == []
    server.warehouse_state = "DELETED"
    with pytest.raises(WarehouseUnavailable) as caught:
        service.ping()
    assert caught.value.code == "WAREHOUSE_NOT_FOUND"
    server.faults.plan("warehouse", Fault(503))
    with pytest.raises(WarehouseUnavailable):
        service.ping()
