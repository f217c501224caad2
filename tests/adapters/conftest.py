"""A DuckDB warehouse on the small shop, closed after the test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from semantic_layer.adapters.duckdb import DuckDBWarehouse
from tests.duckdb_shop import write_shop

CANARY = "the canary sings"
MakeWarehouse = Callable[..., DuckDBWarehouse]


@pytest.fixture
def canary(tmp_path: Path) -> Path:
    """A file no statement may read."""
    folder = tmp_path / "secret"
    folder.mkdir()
    path = folder / "canary.txt"
    path.write_text(CANARY)
    return path


@pytest.fixture
def shop(tmp_path: Path, canary: Path) -> Path:
    return write_shop(tmp_path / "shop.duckdb", canary=canary)


@pytest.fixture
def make_warehouse(shop: Path, tmp_path: Path) -> Iterator[MakeWarehouse]:
    """Makes warehouses on the shop as catalog `shop`, or on other catalogs."""
    made: list[DuckDBWarehouse] = []

    def make(catalogs: dict[str, Path] | None = None, **options: Any) -> DuckDBWarehouse:
        options = {"memory_limit": "500MB", "temp_dir": tmp_path / "temp", "threads": 2, **options}
        warehouse = DuckDBWarehouse({"shop": shop} if catalogs is None else catalogs, **options)
        made.append(warehouse)
        return warehouse

    yield make
    for warehouse in made:
        warehouse.close()


@pytest.fixture
def warehouse(make_warehouse: MakeWarehouse) -> DuckDBWarehouse:
    return make_warehouse()
