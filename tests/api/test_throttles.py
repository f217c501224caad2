"""Rate limits: headers, refusals, per person, across processes, and when the cache is away."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from semantic_layer.accounts.models import User
from semantic_layer.api.counters import counters
from semantic_layer.api.throttles import hit
from semantic_layer.api.views import client_address
from tests.accounts_fixtures import Api, ApiClient
from tests.api.test_errors import assert_error
from tests.waiting import wait_for

pytestmark = [pytest.mark.urls("tests.api.urls"), pytest.mark.django_db]

PATH = "/api/probe/limited"
LIMIT = 3


@pytest.fixture(autouse=True)
def _small_limits(settings: Any) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "metadata": (LIMIT, 60), "queries": (1, 60)}


def test_every_answer_says_what_is_left(api: Api, viewer: User) -> None:
    client, before = api(viewer), time.time()
    for left in (2, 1, 0):
        response = client.get(PATH)
        assert response.status_code == 200
        assert response["X-RateLimit-Limit"] == str(LIMIT)
        assert response["X-RateLimit-Remaining"] == str(left)
        assert before < int(response["X-RateLimit-Reset"]) <= time.time() + 61


def test_past_the_limit_it_is_429_with_the_wait(api: Api, viewer: User) -> None:
    client = api(viewer)
    for _ in range(LIMIT):
        client.get(PATH)
    response = client.get(PATH)
    body = assert_error(response, 429, "RATE_LIMITED")
    assert 0 < body["retry_after"] <= 60
    assert response["X-RateLimit-Remaining"] == "0"
    assert body["details"] == {"category": "metadata"}


def test_people_categories_and_methods_count_apart(api: Api, viewer: User, analyst: User) -> None:
    client = api(viewer)
    for _ in range(LIMIT + 1):
        client.get(PATH)
    assert client.get(PATH).status_code == 429
    assert api(analyst).get(PATH).status_code == 200
    assert client.post(PATH).status_code == 200
    assert client.post(PATH).status_code == 429
    response = client.delete(PATH)
    assert response.status_code == 200
    assert "X-RateLimit-Limit" not in response


def test_a_new_token_is_no_new_allowance(api: Api, viewer: User) -> None:
    for _ in range(LIMIT):
        assert api(viewer).get(PATH).status_code == 200
    assert api(viewer).get(PATH).status_code == 429


def test_refused_callers_do_not_use_up_an_allowance(api: Api, viewer: User) -> None:
    for _ in range(LIMIT + 1):
        assert ApiClient().get(PATH).status_code == 401
    assert api(viewer).get(PATH)["X-RateLimit-Remaining"] == str(LIMIT - 1)


def test_the_window_opens_again(api: Api, viewer: User, settings: Any) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "metadata": (1, 3600)}
    client = api(viewer)
    assert client.get(PATH).status_code == 200
    assert client.get(PATH).status_code == 429
    (key,) = counters().scan_iter(match="*rate:metadata:*")
    counters().pexpire(key, 1)
    wait_for(lambda: not counters().exists(key), what="the end of the window")
    assert client.get(PATH).status_code == 200


def test_development_multiplies_and_still_tells(api: Api, viewer: User, settings: Any) -> None:
    settings.RATE_LIMIT_PROFILE = "development"
    assert api(viewer).get(PATH)["X-RateLimit-Limit"] == str(LIMIT * 100)


def test_other_processes_count_too(viewer: User) -> None:
    """What two processes let through together is the limit, not twice the limit."""
    code = (
        "import django; django.setup()\n"
        "from semantic_layer.api.throttles import hit\n"
        "print(sum(hit('exports', 'user:shared')[1] is None for _ in range(4)))"
    )
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings"}
    root = Path(__file__).resolve().parents[2]
    children = [
        subprocess.Popen(
            [sys.executable, "-c", code],
            cwd=root,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    allowed = 0
    for child in children:
        out, err = child.communicate(timeout=120)
        assert child.returncode == 0, err
        allowed += int(out)
    allowed += sum(hit("exports", "user:shared")[1] is None for _ in range(2))
    assert allowed == 5


def test_without_the_cache_requests_are_answered(api: Api, viewer: User, settings: Any) -> None:
    client = api(viewer)
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    for _ in range(LIMIT + 2):
        response = client.get(PATH)
        assert response.status_code == 200
        assert response["X-RateLimit-Remaining"] == str(LIMIT)


@pytest.mark.parametrize(
    ("count", "header", "caller"),
    [
        (0, "203.0.113.9", "192.0.2.1"),
        (1, "203.0.113.9", "203.0.113.9"),
        (1, "1.1.1.1, 203.0.113.9", "203.0.113.9"),
        (2, "1.1.1.1, 203.0.113.9, 10.0.0.2", "203.0.113.9"),
        (2, "203.0.113.9", "192.0.2.1"),
        (1, "", "192.0.2.1"),
    ],
)
def test_the_callers_address(settings: Any, rf: Any, count: int, header: str, caller: str) -> None:
    settings.TRUSTED_PROXY_COUNT = count
    request = rf.get("/", REMOTE_ADDR="192.0.2.1", HTTP_X_FORWARDED_FOR=header)
    assert client_address(request) == caller
