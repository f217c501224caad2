"""Guessing tokens is slowed, per address and per beginning of the token."""

from __future__ import annotations

from typing import Any

import pytest

from semantic_layer.accounts.attempts import (
    FAILURES_PER_ADDRESS,
    FAILURES_PER_PREFIX,
    WINDOW_S,
    network_of,
)
from semantic_layer.accounts.services import create_local_token
from tests.accounts_fixtures import ApiClient

pytestmark = pytest.mark.django_db


def attempt(token: str, address: str = "192.0.2.1", **headers: str) -> Any:
    return ApiClient(REMOTE_ADDR=address).post(
        "/api/auth/login", {"databricks_token": token}, headers=headers
    )


def guess(number: int) -> str:
    return f"slt_{number:08d}" + "x" * 35


def test_failures_from_one_address_are_429_with_retry_after() -> None:
    for number in range(FAILURES_PER_ADDRESS):
        assert attempt(guess(number)).status_code == 401
    response = attempt(guess(99))
    assert response.status_code == 429
    body = response.json()
    assert body["error_code"] == "RATE_LIMITED"
    assert 0 < body["retry_after"] <= WINDOW_S
    assert response["Retry-After"] == str(body["retry_after"])


def test_the_right_token_waits_too_but_other_addresses_do_not() -> None:
    secret = create_local_token(email="ada@example.com").secret
    for number in range(FAILURES_PER_ADDRESS):
        attempt(guess(number))
    assert attempt(secret).status_code == 429
    assert attempt(secret, address="192.0.2.2").status_code == 200


def test_successes_do_not_count() -> None:
    secret = create_local_token(email="ada@example.com").secret
    for _ in range(3):
        for number in range(FAILURES_PER_ADDRESS // 3):
            attempt(guess(number))
        assert attempt(secret).status_code == 200
    for _ in range(FAILURES_PER_ADDRESS):
        assert attempt(secret).status_code == 200


def test_guesses_at_one_token_from_many_addresses_are_slowed() -> None:
    start = "slt_knownbeg"
    for number in range(FAILURES_PER_PREFIX):
        response = attempt(f"{start}{number:031d}", address=f"192.0.2.{number}")
        assert response.status_code == 401
    assert attempt(f"{start}{99:031d}", address="198.51.100.1").status_code == 429
    assert attempt(guess(1), address="198.51.100.1").status_code == 401


def test_a_forwarded_address_counts_only_from_proxies_of_ours(settings: Any) -> None:
    for number in range(FAILURES_PER_ADDRESS):
        attempt(guess(number), **{"X-Forwarded-For": f"203.0.113.{number}"})
    # The header is a lie without a proxy, so the real address is full.
    assert attempt(guess(50), **{"X-Forwarded-For": "203.0.113.99"}).status_code == 429
    settings.TRUSTED_PROXY_COUNT = 1
    assert attempt(guess(51), **{"X-Forwarded-For": "203.0.113.99"}).status_code == 401
    for number in range(FAILURES_PER_ADDRESS):
        # What the client wrote itself stands to the left of what our proxy appended.
        attempt(guess(60 + number), **{"X-Forwarded-For": f"198.51.100.{number}, 203.0.113.7"})
    assert attempt(guess(80), **{"X-Forwarded-For": "1.2.3.4, 203.0.113.7"}).status_code == 429


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("", "unknown"),
        ("evil\r\nKEY", "unknown"),
    ],
)
def test_what_one_guesser_controls(address: str, network: str) -> None:
    assert network_of(address) == network


def test_without_the_cache_people_can_still_sign_in(settings: Any) -> None:
    secret = create_local_token(email="ada@example.com").secret
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    assert attempt(secret).status_code == 200
    assert attempt(guess(1)).status_code == 401
