"""The circuit breaker: opens, tells when to come back, lets one try; all processes agree."""

from __future__ import annotations

from uuid import uuid4

import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from semantic_layer.adapters.databricks.breaker import BreakerState, CircuitBreaker
from semantic_layer.api.counters import counters
from semantic_layer.errors import SqlError, WarehouseUnavailable
from tests.adapters.databricks.conftest import ANN, MakeWarehouse
from tests.adapters.databricks.waiting import until
from tests.adapters.running import rows
from tests.workspace.faults import Fault
from tests.workspace.thrift_server import WarehouseServer

SQL = "SELECT 1 AS a"


@pytest.fixture
def name(services: None) -> str:
    return f"workspace-{uuid4().hex}"


def breaker(name: str, **options: int) -> CircuitBreaker:
    """One process's own view of it."""
    return CircuitBreaker(counters(), name, **{"trips_at": 3, "open_s": 600, **options})


def fail(one: CircuitBreaker, times: int = 1) -> None:
    for _ in range(times):
        with pytest.raises(WarehouseUnavailable), one.guarding():
            raise WarehouseUnavailable("no answer")


def forget_opening(name: str) -> None:
    """As if the time had passed."""
    counters().delete(f"sl:breaker:{name}:open")


def test_it_opens_for_every_process_and_says_for_how_long(name: str) -> None:
    mine, theirs = breaker(name), breaker(name)
    fail(mine, 2)
    assert theirs.report().state is BreakerState.CLOSED
    fail(theirs)
    for one in (mine, theirs):
        with pytest.raises(WarehouseUnavailable) as caught, one.guarding():
            pytest.fail("nothing may be sent")
        assert caught.value.code == "WORKSPACE_CIRCUIT_OPEN"
        assert 590 <= caught.value.retry_after_s <= 600
        assert one.report().state is BreakerState.OPEN


def test_one_try_decides_once_the_time_is_over(name: str) -> None:
    mine, theirs = breaker(name), breaker(name)
    fail(mine, 3)
    forget_opening(name)
    assert mine.report().state is BreakerState.HALF_OPEN
    with mine.guarding(), pytest.raises(WarehouseUnavailable), theirs.guarding():
        pytest.fail("only one may try")
    assert theirs.report().state is BreakerState.CLOSED
    assert theirs.report().failures == 0
    with theirs.guarding():
        pass


def test_a_try_that_fails_opens_it_again(name: str) -> None:
    one = breaker(name)
    fail(one, 3)
    forget_opening(name)
    fail(one)
    assert one.report().state is BreakerState.OPEN


def test_any_answer_is_an_answer(name: str) -> None:
    one = breaker(name)
    fail(one, 2)
    with pytest.raises(SqlError), one.guarding():
        raise SqlError("the statement's own")
    fail(one, 2)
    assert one.report().state is BreakerState.CLOSED


def test_workspaces_do_not_share_one(name: str) -> None:
    fail(breaker(name), 3)
    with breaker(f"{name}-other").guarding():
        pass


def test_without_valkey_everything_passes() -> None:
    nowhere = redis.Redis(port=1, retry=Retry(NoBackoff(), 0))
    one = CircuitBreaker(nowhere, "anywhere", trips_at=1)
    fail(one, 3)
    with one.guarding():
        pass
    assert one.report().state is BreakerState.CLOSED


def test_a_warehouse_that_does_not_answer_is_left_alone_then_found_again(
    name: str, make: MakeWarehouse, server: WarehouseServer
) -> None:
    warehouse = make(breaker=breaker(name)).for_credential(ANN)
    # Three times as often as one statement tries.
    server.faults.plan("OpenSession", Fault(reset=True), times=12)
    for _ in range(3):
        with pytest.raises(WarehouseUnavailable):
            rows(warehouse, SQL)
    sent = len(server.requests)
    with pytest.raises(WarehouseUnavailable) as caught:
        rows(warehouse, SQL)
    assert caught.value.code == "WORKSPACE_CIRCUIT_OPEN"
    with pytest.raises(WarehouseUnavailable):
        warehouse.ping()
    assert len(server.requests) == sent
    forget_opening(name)
    assert rows(warehouse, SQL) == [{"a": 1}]
    until(lambda: breaker(name).report().state is BreakerState.CLOSED)


def test_a_warehouse_that_says_it_is_starting_is_there(
    name: str, make: MakeWarehouse, server: WarehouseServer
) -> None:
    """REST shares the breaker: nobody shall be kept from signing in meanwhile."""
    warehouse = make(breaker=breaker(name, trips_at=1)).for_credential(ANN)
    starting = Fault(503, "Warehouse is starting", {"Retry-After": "600"})
    server.faults.plan("OpenSession", starting, times=3)
    for _ in range(3):
        with pytest.raises(WarehouseUnavailable) as caught:
            rows(warehouse, SQL)
        assert caught.value.code == "WAREHOUSE_STARTING"
    assert breaker(name).report().state is BreakerState.CLOSED
