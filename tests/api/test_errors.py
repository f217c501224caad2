"""Every failure, from every layer, has the one body."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.accounts_fixtures import ApiClient
from tests.api.urls import SECRET

pytestmark = [pytest.mark.urls("tests.api.urls"), pytest.mark.django_db]

KEYS = {
    "detail", "status_code", "timestamp", "error_code", "field_errors", "details", "request_id",
}  # fmt: skip

STATUS_AND_CODE = {
    "malformed": (400, "MALFORMED"),
    "unauthenticated": (401, "NOT_AUTHENTICATED"),
    "forbidden": (403, "PERMISSION_DENIED"),
    "not-found": (404, "NOT_FOUND"),
    "conflict": (409, "CONFLICT"),
    "stale": (412, "STALE_VERSION"),
    "too-large": (413, "TOO_LARGE"),
    "invalid": (422, "INVALID"),
    "models": (422, "INVALID_MODEL"),
    "query": (422, "UNKNOWN_FIELD"),
    "sql": (400, "SQL_ERROR"),
    "refused": (400, "STATEMENT_NOT_ALLOWED"),
    "cancelled": (409, "QUERY_CANCELLED"),
    "rate": (429, "RATE_LIMITED"),
    "warehouse": (502, "WAREHOUSE_ERROR"),
    "down": (503, "WAREHOUSE_UNAVAILABLE"),
    "timeout": (504, "QUERY_TIMEOUT"),
    "internal": (500, "INTERNAL_ERROR"),
    "bare": (500, "INTERNAL_ERROR"),
    "bug": (500, "INTERNAL_ERROR"),
    "recursion": (500, "INTERNAL_ERROR"),
    "http404": (404, "NOT_FOUND"),
    "denied": (403, "PERMISSION_DENIED"),
    "suspicious": (400, "MALFORMED"),
    "database": (503, "DATABASE_UNAVAILABLE"),
    "statement": (500, "INTERNAL_ERROR"),  # a bug of ours: trying again would not help
    "cache": (503, "CACHE_UNAVAILABLE"),
}


def assert_error(response: Any, status: int, code: str | None = None) -> dict[str, Any]:
    """The response is an error with the whole body; returns it."""
    assert response.status_code == status, response.content
    assert response["Content-Type"].startswith("application/json")
    body = dict(json.loads(response.content))
    assert set(body) - {"retry_after"} == KEYS
    assert body["status_code"] == status
    assert isinstance(body["detail"], str)
    assert body["detail"]
    assert re.fullmatch(r"[A-Z][A-Z0-9_]+", body["error_code"])
    assert code is None or body["error_code"] == code
    assert body["request_id"] == response["X-Request-ID"]
    assert body["timestamp"].endswith("Z")
    told = datetime.fromisoformat(body["timestamp"])
    assert abs(datetime.now(UTC) - told) < timedelta(minutes=1)
    assert SECRET not in response.content.decode()
    assert ("retry_after" in body) is (status in (429, 503))
    assert not body.get("retry_after") or response["Retry-After"] == str(body["retry_after"])
    return body


@pytest.mark.parametrize(("name", "expected"), STATUS_AND_CODE.items())
def test_each_kind_of_error(name: str, expected: tuple[int, str]) -> None:
    assert_error(ApiClient().get(f"/api/probe/raise/{name}"), *expected)


def test_details_reach_the_client() -> None:
    def details(name: str) -> dict[str, Any]:
        return dict(ApiClient().get(f"/api/probe/raise/{name}").json())

    assert details("invalid")["field_errors"] == {"a.b": ["no"]}
    assert details("sql")["details"] == {"line": 1, "column": 7}
    assert details("models")["details"]["errors"][0]["line"] == 3
    assert details("query")["details"]["suggestions"] == ["y"]
    assert details("rate")["retry_after"] == 9
    assert details("down")["retry_after"] == 11
    assert details("malformed")["details"] is None


@pytest.mark.parametrize("path", ["/api/nothing", "/api/nothing/", "/api", "/nothing", "/api/%00"])
@pytest.mark.parametrize("method", ["get", "post", "put", "delete", "patch"])
def test_unknown_routes(path: str, method: str) -> None:
    assert_error(getattr(ApiClient(), method)(path), 404, "NOT_FOUND")


def test_a_bug_outside_drf() -> None:
    assert_error(ApiClient().get("/api/probe/bug"), 500, "INTERNAL_ERROR")


def test_an_unknown_host() -> None:
    response = ApiClient(HTTP_HOST="evil.example").get("/api/probe/list")
    assert_error(response, 400)


def test_methods_that_a_route_lacks() -> None:
    response = ApiClient().delete("/api/probe/list")
    body = assert_error(response, 405, "METHOD_NOT_ALLOWED")
    assert body["detail"] == "DELETE is not allowed here: use GET."
    assert "GET" in response["Allow"]


def post(body: bytes | str, content_type: str = "application/json") -> Any:
    return ApiClient().generic("POST", "/api/probe/echo", body, content_type=content_type)


@pytest.mark.parametrize(
    "body",
    [
        b"{", b"", b"nonsense", b"{'a': 1}", b'{"a": 1,}', b'{"a": 1} x', b'{"a": NaN}',
        b'{"a": Infinity}', b'{"a": -Infinity}', b'{"a": 1e999}', b'{"a": 1, "a": 2}',
        b'{"x": {"a": 1, "a": 1}}', b'{"a": "\\u0000"}', b'{"\\u0000": 1}', b'{"a": "\\ud800"}',
        b'{"a": "\xff"}', b"\xff\xfe{}", b"[" * 200 + b"]" * 200, b"[" * 100_000,
        b'{"a":' * 5000 + b"1" + b"}" * 5000, b'{"a": ' + b"1" * 5000 + b"}",
        b'{"a": "\x01"}', b"\xef\xbb\xbf{}x",
    ],
    ids=lambda body: repr(body[:24]),
)  # fmt: skip
def test_json_that_cannot_be_read(body: bytes) -> None:
    if body == b"":
        assert post(body).status_code == 200  # no body at all is an empty one
        return
    assert_error(post(body), 400, "MALFORMED_JSON")


def test_the_place_of_a_json_error_is_told() -> None:
    body = assert_error(post(b'{"a": 1,\n  "b": oops}'), 400)
    assert body["details"] == {"line": 2, "column": 8}


@pytest.mark.parametrize(
    "value", [{}, [], "text", 7, 1.5, True, None, -(2**63), {"a": {"b": [1, "größe 😀"]}}, 2**63]
)
def test_json_that_can_be_read(value: Any) -> None:
    assert post(json.dumps(value)).json() == {"got": value}


@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x",
     "application/xml", "text/html", "application/jsonx", "nonsense"],
)  # fmt: skip
def test_other_content_types(content_type: str) -> None:
    body = assert_error(post(b'{"a": 1}', content_type), 415, "UNSUPPORTED_MEDIA_TYPE")
    assert body["detail"].endswith("Send application/json.")


@pytest.mark.parametrize(
    "content_type", ["application/json", "application/json; charset=utf-8", "APPLICATION/JSON"]
)
def test_spellings_of_json(content_type: str) -> None:
    assert post(b'{"a": 1}', content_type).status_code == 200


def test_a_body_that_is_too_big(settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100
    assert_error(post(json.dumps({"a": "x" * 200})), 413, "TOO_LARGE")


@pytest.mark.parametrize("accept", ["text/html", "application/xml", "image/*"])
def test_other_things_than_json_wanted(accept: str) -> None:
    """There is one form of each answer: to refuse it (406) would help nobody."""
    for query in ("", "?format=xml"):
        response = ApiClient().get(f"/api/probe/list{query}", headers={"Accept": accept})
        assert response.status_code == 200
        assert response["Content-Type"] == "application/json"
    assert_error(ApiClient().get("/api/nothing", headers={"Accept": accept}), 404)


def test_unknown_keys_are_named_with_the_nearest_known_one() -> None:
    response = ApiClient().post("/api/probe/strict", {"descripton": "x"})
    body = assert_error(response, 400, "VALIDATION_ERROR")
    assert body["field_errors"] == {"descripton": ["Unknown field; did you mean 'description'?"]}
    response = ApiClient().post("/api/probe/strict", {"items": [{"size": 1}, {"size": "x"}]})
    assert set(assert_error(response, 400)["field_errors"]) == {"items[1].size"}
    response = ApiClient().get("/api/probe/strict?descripton=x")
    assert_error(response, 400)
