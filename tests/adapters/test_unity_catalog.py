"""Unity Catalog as metadata: pages, kinds, types, and what a caller may not see."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from semantic_layer.adapters.databricks.unity_catalog import UnityCatalog
from semantic_layer.adapters.databricks.workspace import Workspace
from semantic_layer.errors import NotFound, Unauthenticated, Unavailable
from semantic_layer.ports import ColumnInfo, Credential, TableType
from tests.workspace.rest_server import RestServer
from tests.workspace.state import Column, Table

ORDERS = Table(
    "main",
    "gold",
    "orders",
    columns=(
        Column("id", "bigint", nullable=False, comment="Key"),
        Column("amount", "decimal(18,2)"),
        Column("place", "struct<City:string,zip:int>"),
        Column("day", "date", partition_index=0),
    ),
    comment="All orders",
)


@pytest.fixture
def server(rest: RestServer) -> RestServer:
    state = rest.state
    state.add_person("ann@example.com", token="token-of-ann", groups=["sales"])
    state.add_person("bob@example.com", token="token-of-bob")
    state.add_table(ORDERS)
    for kind in ("VIEW", "METRIC_VIEW", "STREAMING_TABLE", "FOREIGN", "EXTERNAL", "NEW_KIND"):
        state.add_table(Table("main", "gold", f"a_{kind.casefold()}", table_type=kind))
    state.add_table(Table("main", "hidden", "salaries", columns=(Column("pay", "int"),)))
    state.add_table(Table("hr", "people", "names", columns=(Column("name", "string"),)))
    state.grant("sales", "main.gold")
    state.grant("bob@example.com", "hr")
    rest.world.table_properties["main.gold.orders"] = {
        "spark.sql.statistics.numRows": "1234",
        "spark.sql.statistics.totalSize": "99",
    }
    return rest


def catalog_of(workspace: Workspace, name: str) -> UnityCatalog:
    caller = workspace.as_principal(Credential(name, f"token-of-{name}"))
    return UnityCatalog(caller, principal=name, default_catalog="main")


@pytest.fixture
def ann(server: RestServer, workspace: Workspace) -> UnityCatalog:
    return catalog_of(workspace, "ann")


@pytest.fixture
def bob(server: RestServer, workspace: Workspace) -> UnityCatalog:
    return catalog_of(workspace, "bob")


def test_every_page_is_read_and_empty_ones_end_nothing(ann: UnityCatalog) -> None:
    assert len(ann.tables("main", "gold")) == 7
    assert [one.name for one in ann.catalogs()] == ["main"]
    assert [one.name for one in ann.schemas("main")] == ["gold"]


def test_kinds_are_told_apart_and_unknown_ones_are_tables(ann: UnityCatalog) -> None:
    kinds = {one.name: one.table_type for one in ann.tables("main", "gold")}
    assert kinds == {
        "orders": TableType.TABLE,
        "a_view": TableType.VIEW,
        "a_metric_view": TableType.METRIC_VIEW,
        "a_streaming_table": TableType.STREAMING_TABLE,
        "a_foreign": TableType.FOREIGN,
        "a_external": TableType.TABLE,
        "a_new_kind": TableType.TABLE,
    }


def test_a_table_with_its_figures(ann: UnityCatalog) -> None:
    orders = next(one for one in ann.tables("main", "gold") if one.name == "orders")
    assert (orders.row_count, orders.size_bytes, orders.column_count) == (1234, 99, 4)
    assert (orders.comment, orders.owner) == ("All orders", "owner@example.com")
    assert orders.created_at == datetime(2024, 1, 1, tzinfo=UTC)
    view = next(one for one in ann.tables("main", "gold") if one.name == "a_view")
    assert (view.row_count, view.size_bytes) == (None, None)


def test_columns_count_from_one_and_tell_partitions(ann: UnityCatalog) -> None:
    assert ann.columns("main", "gold", "orders") == [
        ColumnInfo("id", "BIGINT", False, 1, "Key", False),
        ColumnInfo("amount", "DECIMAL(18,2)", True, 2, None, False),
        ColumnInfo("place", "struct<City:string,zip:int>", True, 3, None, False),
        ColumnInfo("day", "DATE", True, 4, None, True),
    ]


def test_one_sweep_gives_all_columns(ann: UnityCatalog, bob: UnityCatalog) -> None:
    assert {(t.full_name, c.name) for t, c in ann.all_columns("main")} == {
        ("main.gold.orders", name) for name in ("id", "amount", "place", "day")
    }
    assert {(t.full_name, c.name) for t, c in bob.all_columns("hr")} == {
        ("hr.people.names", "name")
    }


def test_names_alone_come_by_summaries(server: RestServer, ann: UnityCatalog) -> None:
    found = {one.full_name: one.table_type for one in ann.table_names("main")}
    assert len(found) == 7
    assert found["main.gold.a_metric_view"] is TableType.METRIC_VIEW
    assert server.asked("GET", "/api/2.1/unity-catalog/tables/") == []


@pytest.mark.parametrize("place", [("hr",), ("nothing",)])
def test_hidden_and_missing_catalogs_are_the_same(
    ann: UnityCatalog, place: tuple[str, ...]
) -> None:
    with pytest.raises(NotFound) as caught:
        ann.schemas(*place)
    assert caught.value.message == f"There is no catalog '{place[0]}'."


def test_hidden_schemas_and_tables_do_not_exist(ann: UnityCatalog, bob: UnityCatalog) -> None:
    with pytest.raises(NotFound, match="no schema 'hidden' in main"):
        ann.tables("main", "hidden")
    with pytest.raises(NotFound, match="no schema 'hidden' in main"):
        ann.columns("main", "hidden", "salaries")
    with pytest.raises(NotFound) as caught:
        bob.columns("main", "gold", "orders")
    assert "orders" not in caught.value.message


def test_near_names_are_of_what_the_caller_sees(ann: UnityCatalog) -> None:
    with pytest.raises(NotFound, match="Did you mean orders"):
        ann.columns("main", "gold", "order")


def test_an_odd_name_is_a_missing_one(server: RestServer, ann: UnityCatalog) -> None:
    server.faults.add(
        "GET .*/tables/.*", status=400, error_code="INVALID_PARAMETER_VALUE", message="bad"
    )
    with pytest.raises(NotFound):
        ann.columns("main", "gold", "x y")


@pytest.mark.parametrize(
    "name", ["a/b", "x/../../../tables/main.gold.orders", "a?b=c", "a#b", "%2e"]
)
def test_a_name_cannot_ask_for_something_else(
    server: RestServer, ann: UnityCatalog, name: str
) -> None:
    """The SDK puts names into paths as they are."""
    with pytest.raises(NotFound):
        ann.columns("main", "gold", name)
    assert all(
        "/unity-catalog/tables" in asked.path for asked in server.log if "gold" in asked.path
    )


def test_an_expired_token_and_a_failing_workspace_are_told_apart(
    server: RestServer, ann: UnityCatalog
) -> None:
    server.faults.add("GET .*", status=500, error_code="INTERNAL_ERROR")
    with pytest.raises(Unavailable):
        ann.catalogs()
    server.state.expire("token-of-ann")
    with pytest.raises(Unauthenticated) as caught:
        ann.catalogs()
    assert caught.value.code == "WORKSPACE_TOKEN_EXPIRED"


def test_a_schema_dropped_during_the_sweep_is_left_out(
    server: RestServer, ann: UnityCatalog
) -> None:
    server.faults.add(
        "GET .*/tables", status=404, error_code="SCHEMA_DOES_NOT_EXIST", message="gone"
    )
    assert list(ann.all_columns("main")) == []
