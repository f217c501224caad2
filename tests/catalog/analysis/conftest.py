"""Worlds as real DuckDB files, attached read-only, and what the service says of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pytest
from django.test import override_settings

from semantic_layer.accounts.models import User
from tests.accounts_fixtures import Api, ApiClient
from tests.catalog.analysis.bank import BANK
from tests.catalog.analysis.city import CITY
from tests.catalog.analysis.decoys import DECOYS
from tests.catalog.analysis.hospital import HOSPITAL
from tests.catalog.analysis.imported import IMPORTED
from tests.catalog.analysis.labels import World
from tests.catalog.analysis.retail import RETAIL
from tests.catalog.analysis.saas import SAAS
from tests.catalog.analysis.strangers import STRANGERS

WORLDS = {
    world.name: world for world in (RETAIL, BANK, SAAS, IMPORTED, HOSPITAL, CITY, DECOYS, STRANGERS)
}
Attach = Callable[[World], Path]


@pytest.fixture(scope="package")
def world_files(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """The file of a world, made once."""
    folder = tmp_path_factory.mktemp("worlds")

    def file_of(name: str) -> Path:
        file = folder / f"{name}.duckdb"
        if not file.exists():
            with duckdb.connect(str(file)) as connection:
                connection.execute(WORLDS[name].sql)
        return file

    return file_of


@contextmanager
def attached(**files: Path) -> Iterator[None]:
    """The service's warehouse is these files, each a catalog of its name."""
    with override_settings(
        DUCKDB_DEMO_FILE=Path("/nowhere/none.duckdb"),
        DUCKDB_ATTACH=",".join(f"{name}={file}" for name, file in files.items()),
        DUCKDB_DEFAULT_CATALOG=next(iter(files)),
        RATE_LIMIT_PROFILE="development",
    ):
        yield


@pytest.fixture
def retail(world_files: Callable[[str], Path]) -> Iterator[None]:
    with attached(retail=world_files("retail"), imported=world_files("imported")):
        yield


@pytest.fixture
def bank(world_files: Callable[[str], Path]) -> Iterator[None]:
    with attached(bank=world_files("bank")):
        yield


@pytest.fixture
def as_analyst(api: Api, analyst: User) -> ApiClient:
    return api(analyst)


@pytest.fixture
def as_engineer(api: Api, engineer: User) -> ApiClient:
    return api(engineer)
