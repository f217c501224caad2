"""Queries of the service on a Databricks workspace: SQL, background, results, exports, cache.

The way is real (unmodified driver and SDK over HTTP, people signed in with workspace tokens); what
the warehouse answers is a script.
"""

from __future__ import annotations

from collections.abc import Iterator
from threading import Event
from typing import Any

import pyarrow as pa
import pytest

from queries import services as queries
from tests.accounts_fixtures import ApiClient
from tests.adapters.databricks.test_texts import CAST, MISMATCH
from tests.adapters.databricks.waiting import until
from tests.queries.corpus import HOSTILE
from tests.workspace import whole
from tests.workspace.engine import ScriptedEngine, StatementFailed
from tests.workspace.faults import Fault
from tests.workspace.state import WorkspaceState
from tests.workspace.whole import WholeWorkspace

pytestmark = pytest.mark.django_db(transaction=True)

EXECUTE = "/api/queries/execute"
READ = "SELECT id, amount FROM shop.gold.sales"
ROWS = pa.table({"id": pa.array([1, 2], pa.int64()), "amount": pa.array(["a", "b"])})
EXPIRED = "WORKSPACE_TOKEN_EXPIRED"


@pytest.fixture
def engine() -> ScriptedEngine:
    engine = ScriptedEngine()
    engine.when(READ, ROWS)
    return engine


@pytest.fixture
def workspace(services: None, settings: Any, engine: ScriptedEngine) -> Iterator[WholeWorkspace]:
    with whole.running(WorkspaceState(), engine, catalog="shop") as running:
        running.configure(settings)
        settings.WORKSPACE_RECHECK_S = 0
        yield running


def signed_in(workspace: WholeWorkspace, name: str) -> ApiClient:
    token = workspace.add_person(name, "analyst")
    response = ApiClient().post("/api/auth/login", {"databricks_token": token})
    assert response.status_code == 200, response.content
    return ApiClient(response.json()["access_token"])


@pytest.fixture
def ann(workspace: WholeWorkspace) -> ApiClient:
    return signed_in(workspace, "ann")


def questions(workspace: WholeWorkspace) -> list[Any]:
    """The statements that people asked for; signing in asks who they are."""
    return [one for one in workspace.warehouse.api.history if "current_user()" not in one.sql]


def asked(client: ApiClient, status: int = 200, **body: Any) -> Any:
    response = client.post(EXECUTE, {"query": READ, **body})
    assert response.status_code == status, response.content
    return response.json()


def test_sql_runs_as_whoever_asks(workspace: WholeWorkspace, ann: ApiClient) -> None:
    answer = asked(ann)
    assert answer["rows"] == [{"id": 1, "amount": "a"}, {"id": 2, "amount": "b"}]
    assert answer["column_types"] == ["BIGINT", "STRING"]
    (statement,) = questions(workspace)
    assert statement.person.user_name == "ann@example.com"
    assert f"query_id:{answer['query_id']}" in statement.tags
    assert "user:ann@example.com" in statement.tags
    assert "request_id:" in statement.tags
    assert statement.row_limit == 1001
    assert statement.configuration["STATEMENT_TIMEOUT"] == "300"


def test_nothing_is_sent_of_what_the_guard_refuses(
    workspace: WholeWorkspace, ann: ApiClient, settings: Any
) -> None:
    """The whole corpus, over HTTP: its own code, and the warehouse hears of none."""
    settings.RATE_LIMIT_PROFILE = "development"
    asked_before = len(workspace.warehouse.requests)
    for query in [query for group in HOSTILE["databricks"].values() for query in group if query]:
        response = ann.post(EXECUTE, {"query": query})
        code = response.json()["error_code"]
        assert response.status_code == 400, (query, code)
        assert code in {"STATEMENT_NOT_ALLOWED", "STATEMENT_EMPTY"}, query
    assert workspace.warehouse.requests[asked_before:] == []


def test_answers_are_kept_for_their_owner_alone(workspace: WholeWorkspace, ann: ApiClient) -> None:
    bo = signed_in(workspace, "bo")
    cached = [asked(client)["cached"] for client in (ann, ann, bo, bo)]
    assert cached == [False, True, False, True]
    assert [one.person.user_name for one in questions(workspace)] == [
        "ann@example.com",
        "bo@example.com",
    ]


def test_a_query_in_the_background(workspace: WholeWorkspace, ann: ApiClient) -> None:
    query_id = asked(ann, 202, **{"async": True})["query_id"]
    assert queries.run_next()
    status = ann.get(f"/api/queries/{query_id}/status").json()
    assert (status["status"], status["row_count"]) == ("completed", 2)
    rows = ann.get(f"/api/queries/{query_id}/results").json()["rows"]
    assert [row["id"] for row in rows] == [1, 2]
    assert questions(workspace)[0].person.user_name == "ann@example.com"


def test_an_export(workspace: WholeWorkspace, ann: ApiClient) -> None:
    exported = asked(ann, export_format="csv")
    text = b"".join(ann.get(exported["export_url"]).streaming_content).decode()
    assert text.replace('"', "").split() == ["id,amount", "1,a", "2,b"]


def test_an_expired_token_is_told_at_submit_poll_and_download(
    workspace: WholeWorkspace, ann: ApiClient
) -> None:
    query_id = asked(ann, 202, **{"async": True})["query_id"]
    assert queries.run_next()
    waiting = asked(ann, 202, **{"async": True})["query_id"]
    exported = asked(ann, export_format="csv")
    workspace.state.expire("dapi-ann-of-analyst")
    # The worker hears it too, and ends the query.
    assert queries.run_next()
    for response in (
        ann.post(EXECUTE, {"query": READ}),
        ann.get(f"/api/queries/{waiting}/status"),
        ann.get(f"/api/queries/{query_id}/results"),
        ann.get(exported["export_url"].split("?")[0]),
    ):
        assert (response.status_code, response.json()["error_code"]) == (401, EXPIRED)


def test_a_token_that_ends_while_a_query_waits_for_the_warehouse(
    workspace: WholeWorkspace, ann: ApiClient, settings: Any
) -> None:
    settings.WORKSPACE_RECHECK_S = 3600
    workspace.warehouse.faults.plan("ExecuteStatement", Fault(403, "Invalid access token."))
    assert asked(ann, 401)["error_code"] == EXPIRED


def test_a_query_in_the_background_ends_by_its_deadline_where_the_warehouse_hangs(
    workspace: WholeWorkspace, ann: ApiClient, settings: Any
) -> None:
    """The worker is free again, and the statement is stopped in the warehouse."""
    settings.QUERY_BACKGROUND_TIMEOUT_S = 5
    hang = Event()
    query_id = asked(ann, 202, **{"async": True})["query_id"]
    workspace.warehouse.faults.plan("GetOperationStatus", Fault(hang=hang), times=50)
    try:
        assert queries.run_next()
        status = ann.get(f"/api/queries/{query_id}/status").json()
        assert status["status"] == "failed"
        assert "longer than 5 seconds" in status["error"]
        until(lambda: "CancelOperation" in workspace.warehouse.requests)
    finally:
        hang.set()


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        (Fault(429, headers={"Retry-After": "600"}), 503, "WAREHOUSE_BUSY"),
        (Fault(503, "starting", {"Retry-After": "600"}), 503, "WAREHOUSE_STARTING"),
        (Fault(403, "You need CAN USE"), 403, "WAREHOUSE_ACCESS_DENIED"),
        (Fault(404), 503, "WAREHOUSE_NOT_FOUND"),
        (Fault(500), 502, "WAREHOUSE_ERROR"),
    ],
)
def test_what_the_caller_hears(
    workspace: WholeWorkspace, ann: ApiClient, fault: Fault, status: int, code: str
) -> None:
    workspace.warehouse.faults.plan("OpenSession", fault, times=9)
    response = ann.post(EXECUTE, {"query": READ})
    assert (response.status_code, response.json()["error_code"]) == (status, code)
    if fault.headers:
        assert response.headers["Retry-After"] == "600"


def test_half_a_result_is_no_answer(workspace: WholeWorkspace, ann: ApiClient) -> None:
    workspace.warehouse.faults.plan("FetchResults", Fault(half=True))
    assert asked(ann, 502)["error_code"] == "RESULT_INTERRUPTED"


MODEL = """
semantic_model:
  name: people
  model: shop.gold.people
  defaults: {agg_time_dimension: joined}
  entities: [{name: person, type: primary, expr: id}]
  dimensions:
    - {name: joined, type: time, type_params: {time_granularity: day}}
    - {name: name, type: categorical}
  measures: [{name: people_count, agg: count, expr: id, create_metric: true}]
"""
QUESTION = "/api/metrics-explorer/"


@pytest.mark.parametrize(
    ("condition", "failure", "path", "expected"),
    [
        (
            {"field": "person", "op": "=", "value": "abc"},
            CAST.format(value="abc", type="BIGINT"),
            "where[0].value",
            "BIGINT",
        ),
        (
            {"field": "person__name", "op": "=", "value": 5},
            CAST.format(value="Ada", type="BIGINT"),
            "where[0].value",
            "text",
        ),
        (
            {"field": "person", "op": "=", "value": True},
            MISMATCH.format(said="id = true", left="INT", right="BOOLEAN"),
            "where[0].value",
            "INT",
        ),
        (
            {"not": {"field": "person__name", "op": "=", "value": True}},
            CAST.format(value="Ada", type="BOOLEAN").replace("id BETWEEN :p0 AND", "name = TRUE"),
            "where[0].not.value",
            "text",
        ),
        ("person = 'abc'", CAST.format(value="abc", type="BIGINT"), "where[0]", "BIGINT"),
    ],
    ids=[
        "text for a number",
        "number for a text",
        "truth for a number",
        "truth for a text",
        "in a text",
    ],
)
def test_a_filters_value_of_a_wrong_type_is_told_as_on_duckdb(
    workspace: WholeWorkspace,
    ann: ApiClient,
    engine: ScriptedEngine,
    condition: Any,
    failure: str,
    path: str,
    expected: str,
) -> None:
    refused = refusal(workspace, ann, engine, condition, failure)
    assert (refused.status_code, refused.json()["error_code"]) == (422, "INVALID_FILTER")
    (error,) = refused.json()["details"]["errors"]
    assert (error["path"], refused.json()["details"]["expected_type"]) == (path, expected)
    assert "Ada" not in refused.content.decode(), "no data of the column is shown"


def test_what_a_model_converts_is_the_models_fault(
    workspace: WholeWorkspace, ann: ApiClient, engine: ScriptedEngine
) -> None:
    """Also beside a filter on a number: nothing of the filter is in what failed."""
    failure = CAST.format(value="Ada", type="INT").replace(":p", "xx")
    condition = {"field": "person", "op": "=", "value": 5}
    refused = refusal(workspace, ann, engine, condition, failure)
    assert (refused.status_code, refused.json()["error_code"]) == (400, "SQL_ERROR")
    assert refused.json()["details"]["models"] == ["people"]
    assert "Ada" not in refused.content.decode(), "no data of the column is shown"


def refusal(
    workspace: WholeWorkspace, ann: ApiClient, engine: ScriptedEngine, condition: Any, failure: str
) -> Any:
    """The answer to a question whose statement fails so."""
    token = workspace.add_person("eve", "engineer")
    login = ApiClient().post("/api/auth/login", {"databricks_token": token}).json()
    written = ApiClient(login["access_token"]).post("/api/models", {"yaml": MODEL})
    assert written.status_code == 201, written.content
    body = {"metrics": ["people_count"], "where": [condition]}
    compiled = ann.post(f"{QUESTION}compile", body)
    assert compiled.status_code == 200, compiled.content
    engine.when(compiled.json()["sql"], StatementFailed(failure))
    return ann.post(f"{QUESTION}query", body)
