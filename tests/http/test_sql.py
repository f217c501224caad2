"""Contract 13 and 14: raw SQL."""

from __future__ import annotations

from typing import Any

import pytest

from tests.http.client import HttpClient
from tests.http.shapes import ANY, BOOL, ID, INT, NUMBER, TEXT, Items, Nullable, check

ANSWER = {
    "columns": Items(TEXT),
    "column_types": Items(TEXT),
    "rows": Items({}),
    "row_count": INT,
    "execution_time_ms": NUMBER,
    "query_id": ID,
    "statement_id": TEXT,
    "truncated": BOOL,
    "cached": BOOL,
}
VERDICT = {
    "valid": BOOL,
    "is_valid": BOOL,
    "errors": Items(TEXT, may_be_empty=True),
    "warnings": Items(ANY, may_be_empty=True),
    "message": TEXT,
    "details": Nullable({"line": INT, "column": INT}),
}
COUNTS = "SELECT carrier_code, count(*) AS n FROM gold.flights GROUP BY ALL ORDER BY n DESC"


def execute(client: HttpClient, query: str, **more: Any) -> Any:
    return client.answer("POST", "/api/queries/execute", {"query": query, **more})


@pytest.mark.parametrize("slash", ["", "/"])
def test_execute(analyst: HttpClient, dialect: str, slash: str) -> None:
    body = analyst.answer("POST", f"/api/queries/execute{slash}", {"query": COUNTS, "limit": 2})
    check(body, ANSWER)
    assert body["columns"] == ["carrier_code", "n"]
    text = {"duckdb": "VARCHAR", "databricks": "STRING"}[dialect]
    assert body["column_types"] == [text, "BIGINT"]
    assert body["rows"] == [
        {"carrier_code": "UA", "n": 58_665},
        {"carrier_code": "B6", "n": 54_635},
    ]
    assert (body["row_count"], body["truncated"]) == (2, True)


def test_truncated_is_exact(analyst: HttpClient) -> None:
    assert execute(analyst, COUNTS, limit=16)["truncated"] is False
    assert execute(analyst, COUNTS, limit=15)["truncated"] is True
    assert execute(analyst, "FROM gold.flights SELECT flight_id")["row_count"] == 1_000


def test_parameters_are_bound(analyst: HttpClient) -> None:
    body = execute(
        analyst, "SELECT $text AS t, :number + 1 AS n", parameters={"text": "a';--", "number": 41}
    )
    assert body["rows"] == [{"t": "a';--", "n": 42}]


def test_values_that_json_cannot_hold(analyst: HttpClient) -> None:
    body = execute(
        analyst,
        "SELECT 9007199254740993 AS big, 1.10::DECIMAL(9,2) AS money, 'NaN'::DOUBLE AS odd, "
        "DATE '2013-01-31' AS day, 1 AS a, 2 AS a, 'ü€😀' AS text",
    )
    assert body["columns"] == ["big", "money", "odd", "day", "a", "a_2", "text"]
    assert list(body["rows"][0].values()) == [
        "9007199254740993",
        "1.10",
        "NaN",
        "2013-01-31",
        1,
        2,
        "ü€😀",
    ]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("SELCT 1", "SQL_ERROR"),
        ("SELECT nope FROM gold.flights", "SQL_ERROR"),
        ("SELECT * FROM gold.nope", "SQL_ERROR"),
        ("SELECT 1 +", "SQL_ERROR"),
        ("DELETE FROM gold.flights", "STATEMENT_NOT_ALLOWED"),
        ("SELECT 1; SELECT 2", "STATEMENT_NOT_ALLOWED"),
        ("SELECT * FROM read_csv('/etc/passwd')", "STATEMENT_NOT_ALLOWED"),
        ("WITH x AS (SELECT getenv('HOME')) FROM x", "STATEMENT_NOT_ALLOWED"),
        ("ATTACH '/tmp/x.db'", "STATEMENT_NOT_ALLOWED"),
        ("COPY gold.flights TO '/tmp/x.csv'", "STATEMENT_NOT_ALLOWED"),
        ("SET memory_limit = '10GB'", "STATEMENT_NOT_ALLOWED"),
    ],
)
def test_statements_that_fail(analyst: HttpClient, dialect: str, query: str, code: str) -> None:
    if dialect == "databricks" and "getenv" in query:
        code = "SQL_ERROR"  # no function there
    refused = analyst.refused(
        "POST", "/api/queries/execute", {"query": query}, status=400, code=code
    )
    assert refused["details"]["line"] == 1
    assert refused["details"]["column"] >= 1
    assert "Traceback" not in refused["detail"]


@pytest.mark.parametrize("slash", ["", "/"])
@pytest.mark.parametrize(
    ("query", "valid"), [(COUNTS, True), ("SELECT carier FROM gold.flights", False)]
)
def test_validate(viewer: HttpClient, query: str, valid: bool, slash: str) -> None:
    body = viewer.answer("POST", f"/api/queries/validate{slash}", {"query": query})
    check(body, VERDICT)
    assert body["valid"] is body["is_valid"] is valid
    assert bool(body["errors"]) is not valid
    assert (body["details"] is None) is valid
