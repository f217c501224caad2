"""The session's own servers answer, and are the ones the settings name."""

from __future__ import annotations

import pytest
from django.core.cache import cache
from django.db import connection


@pytest.mark.django_db
def test_the_database_is_postgresql_18_in_utf8() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('server_version_num')::int / 10000")
        version = cursor.fetchone()
        cursor.execute("SHOW server_encoding")
        encoding = cursor.fetchone()
    assert (version, encoding) == ((18,), ("UTF8",))


@pytest.mark.usefixtures("services")
def test_the_cache_keeps_a_value() -> None:
    cache.set("answer", 42, timeout=60)
    assert cache.get("answer") == 42


@pytest.mark.usefixtures("services")
def test_the_cache_is_clean_in_the_next_test() -> None:
    assert cache.get("answer") is None
