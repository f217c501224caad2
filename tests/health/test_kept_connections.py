"""Kept connections to PostgreSQL: trusted for a moment without asking, and never when hung up."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.db import connections
from django.db.backends.utils import CursorWrapper

from semantic_layer.postgresql import base

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def kept() -> Iterator[Any]:
    """A connection of our own, at the beginning of a request."""
    connection = connections.create_connection("default")
    connection.ensure_connection()
    _begin_request(connection)
    yield connection
    connection.close()


def _begin_request(connection: Any) -> None:
    connection.health_check_enabled = True
    connection.health_check_done = False


def _number(connection: Any) -> int:
    """The server's number of this connection; asking it takes no health check."""
    return int(connection.connection.info.backend_pid)


def _end_at_server(number: int) -> None:
    options = connections["default"].get_connection_params()
    wanted = ("host", "port", "user", "password", "dbname")
    with psycopg.connect(**{name: options[name] for name in wanted if name in options}) as other:
        other.execute("SELECT pg_terminate_backend(%s, 60000)", [number])


def _ask(connection: Any) -> int:
    with connection.cursor() as cursor:
        assert isinstance(cursor, CursorWrapper)
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


def test_it_is_our_backend() -> None:
    assert settings.DATABASES["default"]["ENGINE"] == "semantic_layer.postgresql"


def test_a_connection_that_answered_just_now_is_not_asked_again(
    kept: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(base.base.DatabaseWrapper, "is_usable", lambda self: pytest.fail("asked"))
    assert _ask(kept) == _number(kept)


def test_a_connection_that_was_silent_for_long_is_asked(
    kept: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []
    monkeypatch.setattr(base, "TRUSTED_S", 0.0)
    monkeypatch.setattr(
        base.base.DatabaseWrapper, "is_usable", lambda self: bool(asked.append(self)) or True
    )
    _ask(kept)
    assert asked == [kept]


def test_a_connection_that_the_server_ended_is_opened_anew_without_an_error(kept: Any) -> None:
    first = _number(kept)
    _end_at_server(first)
    assert _ask(kept) != first
