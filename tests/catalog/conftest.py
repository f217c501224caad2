"""Two real DuckDB files, attached read-only as catalogs `travel` (the default one) and `sales`."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pytest
from django.test import override_settings

from semantic_layer.accounts.models import User
from tests.accounts_fixtures import Api, ApiClient

TRAVEL = """
CREATE SCHEMA gold;
CREATE SCHEMA bronze;
CREATE SCHEMA "Empty one";
CREATE TABLE gold.flights (flight_id INTEGER PRIMARY KEY, carrier VARCHAR NOT NULL,
                           dep_delay DOUBLE, price DECIMAL(10, 2), flown_on DATE);
INSERT INTO gold.flights SELECT range, 'UA', 1, 2, DATE '2025-01-01' FROM range(7);
CREATE TABLE gold.airlines (carrier VARCHAR, name VARCHAR);
CREATE VIEW gold.late_flights AS SELECT flight_id, carrier FROM gold.flights WHERE dep_delay > 15;
CREATE TABLE bronze.raw_flights (line VARCHAR);
COMMENT ON TABLE gold.flights IS 'One row per departure';
COMMENT ON COLUMN gold.flights.carrier IS 'Two letters';
"""
SALES = "CREATE SCHEMA shop; CREATE TABLE shop.orders (order_id INTEGER, amount DOUBLE);"

WriteFile = Callable[[Path, str], None]


def write_file(path: Path, sql: str) -> None:
    """As loaders do: a new file, renamed over the old one."""
    fresh = path.with_suffix(".new")
    with duckdb.connect(str(fresh)) as connection:
        connection.execute(sql)
    os.replace(fresh, path)


@pytest.fixture
def travel_file(tmp_path: Path) -> Path:
    path = tmp_path / "travel.duckdb"
    write_file(path, TRAVEL)
    return path


@pytest.fixture
def warehouse(tmp_path: Path, travel_file: Path) -> Iterator[None]:
    sales_file = tmp_path / "sales.duckdb"
    write_file(sales_file, SALES)
    with override_settings(
        DUCKDB_DEMO_FILE=tmp_path / "none.duckdb",
        DUCKDB_ATTACH=f"travel={travel_file},sales={sales_file}",
        DUCKDB_DEFAULT_CATALOG="travel",
        DUCKDB_THREADS=1,
        SUGGESTION_SOURCE="",
    ):
        yield


@pytest.fixture
def client(api: Api, viewer: User, warehouse: None) -> ApiClient:
    """The viewer: reading metadata needs no more."""
    return api(viewer)
