"""The service of tests/http a second time, on the test workspace: people sign in with its tokens,
SQL runs on real Spark through the unmodified driver, metadata comes from its REST API.

Modules here take over tests of tests/http by importing them.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.databricks import flights
from tests.http import server as servers
from tests.http.conftest import (  # noqa: F401  the same clients, on this server
    admin,
    analyst,
    anonymous,
    clients,
    engineer,
    viewer,
    warehouse,
)
from tests.http.server import Server
from tests.spark import local_spark
from tests.workspace import whole
from tests.workspace.spark_engine import SparkEngine
from tests.workspace.state import WorkspaceState
from tests.workspace.whole import WholeWorkspace

collect_ignore_glob = ["test_*.py"] if local_spark.missing() else []
ROLES = ("viewer", "analyst", "engineer", "admin")


@pytest.fixture(scope="package")
def whole_workspace(
    spark: local_spark.Spark, demo_warehouse: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[WholeWorkspace]:
    state = WorkspaceState()
    flights.load(spark, state, demo_warehouse, tmp_path_factory.mktemp("parquet"))
    engine = SparkEngine(spark.session, [flights.CATALOG])
    with whole.running(state, engine, catalog=flights.CATALOG) as running:
        running.rest.world.page_size = 100
        yield running


@pytest.fixture(scope="package")
def server(
    services: None,
    whole_workspace: WholeWorkspace,
    demo_warehouse: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Server]:
    """The service, told where the workspace is; everybody of `tokens` may see all of the demo."""
    tokens = {role: whole_workspace.add_person(role, role) for role in ROLES}
    for role in ROLES:
        whole_workspace.state.grant(f"{role}@example.com", flights.CATALOG)
    with servers.running(
        tmp_path_factory.mktemp("databricks-server"),
        demo_warehouse,
        served_with=whole_workspace.environment,
        tokens=tokens,
    ) as running:
        yield running


@pytest.fixture
def dialect() -> str:
    return "databricks"
