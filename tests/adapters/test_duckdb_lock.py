"""The engine with the guard bypassed: it still lets nothing in or out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from semantic_layer.adapters.duckdb import DuckDBWarehouse
from semantic_layer.adapters.duckdb.database import open_database
from semantic_layer.errors import SqlError, StatementRefused
from tests.adapters.conftest import CANARY, MakeWarehouse
from tests.adapters.running import rows
from tests.duckdb_shop import write_shop
from tests.queries import corpus

HOSTILE, FINE = corpus.HOSTILE["duckdb"], corpus.FINE["duckdb"]
GROUPS = sorted(set(HOSTILE) - {"guard_only"})


def statements(group: str, canary: Path, shop: Path) -> Iterator[str]:
    for sql in HOSTILE[group]:
        out = canary.parent / "written"
        filled = sql.replace("{canary}", str(canary)).replace("{attached}", str(shop))
        yield filled.replace("{out}", str(out))


@pytest.mark.parametrize("group", GROUPS)
def test_the_warehouse_refuses_what_the_guard_would(
    group: str, warehouse: DuckDBWarehouse, canary: Path, shop: Path
) -> None:
    for sql in statements(group, canary, shop):
        with pytest.raises((StatementRefused, SqlError)) as caught:
            rows(warehouse, sql)
        assert str(canary) in sql or str(canary) not in caught.value.message, sql
        assert CANARY not in caught.value.message, sql


@pytest.mark.parametrize("group", GROUPS)
def test_the_locked_engine_alone_leaks_and_writes_nothing(
    group: str, make_warehouse: MakeWarehouse, canary: Path, shop: Path
) -> None:
    """The last lock: the settings of the instance, with both guards bypassed."""
    database = open_database(make_warehouse().engine.options)
    before, content = sorted(canary.parent.iterdir()), shop.read_bytes()
    try:
        for sql in statements(group, canary, shop):
            if "sleep" not in sql:
                assert CANARY not in result_of(database.cursor(), sql), sql
    finally:
        database.close()
    assert sorted(canary.parent.iterdir()) == before
    assert shop.read_bytes() == content


def result_of(cursor: duckdb.DuckDBPyConnection, sql: str) -> str:
    try:
        relation = cursor.sql(sql)
        return "" if relation is None else str(relation.to_arrow_table().to_pydict())
    except (duckdb.Error, OSError, ValueError, OverflowError, pa.ArrowException) as error:
        return str(error)
    finally:
        cursor.close()


def test_settings_stay_locked(warehouse: DuckDBWarehouse) -> None:
    with warehouse.engine.database() as database:
        for sql in (
            "SET lock_configuration = false",
            "SET enable_external_access = true",
            "SET memory_limit = '90GB'",
            "SET python_enable_replacements = true",
            "SET allowed_directories = ['/']",
            "SET TimeZone = 'America/New_York'",
        ):
            with pytest.raises(duckdb.Error, match="locked|cannot|Cannot"):
                database.connection.execute(sql)


@pytest.mark.parametrize("sql", ["DESCRIBE temp_directory", "SHOW memory_limit", "DESC threads"])
def test_a_setting_is_no_table(warehouse: DuckDBWarehouse, sql: str) -> None:
    with pytest.raises(SqlError, match="does not exist"):
        rows(warehouse, sql)


@pytest.mark.parametrize("sql", ["INSTALL httpfs", "FORCE INSTALL httpfs", "LOAD httpfs"])
def test_the_locked_engine_fetches_no_extension(warehouse: DuckDBWarehouse, sql: str) -> None:
    with (
        warehouse.engine.database() as database,
        pytest.raises(duckdb.PermissionException, match="disabled"),
    ):
        database.connection.execute(sql)


def test_python_variables_are_no_tables(warehouse: DuckDBWarehouse) -> None:
    frame = pa.table({"a": [1]})
    assert frame.num_rows == 1
    with pytest.raises(SqlError, match="frame"):
        rows(warehouse, "SELECT * FROM frame")


def test_refusals_come_from_the_engines_own_tree_with_a_place(warehouse: DuckDBWarehouse) -> None:
    with pytest.raises(StatementRefused) as caught:
        rows(warehouse, "SELECT 'é',\n  getenv('HOME')")
    assert caught.value.details == {"line": 2, "column": 3}


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DuckDBWarehouse]:
    """One warehouse for statements that leave nothing behind."""
    folder = tmp_path_factory.mktemp("shared")
    shop = write_shop(folder / "shop.duckdb")
    warehouse = DuckDBWarehouse({"shop": shop}, temp_dir=folder / "temp")
    yield warehouse
    warehouse.close()


@pytest.mark.parametrize("sql", FINE)
def test_a_fine_statement_runs(shared: DuckDBWarehouse, sql: str) -> None:
    assert isinstance(rows(shared, sql), list)


def test_what_the_engine_shows_of_itself_names_no_path(
    warehouse: DuckDBWarehouse, tmp_path: Path
) -> None:
    shown: list[Any] = [
        rows(warehouse, sql)
        for sql in (
            "SHOW DATABASES",
            "SELECT * FROM duckdb_tables()",
            "SELECT * FROM duckdb_schemas()",
            "SELECT * FROM duckdb_functions()",
            "SELECT * FROM information_schema.schemata",
            "SELECT version(), current_database(), current_schema()",
        )
    ]
    assert str(tmp_path) not in str(shown)
