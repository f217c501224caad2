"""Fixtures every area shares: the session's servers and the demo's warehouse."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
from django.core.cache import cache

from semantic_layer.demo.warehouse import build
from tests import services as test_services

# The same examples on every machine, however busy it is; `make test-full` looks further.
hypothesis.settings.register_profile("suite", deadline=None, derandomize=True)
hypothesis.settings.load_profile("suite")

pytest_plugins = [
    "tests.workspace.switch",  # first: others import it
    "tests.accounts_fixtures",
    "tests.parallel",
    "tests.require_all",
    "tests.spark.fixture",
    "tests.worker_fixture",
    "tests.workspace.rest_fixtures",
]

DATABASE_FIXTURES = {"db", "transactional_db", "django_db_reset_sequences", "live_server"}


@pytest.fixture(scope="session")
def services() -> Iterator[None]:
    """PostgreSQL and Valkey run, from the first test on that asks; with a database all do."""
    with test_services.running():
        yield


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    services: None, django_db_modify_db_settings_parallel_suffix: None
) -> None:
    """pytest-django's hook before it makes the test database: the server has to run by then."""


@pytest.fixture(scope="session")
def demo_warehouse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo's DuckDB file, loaded once; read it only."""
    file = tmp_path_factory.mktemp("warehouse") / "flights.duckdb"
    build(file, lambda step: None)
    return file


@pytest.fixture(autouse=True)
def _clean_cache(request: pytest.FixtureRequest) -> None:
    """No test sees another's throttle counters or cached answers."""
    if (DATABASE_FIXTURES | {"services"}) & set(
        request.fixturenames
    ) or request.node.get_closest_marker("django_db"):
        request.getfixturevalue("services")
        cache.clear()
