"""The service of tests/http on a test workspace of its own, whatever the switch says.

People sign in with the workspace's tokens, SQL runs on real Spark through the unmodified driver,
metadata comes from its REST API.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.http import server as servers
from tests.http.server import Server
from tests.spark import local_spark
from tests.workspace import mirrored
from tests.workspace.mirrored import MirroredWorkspace
from tests.workspace.whole import WholeWorkspace

collect_ignore_glob = ["test_*.py"] if local_spark.missing() else []


@pytest.fixture(scope="package")
def mirror(
    spark: local_spark.Spark, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[MirroredWorkspace]:
    folder = tmp_path_factory.mktemp("parquet")
    with mirrored.running(spark, folder, catalog=mirrored.DEMO) as running:
        yield running


@pytest.fixture(scope="package")
def whole_workspace(mirror: MirroredWorkspace) -> WholeWorkspace:
    return mirror.workspace


@pytest.fixture(scope="package")
def server(
    services: None,
    mirror: MirroredWorkspace,
    demo_warehouse: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Server]:
    """The service, told where the workspace is; everybody of `tokens` may see all of the demo."""
    tokens = mirror.serve_demo(demo_warehouse)
    folder = tmp_path_factory.mktemp("databricks-server")
    environment = mirror.workspace.environment
    with servers.running(folder, demo_warehouse, served_with=environment, tokens=tokens) as running:
        yield running
