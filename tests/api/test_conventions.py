"""Request ids, timing, optional slash, CORS, pagination, values in JSON."""

from __future__ import annotations

import re
from datetime import date, time
from typing import Any

import pytest
from django.conf import settings as django_settings

from semantic_layer.api.rendering import dumps
from tests.accounts_fixtures import ApiClient
from tests.api.test_errors import assert_error

pytestmark = [pytest.mark.urls("tests.api.urls"), pytest.mark.django_db]


# ---------------------------------------------------------------- request ids and timing


@pytest.mark.parametrize("path", ["/api/probe/list", "/api/nothing", "/api/probe/raise/bug", "/x"])
def test_every_response_has_an_id_and_its_time(path: str) -> None:
    response = ApiClient().get(path)
    assert re.fullmatch(r"[0-9a-f]{32}", response["X-Request-ID"])
    assert 0 <= float(response["X-Process-Time"]) < 60
    assert ApiClient().get(path)["X-Request-ID"] != response["X-Request-ID"]


@pytest.mark.parametrize("sent", ["abc-123", "a" * 128, "trace:1.2_3"])
def test_a_sent_id_is_echoed(sent: str) -> None:
    response = ApiClient().get("/api/nothing", headers={"X-Request-ID": sent})
    assert response["X-Request-ID"] == sent
    assert response.json()["request_id"] == sent


@pytest.mark.parametrize(
    "sent", ["a" * 129, "a b", "<script>", "a\tb", "größe", "", '{"a":1}', "a\u2028b"]
)
def test_an_id_that_is_not_safe_to_log_is_replaced(sent: str) -> None:
    response = ApiClient().get("/api/nothing", headers={"X-Request-ID": sent})
    assert re.fullmatch(r"[0-9a-f]{32}", response["X-Request-ID"])


# ---------------------------------------------------------------- slash


@pytest.mark.parametrize("slashes", ["", "/", "//"])
def test_the_trailing_slash_is_optional_without_a_redirect(slashes: str) -> None:
    assert ApiClient().get(f"/api/probe/list{slashes}").status_code == 200
    response = ApiClient().post(f"/api/probe/echo{slashes}", {"a": 1})
    assert response.status_code == 200
    assert response.json() == {"got": {"a": 1}}
    assert ApiClient().get(f"/api/probe/list{slashes}?page=2").json()["pagination"]["page"] == 2


# ---------------------------------------------------------------- CORS


@pytest.mark.parametrize("origin", ["http://localhost:3000", "http://localhost:3001"])
def test_a_preflight_from_the_frontend(origin: str) -> None:
    response = ApiClient().options(
        "/api/probe/echo",
        headers={
            "Origin": origin,
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "content-type,authorization,if-match",
        },
    )
    assert response.status_code == 200
    assert response["Access-Control-Allow-Origin"] == origin
    assert response["Access-Control-Allow-Credentials"] == "true"
    methods = {item.strip() for item in response["Access-Control-Allow-Methods"].split(",")}
    assert {"GET", "POST", "PUT", "DELETE", "OPTIONS"} <= methods
    headers = {item.strip() for item in response["Access-Control-Allow-Headers"].split(",")}
    assert {"content-type", "authorization", "x-requested-with", "if-match"} <= headers


def test_errors_reach_the_frontend_too() -> None:
    origin = {"Origin": "http://localhost:3000"}
    for path in ("/api/nothing", "/api/probe/raise/bug", "/api/probe/bug"):
        response = ApiClient().get(path, headers=origin)
        assert response["Access-Control-Allow-Origin"] == origin["Origin"], path
    exposed = ApiClient().get("/api/probe/list", headers=origin)["Access-Control-Expose-Headers"]
    for name in (
        "ETag",
        "Content-Disposition",
        "X-Request-ID",
        "X-RateLimit-Remaining",
        "Retry-After",
    ):
        assert name.lower() in exposed.lower()


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "http://localhost:3002", "null", "https://localhost:3000"]
)
def test_other_origins_get_nothing(origin: str) -> None:
    response = ApiClient().get("/api/probe/list", headers={"Origin": origin})
    assert "Access-Control-Allow-Origin" not in response


# ---------------------------------------------------------------- pagination


def page(query: str) -> Any:
    return ApiClient().get(f"/api/probe/list{query}")


def test_pages() -> None:
    body = page("").json()
    assert body["numbers"] == list(range(1, 51))
    assert body["pagination"] == {
        "total": 120,
        "page": 1,
        "page_size": 50,
        "total_pages": 3,
        "has_next": True,
        "has_previous": False,
    }
    last = page("?page=3").json()
    assert last["numbers"] == list(range(101, 121))
    assert (last["pagination"]["has_next"], last["pagination"]["has_previous"]) == (False, True)
    assert len(page("?page_size=100").json()["numbers"]) == 100


def test_a_page_past_the_end_is_empty() -> None:
    body = page("?page=9").json()
    assert body["numbers"] == []
    assert body["pagination"]["has_next"] is False
    assert body["pagination"]["has_previous"] is True


@pytest.mark.parametrize("name", ["page", "page_size"])
@pytest.mark.parametrize(
    "value", ["0", "-1", "1.5", "x", "", "%20", "1e3", "٣", "²", "+1", "0x1", "9" * 30, "1%00"]
)
def test_bad_numbers_are_400_never_clamped(name: str, value: str) -> None:
    body = assert_error(page(f"?{name}={value}"), 400)
    assert name in body["detail"]


def test_a_page_size_above_the_maximum_is_400() -> None:
    assert_error(page("?page_size=101"), 400)


# ---------------------------------------------------------------- values


def test_values_in_json() -> None:
    response = ApiClient().get("/api/probe/values")
    body = response.json()
    assert body["utc"] == body["zoned"] == body["naive"] == "2026-07-01T12:00:00Z"
    assert body["decimal"] == "1.10"
    assert body["text"] == "größe 😀 \u2028"
    assert body["null"] is None
    assert body["set"] == ["a", "b"]
    assert body["nan"] is None
    assert "größe".encode() in response.content


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (2**64, b'"18446744073709551616"'),
        (-(2**70), b'"-1180591620717411303424"'),
        (2**64 - 1, b"18446744073709551615"),
        ({"a": [2**80]}, b'{"a":["1208925819614629174706176"]}'),
        ("x\ud800y", b'"x?y"'),
        (date(2026, 7, 1), b'"2026-07-01"'),
        (time(12, 30), b'"12:30:00"'),
        ({1: {"b"}}, b'{"1":["b"]}'),
    ],
)
def test_values_at_the_edge(value: Any, written: bytes) -> None:
    assert dumps(value) == written


def test_what_has_no_json_form_is_an_error_of_ours() -> None:
    with pytest.raises(TypeError):
        dumps({"a": object()})


def test_answers_are_not_sniffed_or_framed() -> None:
    response = ApiClient().get("/api/probe/values")
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["X-Frame-Options"] == "DENY"


def test_debug_is_off_in_tests_as_in_production() -> None:
    assert django_settings.DEBUG is False
