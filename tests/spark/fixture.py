"""One Spark for all tests of a run that ask for it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.spark import local_spark


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[local_spark.Spark]:
    with local_spark.running(tmp_path_factory.mktemp("spark")) as session:
        yield session
