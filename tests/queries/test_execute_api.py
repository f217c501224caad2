"""POST /api/queries/execute over HTTP, with DuckDB behind it."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from queries.models import QueryRun
from semantic_layer.accounts.models import User
from tests.accounts_fixtures import Api, ApiClient
from tests.queries.conftest import execute
from tests.waiting import wait_for

SLOW = "SELECT count(*) FROM range(200000000000) a WHERE a.range % 7 = 3"


def test_answers_with_exactly_the_contract(analyst_api: ApiClient) -> None:
    response = execute(
        analyst_api, "SELECT customer_id, name FROM shop.main.customers ORDER BY customer_id"
    )
    body = response.json()
    assert response.status_code == 200, body
    assert set(body) == {
        "columns", "column_types", "rows", "row_count", "execution_time_ms", "query_id",
        "statement_id", "truncated", "cached", "cache",
    }  # fmt: skip
    assert body["columns"] == ["customer_id", "name"]
    assert body["column_types"] == ["INTEGER", "VARCHAR"]
    assert body["rows"][0] == {"customer_id": 1, "name": "Ada"}
    assert (body["row_count"], body["truncated"], body["cached"]) == (3, False, False)
    assert body["execution_time_ms"] > 0


def test_the_slash_at_the_end_is_optional(analyst_api: ApiClient) -> None:
    response = analyst_api.post("/api/queries/execute/", {"query": "SELECT 1 AS one"})
    assert response.json()["rows"] == [{"one": 1}]


@pytest.mark.parametrize(
    ("limit", "rows", "truncated"),
    [
        (2499, 2499, True),
        (2500, 2500, False),
        (2501, 2500, False),
        (1, 1, True),
        (None, 1000, True),
    ],
)
def test_truncated_is_true_exactly_when_more_rows_exist(
    analyst_api: ApiClient, limit: int | None, rows: int, truncated: bool
) -> None:
    body = execute(analyst_api, "SELECT n FROM shop.main.numbers", limit=limit).json()
    assert (body["row_count"], len(body["rows"]), body["truncated"]) == (rows, rows, truncated)


def test_no_rows_is_an_answer(analyst_api: ApiClient) -> None:
    body = execute(analyst_api, "SELECT n FROM shop.main.numbers WHERE n < 0").json()
    assert (body["columns"], body["rows"], body["truncated"]) == (["n"], [], False)


def test_duplicate_column_names_are_made_unique(analyst_api: ApiClient) -> None:
    body = execute(analyst_api, "SELECT 1 AS a, 2 AS a, 3 AS a_2").json()
    assert body["columns"] == ["a", "a_3", "a_2"] or body["columns"] == ["a", "a_2", "a_2_2"]
    assert sorted(body["rows"][0].values()) == [1, 2, 3]


@pytest.mark.parametrize(
    ("expression", "value", "kind"),
    [
        ("12.50::DECIMAL(18,2)", "12.50", "DECIMAL(18,2)"),
        ("9007199254740992::BIGINT", 9007199254740992, "BIGINT"),
        ("9007199254740993::BIGINT", "9007199254740993", "BIGINT"),
        ("'nan'::DOUBLE", "NaN", "DOUBLE"),
        ("1e0 / 3", 1 / 3, "DOUBLE"),
        ("DATE '2025-01-31'", "2025-01-31", "DATE"),
        ("TIMESTAMP '2025-01-31 10:00:00'", "2025-01-31T10:00:00", "TIMESTAMP"),
        (
            "TIMESTAMPTZ '2025-01-31 10:00:00+02'",
            "2025-01-31T08:00:00Z",
            "TIMESTAMP WITH TIME ZONE",
        ),
        ("{'a': 1, 'b': [1, NULL]}", {"a": 1, "b": [1, None]}, "STRUCT(a INTEGER, b INTEGER[])"),
        ("NULL", None, "NULL"),
        ("true", True, "BOOLEAN"),
    ],
)
def test_values_keep_their_digits_and_types(
    analyst_api: ApiClient, expression: str, value: Any, kind: str
) -> None:
    body = execute(analyst_api, f"SELECT {expression} AS v").json()
    assert body["rows"] == [{"v": value}]
    assert body["column_types"] == [kind]


@pytest.mark.parametrize("mark", ["$", ":"])
def test_parameters_are_bound_and_never_pasted(analyst_api: ApiClient, mark: str) -> None:
    hostile = "x' OR 1=1 --"
    body = execute(
        analyst_api,
        f"SELECT {mark}a AS a, {mark}b::INTEGER + 1 AS b, {mark}c AS c WHERE {mark}d",
        parameters={"a": hostile, "b": 41, "c": None, "d": True},
    ).json()
    assert body["rows"] == [{"a": hostile, "b": 42, "c": None}]


@pytest.mark.parametrize(
    ("query", "parameters", "word"),
    [
        ("SELECT $a, $b", {"a": 1}, "b"),
        ("SELECT $a", {"a": 1, "zz": 2}, "zz"),
    ],
)
def test_missing_and_unused_parameters_are_named(
    analyst_api: ApiClient, query: str, parameters: dict[str, Any], word: str
) -> None:
    response = execute(analyst_api, query, parameters=parameters)
    assert response.status_code == 400
    assert word in response.json()["detail"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "query"),
        ({"query": ""}, "query"),
        ({"query": None}, "query"),
        ({"query": ["SELECT 1"]}, "query"),
        ({"query": "SELECT 1", "limit": 0}, "limit"),
        ({"query": "SELECT 1", "limit": -5}, "limit"),
        ({"query": "SELECT 1", "limit": 10_001}, "limit"),
        ({"query": "SELECT 1", "limit": "ten"}, "limit"),
        ({"query": "SELECT 1", "limit": 1.5}, "limit"),
        ({"query": "SELECT 1", "parameters": [1]}, "parameters"),
        ({"query": "SELECT 1", "parameters": {"a": {"b": 1}}}, "parameters.a"),
        ({"query": "SELECT 1", "export_format": "pdf"}, "export_format"),
        ({"query": "SELECT 1", "async": "perhaps"}, "async"),
        ({"query": "SELECT 1", "limitt": 5}, "limitt"),
    ],
)
def test_bad_input_is_400_and_names_the_field(
    analyst_api: ApiClient, body: dict[str, Any], field: str
) -> None:
    response = analyst_api.post("/api/queries/execute", body)
    assert response.status_code == 400, response.json()
    assert field in response.json()["field_errors"]


def test_an_unknown_field_is_told_what_was_meant(analyst_api: ApiClient) -> None:
    response = execute(analyst_api, "SELECT 1", warehouseid="x")
    assert response.json()["field_errors"]["warehouseid"] == [
        "Unknown field; did you mean 'warehouse_id'?"
    ]


@pytest.mark.parametrize("content", [b"{", b"[]", b"\xff", b'"SELECT 1"', b""])
def test_a_body_that_is_no_object_is_400(analyst_api: ApiClient, content: bytes) -> None:
    response = analyst_api.post("/api/queries/execute", content, content_type="application/json")
    assert response.status_code == 400


@pytest.mark.parametrize(
    "parameters", [{"a b": 1}, {"": 1}, {"a": 2**63}, {f"p{n}": n for n in range(257)}]
)
def test_parameters_that_cannot_be_bound_are_400(
    analyst_api: ApiClient, parameters: dict[str, Any]
) -> None:
    assert execute(analyst_api, "SELECT 1", parameters=parameters).status_code == 400


def test_a_number_that_overflows_is_400(analyst_api: ApiClient) -> None:
    content = b'{"query": "SELECT $a", "parameters": {"a": 1e999}}'
    response = analyst_api.post("/api/queries/execute", content, content_type="application/json")
    assert response.status_code == 400


@pytest.mark.parametrize("query", ["  \n ", "-- nothing", ";", "/* open"])
def test_a_text_without_a_statement_is_400(analyst_api: ApiClient, query: str) -> None:
    response = execute(analyst_api, query)
    assert response.status_code == 400
    assert response.json()["error_code"] in {"SQL_ERROR", "STATEMENT_EMPTY"}


def test_text_over_the_limit_is_400(analyst_api: ApiClient) -> None:
    response = execute(analyst_api, "SELECT 1 -- " + "x" * 10_000)
    assert response.status_code == 400
    assert response.json()["error_code"] == "QUERY_TOO_LONG"
    assert execute(analyst_api, "SELECT 1 AS a --".ljust(10_000, "x")).status_code == 200


def test_nulls_mean_left_out(analyst_api: ApiClient) -> None:
    response = execute(
        analyst_api, "SELECT 1 AS a", limit=None, parameters=None, warehouse_id=None,
        export_format=None,
    )  # fmt: skip
    assert response.status_code == 200


def test_the_warehouse_can_be_named(analyst_api: ApiClient) -> None:
    assert execute(analyst_api, "SELECT 1 AS a", warehouse_id="duckdb").status_code == 200
    response = execute(analyst_api, "SELECT 1 AS a", warehouse_id="other")
    assert (response.status_code, response.json()["error_code"]) == (422, "UNKNOWN_WAREHOUSE")


@pytest.mark.parametrize(
    ("query", "line", "column"),
    [
        ("SELECT naem FROM shop.main.customers", 1, 8),
        ("SELECT name\nFROM shop.main.customer", 2, 6),
        ("SELEC 1", 1, 1),
        ("SELECT 1 +", None, None),
        ("SELECT :a AS a, naem FROM shop.main.customers", 1, 17),
    ],
)
def test_sql_errors_are_400_with_their_place(
    analyst_api: ApiClient, query: str, line: int | None, column: int | None
) -> None:
    extra = {"parameters": {"a": 1}} if ":a" in query else {}
    response = execute(analyst_api, query, **extra)
    body = response.json()
    assert response.status_code == 400, body
    assert body["error_code"] == "SQL_ERROR"
    if line is not None:
        assert (body["details"]["line"], body["details"]["column"]) == (line, column)


def test_an_error_in_the_middle_of_the_data_is_400(analyst_api: ApiClient) -> None:
    response = execute(analyst_api, "SELECT CAST(name AS INTEGER) AS n FROM shop.main.customers")
    assert (response.status_code, response.json()["error_code"]) == (400, "SQL_ERROR")


@pytest.mark.parametrize(
    "query",
    [
        "DROP TABLE shop.main.customers",
        "INSERT INTO shop.main.customers VALUES (4, 'Di', 'DE', NULL)",
        "WITH x AS (SELECT 1) DELETE FROM shop.main.customers",
        "SELECT 1; SELECT 2",
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM '/etc/passwd'",
        "WITH a AS (SELECT * FROM glob('/*')) SELECT * FROM a",
        "SELECT (SELECT max(x) FROM read_text('/etc/hostname') t(x))",
        "COPY (SELECT 1) TO '/tmp/x.csv'",
        "ATTACH '/tmp/x.duckdb' AS x",
        "INSTALL httpfs",
        "SET memory_limit = '100GB'",
        "SELECT getenv('HOME')",
        "PRAGMA database_list",
        "CREATE TABLE t AS SELECT 1",
    ],
)
def test_statements_that_do_more_than_read_are_refused_and_recorded(
    analyst_api: ApiClient, query: str
) -> None:
    response = execute(analyst_api, query)
    body = response.json()
    assert (response.status_code, body["error_code"]) == (400, "STATEMENT_NOT_ALLOWED"), body
    run = QueryRun.objects.get()
    assert (run.state, run.error_code, run.sql) == ("failed", "STATEMENT_NOT_ALLOWED", query)
    assert execute(analyst_api, "SELECT count(*) AS n FROM shop.main.customers").json()["rows"] == [
        {"n": 3}
    ]


def test_the_text_may_end_with_a_semicolon_and_hold_comments(analyst_api: ApiClient) -> None:
    body = execute(analyst_api, "-- first\nSELECT 1 AS a /* ; */ ;\n").json()
    assert body["rows"] == [{"a": 1}]


def test_past_the_deadline_it_is_504_and_stops_in_the_engine(
    analyst_api: ApiClient, settings: Any
) -> None:
    settings.QUERY_TIMEOUT_S = 1
    response = execute(analyst_api, SLOW)
    body = response.json()
    assert (response.status_code, body["error_code"]) == (504, "QUERY_TIMEOUT"), body
    wait_for(_is_idle, what="the end of the statement in the engine")
    run = QueryRun.objects.get()
    assert (run.state, run.error_code) == ("failed", "QUERY_TIMEOUT")


def _is_idle() -> bool:
    """Whether this process computes next to nothing."""
    began = time.process_time()
    time.sleep(0.3)
    return time.process_time() - began < 0.1


def test_two_people_at_once_get_their_own_rows(
    transactional_db: None, api: Api, analyst: User, engineer: User, shop: Path
) -> None:
    """Requests run in threads of one process, as under gunicorn."""
    found: dict[str, list[Any]] = {}
    clients = {person.email: api(person) for person in (analyst, engineer)}

    def ask(email: str, client: ApiClient) -> None:
        try:
            found[email] = [
                execute(client, f"SELECT '{email}' AS who, {n} AS n").json()["rows"][0]["who"]
                for n in range(5)
            ]
        finally:
            connection.close()

    threads = [threading.Thread(target=ask, args=item) for item in clients.items()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {email: [email] * 5 for email in clients}


def test_a_run_is_recorded_with_what_it_cost(analyst_api: ApiClient, analyst: User) -> None:
    body = analyst_api.post(
        "/api/queries/execute",
        {"query": "SELECT $n AS n", "parameters": {"n": 7}, "limit": 5},
        headers={"X-Request-ID": "mine-1"},
    ).json()
    run = QueryRun.objects.get(pk=body["query_id"])
    assert (run.kind, run.state, run.actor_id, run.actor_email) == (
        "sql", "completed", str(analyst.pk), "analyst@example.com",
    )  # fmt: skip
    assert (run.sql, run.parameters, run.row_limit) == ("SELECT $n AS n", {"n": 7}, 5)
    assert (run.row_count, run.truncated, run.cached, run.warehouse) == (1, False, False, "duckdb")
    assert (run.statement_id, run.request_id) == (body["statement_id"], "mine-1")
    assert run.engine_ms == body["execution_time_ms"]
    assert run.total_ms is not None
    assert run.engine_ms is not None
    assert run.total_ms >= run.engine_ms
    assert run.byte_count is not None
    assert run.byte_count > 0
    assert run.error_code == ""
