"""What is wrong with a request is told as 4xx, never clamped, never a failure of ours."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from tests.api.permission_table import ROWS, SOMEONE, Row
from tests.http.client import HttpClient
from tests.http.operations import OPERATIONS

QUERY = "/api/metrics-explorer/query"
EXECUTE = "/api/queries/execute"
VALUES = "/api/metrics-explorer/dimension-values"
DIMENSIONS = "/api/metrics-explorer/dimensions"
TABLES = "/api/metadata/tables?catalog=flights&schema=gold"
COLUMNS = "/api/metadata/columns?catalog=flights&schema=gold"
COMPLETION = "/api/metadata/sql-autocomplete"
LONG = "x" * 300

# path with query string -> the field that is to blame
BAD_PARAMETERS = [
    ("/api/metadata/schemas", "catalog"),
    ("/api/metadata/schemas?catalog=", "catalog"),
    ("/api/metadata/tables?catalog=flights", "schema"),
    ("/api/metadata/tables?schema=gold", "catalog"),
    (COLUMNS, "table"),
    (f"{COLUMNS}&table={LONG}", "table"),
    (f"{COLUMNS}&table=%00", "table"),
    (f"{TABLES}&search={LONG}", "search"),
    (f"{TABLES}&filter_prefix={LONG}", "filter_prefix"),
    (COMPLETION, "prefix"),
    (f"{COMPLETION}?prefix=a", "prefix"),
    (f"{COMPLETION}?prefix={LONG}", "prefix"),
    (f"{COMPLETION}?search=%20b%20", "search"),
    ("/api/models?category=prod", "category"),
    ("/api/models?categry=production", "categry"),
    ("/api/models?expand=perhaps", "expand"),
    ("/api/models/flights?category=prod", "category"),
    ("/api/models/flights/download?category=prod", "category"),
    ("/api/metrics-explorer/metrics?type=simpel", "type"),
    ("/api/metrics-explorer/metrics?category=x", "category"),
    ("/api/metrics-explorer/metrics?page_size=201", "page_size"),
    ("/api/metrics-explorer/search", "query"),
    ("/api/metrics-explorer/search?query=", "query"),
    ("/api/metrics-explorer/search?query=a&q=b", "query"),
    (f"/api/metrics-explorer/search?query={LONG}", "query"),
]
PAGED = [
    "/api/metadata/catalogs?",
    "/api/metadata/schemas?catalog=flights&",
    f"{TABLES}&",
    f"{COLUMNS}&table=flights&",
    "/api/models?",
    "/api/metrics-explorer/metrics?",
    "/api/metrics-explorer/search?query=flights&",
]
BAD_PAGES = ["page=0", "page=-1", "page=x", "page=1.5", "page_size=0", "page_size=1000", "page="]

# path, body -> the field that is to blame
BAD_BODIES: list[tuple[str, Any, str]] = [
    ("/api/auth/login", {}, "databricks_token"),
    ("/api/auth/login", {"token": "x"}, "token"),
    ("/api/auth/login", {"databricks_token": ""}, "databricks_token"),
    ("/api/auth/login", {"databricks_token": None}, "databricks_token"),
    ("/api/auth/login", {"databricks_token": ["x"]}, "databricks_token"),
    ("/api/auth/login", {"databricks_token": "x" * 5000}, "databricks_token"),
    ("/api/auth/refresh", {"refresh_token": 7.5, "x": 1}, "x"),
    ("/api/auth/refresh", {"refresh_token": {}}, "refresh_token"),
    (EXECUTE, {}, "query"),
    (EXECUTE, {"query": ""}, "query"),
    (EXECUTE, {"query": None}, "query"),
    (EXECUTE, {"query": {}}, "query"),
    (EXECUTE, {"query": "SELECT 1", "limit": 0}, "limit"),
    (EXECUTE, {"query": "SELECT 1", "limit": 10_001}, "limit"),
    (EXECUTE, {"query": "SELECT 1", "limit": "many"}, "limit"),
    (EXECUTE, {"query": "SELECT 1", "parameters": [1]}, "parameters"),
    (EXECUTE, {"query": "SELECT $a", "parameters": {"a": {}}}, "parameters.a"),
    (EXECUTE, {"query": "SELECT 1", "export_format": "xml"}, "export_format"),
    (EXECUTE, {"query": "SELECT 1", "async": "perhaps"}, "async"),
    (EXECUTE, {"query": "SELECT 1", "warehouse_id": LONG}, "warehouse_id"),
    (EXECUTE, {"query": "SELECT 1", "lmit": 5}, "lmit"),
    ("/api/queries/validate", {}, "query"),
    ("/api/queries/validate", {"query": 5, "limit": 1}, "limit"),
    (QUERY, {"metrics": "flights"}, "metrics"),
    (QUERY, {"metrics": [{}]}, "metrics[0]"),
    (QUERY, {"metrics": [LONG]}, "metrics[0]"),
    (QUERY, {"metric": ["flights"]}, "metric"),
    (QUERY, {"metrics": ["flights"], "group_by": "carrier__name"}, "group_by"),
    (QUERY, {"metrics": ["flights"], "order_by": "flights"}, "order_by"),
    (QUERY, {"metrics": ["flights"], "limit": 0}, "limit"),
    (QUERY, {"metrics": ["flights"], "limit": 100_001}, "limit"),
    (QUERY, {"metrics": ["flights"], "time_range": "2013"}, "time_range"),
    (QUERY, {"metrics": ["flights"], "time_zone": "x" * 65}, "time_zone"),
    (QUERY, {"metrics": ["flights"], "category": "prod"}, "category"),
    (QUERY, {"metrics": ["flights"], "totals": "perhaps"}, "totals"),
    ("/api/metrics-explorer/compile", {"metrics": "flights"}, "metrics"),
    (DIMENSIONS, {}, "metrics"),
    (DIMENSIONS, {"metrics": []}, "metrics"),
    (DIMENSIONS, {"metrics": "flights"}, "metrics"),
    (VALUES, {}, "dimension"),
    (VALUES, {"dimension": "a", "name": "b"}, "dimension"),
    (VALUES, {"dimension": "carrier__name", "limit": 1001}, "limit"),
    (VALUES, {"dimension": "carrier__name", "search": LONG}, "search"),
    ("/api/models", {"category": "prod"}, "category"),
    ("/api/models", {"message": "x" * 1001}, "message"),
]  # fmt: skip
BODIES_OF_ALL = [row for row in ROWS if row.method in ("POST", "PUT") and row.needs]

# raw body -> error code
UNREADABLE: Mapping[str, tuple[bytes, str]] = {
    "half": (b'{"query": ', "MALFORMED_JSON"),
    "NUL": (b'{"query": "a\\u0000b"}', "MALFORMED_JSON"),
    "a lone surrogate": (b'{"query": "\\ud800"}', "MALFORMED_JSON"),
    "not UTF-8": (b'{"query": "\xff"}', "MALFORMED_JSON"),
    "NaN": (b'{"query": NaN}', "MALFORMED_JSON"),
    "a key twice": (b'{"query": "a", "query": "b"}', "MALFORMED_JSON"),
    "too deep": (b"[" * 5000 + b"]" * 5000, "MALFORMED_JSON"),
    "too many digits": (b'{"limit": ' + b"9" * 5000 + b"}", "MALFORMED_JSON"),
}


@pytest.mark.parametrize(("path", "field"), BAD_PARAMETERS)
def test_parameters(viewer: HttpClient, path: str, field: str) -> None:
    refusal = viewer.answer("GET", path, status=400)
    assert field in refusal["field_errors"], refusal
    assert field in refusal["detail"]


@pytest.mark.parametrize("page", BAD_PAGES)
@pytest.mark.parametrize("path", PAGED)
def test_pages(viewer: HttpClient, path: str, page: str) -> None:
    refusal = viewer.answer("GET", path + page, status=400)
    assert page.split("=")[0] in refusal["detail"]


@pytest.mark.parametrize(("path", "body", "field"), BAD_BODIES, ids=lambda value: str(value)[:60])
def test_bodies(admin: HttpClient, path: str, body: Any, field: str) -> None:
    refusal = admin.answer("POST", path, body, status=400)
    assert field in refusal["field_errors"], refusal
    assert refusal["field_errors"][field][0]


@pytest.mark.parametrize("row", BODIES_OF_ALL, ids=str)
def test_bodies_of_another_kind(admin: HttpClient, row: Row) -> None:
    for body in ([], "text", 7, True):
        response = admin.request(row.method, row.url, json=body)
        assert response.status_code == 400, f"{body!r}: {response.text}"
    typed = {"Content-Type": "text/plain"}
    response = admin.request(row.method, row.url, data=b"query=1", headers=typed)
    assert response.status_code == 415, response.text
    for body_bytes, code in UNREADABLE.values():
        response = admin.request(
            row.method, row.url, data=body_bytes, headers={"Content-Type": "application/json"}
        )
        assert (response.status_code, response.json()["error_code"]) == (400, code), response.text


def _with_parameters() -> Iterator[tuple[str, str, list[str]]]:
    for path, operations in OPERATIONS.items():
        for method, operation in operations.items():
            taken = [one for one in operation.get("parameters", ()) if one["in"] == "query"]
            if taken and path != "/api/auth/oauth/callback":  # the workspace adds what it likes
                named = re.sub(r"\{\w+_id\}", SOMEONE, path)
                yield method.upper(), re.sub(r"\{\w+\}", "1", named), [one["name"] for one in taken]


@pytest.mark.parametrize(("method", "path", "known"), list(_with_parameters()))
def test_who_takes_parameters_refuses_others(
    admin: HttpClient, method: str, path: str, known: list[str]
) -> None:
    """A misspelt filter must not widen the answer. Who takes none at all ignores what comes."""
    query = "&".join(f"{name}=1" for name in (*known, "nonsense"))
    response = admin.request(method, f"{path}?{query}", json={} if method != "GET" else None)
    assert response.status_code == 400, response.text
    assert list(response.json()["field_errors"]) == ["nonsense"]


def test_a_statement_that_is_too_long(analyst: HttpClient) -> None:
    body = {"query": f"SELECT '{'x' * 10_000}'"}
    analyst.refused("POST", EXECUTE, body, status=400, code="QUERY_TOO_LONG")


def test_a_body_that_is_too_large(engineer: HttpClient) -> None:
    body = {"yaml": "#" * (7 * 1024 * 1024)}
    engineer.refused("POST", "/api/models", body, status=413, code="TOO_LARGE")


def test_an_address_that_is_too_long(viewer: HttpClient) -> None:
    context = f"SELECT {'flight_id, ' * 500} "  # 6,000 characters, some percent-encoded
    assert viewer.get(COMPLETION, prefix="fl", context=context).status_code == 200
    refused = viewer.get(COMPLETION, prefix="fl", context=context * 2)
    assert (refused.status_code, refused.json()["error_code"]) == (414, "URI_TOO_LONG")


def test_headers_that_are_too_long(viewer: HttpClient) -> None:
    response = viewer.request("GET", "/api/models", headers={"X-Long": "x" * 20_000})
    assert (response.status_code, response.json()["error_code"]) == (431, "HEADERS_TOO_LARGE")


@pytest.mark.parametrize("name", ["%00", "ünïcode", "a%2Fb", "x" * 2000, "%F0%9F%98%80", "..%5c"])
@pytest.mark.parametrize(
    "path", ["/api/models/{}", "/api/models/{}/download", "/api/metrics-explorer/metrics/{}"]
)
def test_odd_names_in_paths(viewer: HttpClient, path: str, name: str) -> None:
    assert viewer.get(path.format(name)).status_code == 404


@pytest.mark.parametrize("text", ["ünïcödé 😀", "' OR 1=1 --", "%", "\\", "‮abc", "a\tb"])
def test_odd_texts_find_nothing_and_break_nothing(analyst: HttpClient, text: str) -> None:
    found = analyst.get("/api/metrics-explorer/search", query=text)
    assert found.status_code == 200, found.text
    tables = analyst.get("/api/metadata/tables", catalog="flights", schema="gold", search=text)
    assert tables.status_code == 200
    values = analyst.post(VALUES, {"dimension": "carrier__name", "search": text})
    assert (values.status_code, values.json()["values"]) == (200, [])
    execute = analyst.answer(
        "POST", EXECUTE, {"query": "SELECT $t AS t", "parameters": {"t": text}}
    )
    assert execute["rows"] == [{"t": text}]


@pytest.mark.parametrize("query", ["   ", ";", "-- nothing", "/* nothing */"])
def test_no_statement_at_all(analyst: HttpClient, query: str) -> None:
    refusal = analyst.answer("POST", EXECUTE, {"query": query}, status=400)
    assert "statement" in refusal["detail"]


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", EXECUTE, "POST"),
        ("DELETE", "/api/models", "GET"),
        ("POST", "/api/models/flights", "PUT"),
        ("PATCH", "/api/models/flights", "PUT"),
        ("PUT", "/api/auth/me", "GET"),
    ],
)
def test_methods_that_a_path_lacks(admin: HttpClient, method: str, path: str, allowed: str) -> None:
    response = admin.request(method, path)
    assert (response.status_code, response.json()["error_code"]) == (405, "METHOD_NOT_ALLOWED")
    assert allowed in response.headers["Allow"]


def test_another_host(viewer: HttpClient) -> None:
    response = viewer.request("GET", "/api/models", headers={"Host": "evil.example"})
    assert response.status_code == 400
