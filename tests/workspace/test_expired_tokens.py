"""A workspace token that ends while its owner works: told alike at submit, poll and download."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pyarrow as pa
import pytest
import time_machine
from django.utils import timezone
from pytest_django.fixtures import Settings

from queries import events
from queries.models import QueryRun
from queries.services.background import run_next
from semantic_layer.errors import WarehouseUnavailable
from tests.accounts_fixtures import ApiClient
from tests.workspace.engine import Asked
from tests.workspace.rest_fixtures import SqlWorkspace
from tests.workspace.state import Column, Table

pytestmark = pytest.mark.django_db(transaction=True)

EXECUTE = "/api/queries/execute"
READ = "SELECT id FROM main.gold.orders"
ORDERS = Table("main", "gold", "orders", columns=(Column("id", "int"),))


@pytest.fixture
def ann(sql_workspace: SqlWorkspace) -> ApiClient:
    state = sql_workspace.rest.state
    state.add_person("ann@example.com", token="token-of-ann", groups=["analysts"])
    state.add_table(ORDERS)
    state.grant("ann@example.com", "main.gold")
    for sql in (READ, f"{READ} ORDER BY id"):
        sql_workspace.engine.when(sql, pa.table({"id": pa.array([1, 2], pa.int32())}))
    return sign_in("token-of-ann")


def sign_in(token: str) -> ApiClient:
    response = ApiClient().post("/api/auth/login", {"databricks_token": token})
    assert response.status_code == 200, response.content
    return ApiClient(response.json()["access_token"])


def answered(response: Any) -> Any:
    assert response.status_code in (200, 202), response.content
    return response.json()


def refused(response: Any) -> None:
    assert response.status_code == 401, response.content
    assert response.json()["error_code"] == "WORKSPACE_TOKEN_EXPIRED"


def test_once_a_statement_was_refused_so_is_all_the_rest(
    sql_workspace: SqlWorkspace, ann: ApiClient
) -> None:
    """Within the interval in which nobody would have asked the workspace."""
    first = answered(ann.post(EXECUTE, {"query": READ}))
    exported = answered(ann.post(EXECUTE, {"query": READ, "export_format": "csv"}))
    assert answered(ann.post(EXECUTE, {"query": READ}))["cached"] is True
    sql_workspace.rest.state.expire("token-of-ann")
    refused(ann.post(EXECUTE, {"query": f"{READ} ORDER BY id"}))
    refused(ann.post(EXECUTE, {"query": READ}))  # the answer that was kept
    refused(ann.get(f"/api/queries/{first['query_id']}/status"))
    refused(ann.get(f"/api/queries/{first['query_id']}/results"))
    refused(ann.get(f"/api/queries/{first['query_id']}/events"))
    refused(ann.get("/api/queries/history"))
    refused(ann.get(exported["export_url"]))
    refused(ann.get(exported["manifest_url"]))
    refused(ApiClient().get(exported["signed_url"]))
    sql_workspace.rest.state.tokens["token-of-ann-2"] = "ann@example.com"
    again = sign_in("token-of-ann-2")
    file = again.get(exported["export_url"])
    assert file.getvalue().decode().splitlines() == ['"id"', "1", "2"]
    file.close()
    assert answered(again.post(EXECUTE, {"query": READ}))["rows"] == [{"id": 1}, {"id": 2}]


def test_a_token_that_ends_in_the_queue_is_told_to_who_polls(
    sql_workspace: SqlWorkspace, ann: ApiClient
) -> None:
    queued = answered(ann.post(EXECUTE, {"query": READ, "async": True}))
    sql_workspace.rest.state.expire("token-of-ann")
    assert run_next()
    run = QueryRun.objects.get(pk=queued["query_id"])
    assert (run.state, run.error_code) == ("failed", "WORKSPACE_TOKEN_EXPIRED")
    refused(ann.get(f"/api/queries/{queued['query_id']}/status"))


# ---------------------------------------------------------------- streams of events


@pytest.fixture
def stream(
    sql_workspace: SqlWorkspace, ann: ApiClient, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> Iterator[bytes]:
    """The events of a query that waits, after its first one; the workspace is asked each time."""
    monkeypatch.setattr(events, "READ_ANYWAY_S", 0.1)
    settings.WORKSPACE_RECHECK_S = 0
    queued = answered(ann.post(EXECUTE, {"query": READ, "async": True}))
    response = ann.get(f"/api/queries/{queued['query_id']}/events")
    parts = iter(response.streaming_content)
    while b"event: state" not in next(parts):
        pass
    yield parts
    response.close()


def the_last_of(stream: Iterator[bytes]) -> dict[str, Any]:
    """The data of the last event, which is an error."""
    parts = [part for part in stream if not part.startswith(b":")]
    assert len(parts) == 1
    name, data = parts[0].decode().strip().split("\n")
    assert name == "event: error"
    return dict(json.loads(data.removeprefix("data: ")))


def test_a_stream_of_events_ends_with_the_workspace_token(
    sql_workspace: SqlWorkspace, stream: Iterator[bytes]
) -> None:
    assert next(stream).startswith(b":")
    sql_workspace.rest.state.expire("token-of-ann")
    error = the_last_of(stream)
    assert (error["status_code"], error["error_code"]) == (401, "WORKSPACE_TOKEN_EXPIRED")


def test_a_stream_of_events_ends_with_the_access_token(
    stream: Iterator[bytes],
) -> None:
    with time_machine.travel(timezone.now() + timedelta(hours=1)):
        assert the_last_of(stream)["error_code"] == "TOKEN_EXPIRED"


def test_a_stream_of_events_ends_with_the_session(ann: ApiClient, stream: Iterator[bytes]) -> None:
    ann.post("/api/auth/logout")
    assert the_last_of(stream)["error_code"] == "SESSION_ENDED"


def test_a_logout_ends_what_waits(sql_workspace: SqlWorkspace, ann: ApiClient) -> None:
    queued = answered(ann.post(EXECUTE, {"query": READ, "async": True}))
    ann.post("/api/auth/logout")
    assert run_next()
    run = QueryRun.objects.get(pk=queued["query_id"])
    assert (run.state, run.error_code) == ("failed", "WORKSPACE_TOKEN_EXPIRED")


def test_work_in_the_background_runs_as_who_asked(
    sql_workspace: SqlWorkspace, ann: ApiClient
) -> None:
    queued = answered(ann.post(EXECUTE, {"query": READ, "async": True}))
    assert run_next()
    status = answered(ann.get(f"/api/queries/{queued['query_id']}/status"))
    assert status["status"] == "completed", status
    who = [one.person.user_name for one in sql_workspace.warehouse.api.history if one.sql == READ]
    assert who == ["ann@example.com"]


# ---------------------------------------------------------------- current_user() at the sign-in


def login() -> int:
    response = ApiClient().post("/api/auth/login", {"databricks_token": "token-of-ann"})
    return int(response.status_code)


def test_a_token_that_the_warehouse_takes_for_another_is_refused(
    sql_workspace: SqlWorkspace, ann: ApiClient
) -> None:
    sql_workspace.engine.when("SELECT current_user()", pa.table({"u": ["bob@example.com"]}))
    assert login() == 401


def test_a_sign_in_can_leave_the_warehouse_asleep(
    sql_workspace: SqlWorkspace, ann: ApiClient, settings: Settings
) -> None:
    settings.WORKSPACE_SIGN_IN_QUERY = False
    sql_workspace.engine.when("SELECT current_user()", pa.table({"u": ["bob@example.com"]}))
    before = len(sql_workspace.warehouse.requests)
    assert login() == 200
    assert len(sql_workspace.warehouse.requests) == before


def test_case_in_names_means_nothing(sql_workspace: SqlWorkspace, ann: ApiClient) -> None:
    sql_workspace.engine.when("SELECT current_user()", pa.table({"u": ["Ann@Example.COM"]}))
    assert login() == 200


def test_a_warehouse_that_does_not_answer_keeps_nobody_out(
    sql_workspace: SqlWorkspace, ann: ApiClient, settings: Settings
) -> None:
    def fails(asked: Asked) -> pa.Table:
        raise WarehouseUnavailable("broken")

    sql_workspace.engine.when("SELECT current_user()", fails)
    assert login() == 200
    settings.DATABRICKS_CONNECTION = {"_connection_uri": "http://127.0.0.1:1/sql"}
    assert login() == 200
