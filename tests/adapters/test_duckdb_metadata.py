"""What the DuckDB metadata source says of the small shop."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from semantic_layer.adapters.duckdb import DuckDBMetadata, DuckDBWarehouse
from semantic_layer.errors import NotFound
from semantic_layer.ports import CatalogInfo, ColumnInfo, TableType
from tests.adapters.conftest import MakeWarehouse


@pytest.fixture
def metadata(warehouse: DuckDBWarehouse) -> DuckDBMetadata:
    return DuckDBMetadata(warehouse)


def test_catalogs_are_the_attached_files(make_warehouse: MakeWarehouse, shop: Path) -> None:
    metadata = DuckDBMetadata(make_warehouse({"b": shop}))
    assert metadata.catalogs() == [CatalogInfo(name="b")]
    assert DuckDBMetadata(make_warehouse({})).catalogs() == []


def test_system_schemas_are_hidden(metadata: DuckDBMetadata) -> None:
    assert [schema.name for schema in metadata.schemas("shop")] == ["gold", "main"]


def test_tables_and_views_with_counts_and_comments(metadata: DuckDBMetadata, shop: Path) -> None:
    tables = {table.name: table for table in metadata.tables("shop", "gold")}
    assert list(tables) == sorted(tables)
    orders, view = tables["orders"], tables["orders_by_customer"]
    assert (orders.table_type, orders.row_count, orders.column_count) == (TableType.TABLE, 5, 4)
    assert orders.comment == "What was ordered"
    assert orders.full_name == "shop.gold.orders"
    assert orders.view_definition is None
    assert orders.updated_at == datetime.fromtimestamp(shop.stat().st_mtime, UTC)
    assert (view.table_type, view.row_count, view.comment) == (
        TableType.VIEW,
        None,
        "Per customer",
    )
    assert view.view_definition is not None
    assert "FROM gold.orders" in view.view_definition


def test_columns_as_the_engine_writes_their_types(metadata: DuckDBMetadata) -> None:
    assert metadata.columns("shop", "gold", "customers")[0] == ColumnInfo(
        name="customer_id", data_type="INTEGER", nullable=False, position=1
    )
    amount = metadata.columns("shop", "gold", "orders")[3]
    assert (amount.data_type, amount.nullable, amount.comment) == ("DECIMAL(12,2)", True, "In euro")
    assert [c.name for c in metadata.columns("shop", "gold", "orders_by_customer")] == [
        "customer_id",
        "amount",
    ]


def test_odd_names_are_only_names(metadata: DuckDBMetadata) -> None:
    odd = 'odd.name/with "quotes"'
    assert [c.name for c in metadata.columns("shop", "gold", odd)] == ["ключ", "a.b"]


def test_an_empty_schema_is_empty_and_no_error(metadata: DuckDBMetadata) -> None:
    assert metadata.tables("shop", "main") == []


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda m: m.schemas("shpo"), "no catalog 'shpo'. Did you mean shop?"),
        (lambda m: m.schemas("memory"), "no catalog 'memory'."),
        (lambda m: m.tables("nope", "gold"), "no catalog 'nope'."),
        (lambda m: m.tables("shop", "glod"), "no schema 'glod' in shop. Did you mean gold?"),
        (lambda m: m.tables("shop", "information_schema"), "no schema 'information_schema'"),
        (lambda m: m.columns("shop", "gold", "order"), "no table 'order' in shop.gold. Did you"),
        (lambda m: m.columns("shop", "silver", "orders"), "no schema 'silver' in shop."),
        (lambda m: list(m.all_columns("nope")), "no catalog 'nope'."),
    ],
)
def test_a_missing_parent_is_named_with_what_is_near(
    metadata: DuckDBMetadata, ask: object, message: str
) -> None:
    assert callable(ask)
    with pytest.raises(NotFound) as caught:
        ask(metadata)
    assert message in caught.value.message


def test_the_sweep_gives_every_column_once(metadata: DuckDBMetadata) -> None:
    swept = [
        (table.schema, table.name, column.name) for table, column in metadata.all_columns("shop")
    ]
    one_by_one = [
        (schema.name, table.name, column.name)
        for schema in metadata.schemas("shop")
        for table in metadata.tables("shop", schema.name)
        for column in metadata.columns("shop", schema.name, table.name)
    ]
    assert swept == one_by_one
    assert len(swept) == len(set(swept)) > 8


def test_the_fingerprint_stays_while_nothing_changes(metadata: DuckDBMetadata) -> None:
    assert metadata.fingerprint() == metadata.fingerprint()
