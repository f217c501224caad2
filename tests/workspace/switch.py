"""One switch: with `WAREHOUSE=workspace` in the environment the tests of the HTTP interface run on
the test workspace, with real Spark SQL, instead of DuckDB.

Tests stay as they are. People who are signed in by a fixture get a token of the workspace, and the
DuckDB files that a test attaches become catalogs of it, which all of them may see. Tests that are
about DuckDB itself are listed in not_at_workspace.py with their reasons, and left out.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.signals import setting_changed
from django.test import override_settings
from django.utils import timezone

from semantic_layer import wiring
from semantic_layer.accounts import sessions, vault
from semantic_layer.accounts.models import LoginSession, User
from tests.spark.local_spark import Spark
from tests.workspace import mirrored
from tests.workspace.mirrored import MirroredWorkspace
from tests.workspace.not_at_workspace import reason_of

IS_ON = os.environ.get("WAREHOUSE") == "workspace"
_ATTACHED = {"DUCKDB_ATTACH", "DUCKDB_DEFAULT_CATALOG", "DUCKDB_DEMO_FILE"}

_now: MirroredWorkspace | None = None


def environment() -> dict[str, str]:
    """What another process of the service has to be told; nothing where the switch is off."""
    if _now is None:
        return {}
    return {**_now.workspace.environment, "DATABRICKS_CATALOG": settings.DATABRICKS_CATALOG}


def demo_server(file: Path) -> tuple[dict[str, str], dict[str, str]] | None:
    """For a server on the demo: its environment, and tokens by role. None: the switch is off."""
    if _now is None:
        return None
    tokens = _now.serve_demo(file)
    return {**_now.workspace.environment, "DATABRICKS_CATALOG": mirrored.DEMO}, tokens


def open_session(user: User, credential: str) -> LoginSession:
    """A session of the user's; at the workspace with a token of theirs."""
    session = sessions.open_session(user=user, credential=credential)
    if _now is not None:
        opened = vault.Opened(_now.token_of(user.email))
        vault.keep(session, opened, expires_at=None, checked_at=timezone.now())
    return session


@pytest.fixture(scope="session", autouse=IS_ON)
def switched_on(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[MirroredWorkspace]:
    """The workspace that all tests of this run have for a warehouse."""
    global _now
    spark: Spark = request.getfixturevalue("spark")
    folder = tmp_path_factory.mktemp("workspace-tables")
    with mirrored.running(spark, folder) as _now, override_settings():
        _now.workspace.configure(settings)
        setting_changed.connect(_follow)
        _follow(setting="DUCKDB_ATTACH")
        wiring._forget()
        try:
            yield _now
        finally:
            setting_changed.disconnect(_follow)
            wiring._databricks().close()
            wiring._forget()
            _now = None


def _follow(*, setting: str, **_: Any) -> None:
    """A receiver of `setting_changed`: the catalogs are those that DuckDB would have."""
    if setting in _ATTACHED and _now is not None:
        _now.attach(wiring.duckdb_catalogs())
        settings.DATABRICKS_CATALOG = settings.DUCKDB_DEFAULT_CATALOG


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what is listed; what is left keeps its order."""
    if not IS_ON:
        return
    left_out = [item for item in items if reason_of(item.nodeid) is not None]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in set(left_out)]
