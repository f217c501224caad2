"""`manage.py doctor` finds what is wrong and says what to do."""

from __future__ import annotations

from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db.migrations.recorder import MigrationRecorder

from semantic_layer import probes, wiring
from semantic_layer.errors import WarehouseUnavailable

pytestmark = pytest.mark.django_db

SECRETS = ("SECRET_KEY", "JWT_SIGNING_KEY")


class Warehouse:
    """A Warehouse that is asked for nothing but to answer; it may refuse."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error

    def ping(self) -> None:
        if self.error:
            raise self.error


@pytest.fixture(autouse=True)
def _well(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A deployment that lacks nothing; the tests take something away."""
    settings.SECRET_KEY, settings.JWT_SIGNING_KEY = "s3cr3t-Key" * 6, "another-Key1" * 6
    settings.HTTPS = settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True
    settings.SECURE_SSL_REDIRECT, settings.SECURE_HSTS_SECONDS = True, 60
    settings.TRUSTED_PROXY_COUNT = 1
    monkeypatch.setattr(wiring, "warehouse", lambda credential: Warehouse())
    for probe in probes.PROBES.values():
        probe.last = None


def doctor() -> str:
    said = StringIO()
    call_command("doctor", stdout=said)
    return said.getvalue()


def failing() -> str:
    said = StringIO()
    with pytest.raises(CommandError, match="of the checks failed"):
        call_command("doctor", stdout=said)
    return said.getvalue()


def test_all_is_well() -> None:
    said = doctor()
    assert "FAILED" not in said
    for name in ("settings", "database", "cache", "broker", "warehouse", "volume_store"):
        assert f"ok      {name}" in said
    assert "ok      migrations    all applied" in said


def test_a_workerless_broker_is_worth_a_look() -> None:
    assert "look    workers" in doctor()


def test_a_wrong_setting_is_told_with_its_hint(settings: Any) -> None:
    settings.JWT_SIGNING_KEY = "short"
    said = failing()
    assert "FAILED  semantic_layer.E002" in said
    assert "JWT_SIGNING_KEY_FILE" in said


def test_a_warehouse_that_is_down_says_where_to_look(monkeypatch: pytest.MonkeyPatch) -> None:
    down = Warehouse(WarehouseUnavailable("down"))
    monkeypatch.setattr(wiring, "warehouse", lambda credential: down)
    said = failing()
    assert "FAILED  warehouse" in said
    assert "docs/settings.md" in said


def test_missing_migrations_are_told() -> None:
    MigrationRecorder.Migration.objects.filter(app="queries").order_by("-id").first().delete()
    said = failing()
    assert "FAILED  migrations    1 are not applied, the first is queries." in said
    assert "manage.py migrate" in said


def test_it_names_no_secret(settings: Any) -> None:
    said = doctor()
    for name in SECRETS:
        assert getattr(settings, name) not in said
