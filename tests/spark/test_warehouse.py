"""The Databricks adapter does what every warehouse must: the unmodified driver talks Thrift to the
test workspace, where real Spark SQL runs the statements.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlglot import exp

from semantic_layer.adapters.databricks.options import DatabricksOptions
from semantic_layer.adapters.databricks.warehouse import DatabricksWarehouse
from semantic_layer.compiler.dialects import render
from semantic_layer.errors import SqlError
from semantic_layer.ports import Credential, Warehouse
from tests.adapters.contract import WarehouseContract
from tests.adapters.databricks.texts import TEXTS
from tests.adapters.running import ended, rows, submitted
from tests.spark import local_spark
from tests.workspace.spark_engine import SparkEngine
from tests.workspace.state import Column, Table, WorkspaceState
from tests.workspace.thrift_server import HTTP_PATH, serving

if reason := local_spark.missing():
    pytest.skip(reason, allow_module_level=True)

ANN = Credential("ann@example.com", "dapi-ann")
BOB = Credential("bob@example.com", "dapi-bob")


@pytest.fixture(scope="module")
def workspace() -> WorkspaceState:
    state = WorkspaceState()
    for credential in (ANN, BOB):
        state.add_person(credential.principal, token=credential.token)
    for name in ("orders", "salaries"):
        state.add_table(Table("shop", "gold", name, (Column("order_id", "int"),)))
    state.grant("ann@example.com", "shop")
    state.grant("bob@example.com", "shop.gold.orders")
    return state


@pytest.fixture(scope="module")
def engine_room(
    spark: local_spark.Spark, workspace: WorkspaceState
) -> Iterator[DatabricksWarehouse]:
    for name in ("orders", "salaries"):
        spark.load(f"gold.{name}", {"order_id": "INT"}, [[1], [2]])
    with serving(workspace, SparkEngine(spark.session, {"shop": spark.session})) as server:
        warehouse = DatabricksWarehouse(DatabricksOptions(server.url, HTTP_PATH, catalog="shop"))
        yield warehouse
        warehouse.close()


@pytest.fixture
def warehouse(engine_room: DatabricksWarehouse) -> Warehouse:
    return engine_room.for_credential(ANN)


class TestDatabricks(WarehouseContract):
    texts = TEXTS


def test_types_are_written_as_databricks_writes_them(warehouse: Warehouse) -> None:
    sql = (
        "SELECT 1 AS a, 1L AS b, 1.5 AS c, 'x' AS d, DATE '2024-01-01' AS e, TIMESTAMP '2024-01-01'"
        " AS f, array(1) AS g, map('a', 1.5D) AS h, named_struct('x', true) AS i, "
        "INTERVAL '1' MONTH AS j, NULL AS k, TIMESTAMP_NTZ '2024-01-01' AS l, X'00' AS m"
    )
    handle = submitted(warehouse, sql)
    ended(warehouse, handle)
    assert [column.type for column in warehouse.columns(handle)] == [
        "INT", "BIGINT", "DECIMAL(2,1)", "STRING", "DATE", "TIMESTAMP", "ARRAY<INT>",
        "MAP<STRING, DOUBLE>", "STRUCT<x: BOOLEAN>", "INTERVAL YEAR MONTH", "VOID",
        "TIMESTAMP_NTZ", "BINARY",
    ]  # fmt: skip
    warehouse.cancel(handle)


def test_settings_of_the_engine_are_not_put_into_texts(warehouse: Warehouse) -> None:
    """Spark replaces `${...}` before it reads a statement; as a value and escaped it stays."""
    text = "\\${spark.master}"
    written = render(exp.Literal.string(text), "databricks")
    assert rows(warehouse, f"SELECT {written} AS a") == [{"a": text}]
    assert rows(warehouse, "SELECT :a AS a", parameters={"a": text}) == [{"a": text}]


def test_statements_run_as_whoever_asks(engine_room: DatabricksWarehouse) -> None:
    for credential in (ANN, BOB):
        found = rows(engine_room.for_credential(credential), "SELECT current_user() AS who")
        assert found == [{"who": credential.principal}]


def test_what_one_may_not_read_does_not_exist(engine_room: DatabricksWarehouse) -> None:
    ann, bob = engine_room.for_credential(ANN), engine_room.for_credential(BOB)
    assert len(rows(ann, "SELECT * FROM shop.gold.salaries")) == 2
    told = []
    for table in ("shop.gold.salaries", "shop.gold.no_such_one"):
        with pytest.raises(SqlError) as caught:
            rows(bob, f"SELECT * FROM {table}")
        told.append((caught.value.message.replace(table, "T"), caught.value.details))
    assert told[0] == told[1]


def test_explain_finds_what_running_would_find(warehouse: Warehouse) -> None:
    warehouse.explain_check("SELECT order_id FROM shop.gold.orders WHERE order_id = :p0")
    warehouse.explain_check("SELECT :a AS a, ':b' AS b, 1::int AS c", {"a": 1})
    warehouse.explain_check("SHOW TABLES IN shop.gold")
    with pytest.raises(SqlError) as caught:
        warehouse.explain_check("SELECT order_id,\n  nope\nFROM shop.gold.orders")
    assert (caught.value.details["line"], caught.value.details["column"]) == (2, 3)
    assert "Project" not in caught.value.message
    with pytest.raises(SqlError):
        warehouse.explain_check("SELECT * FROM shop.gold.no_such_table")
    with pytest.raises(SqlError):
        warehouse.explain_check("SELECT (1 + FROM x")


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("SELECT 1/0 AS v", "zero"),
        ("SELECT CAST('x' AS INT) AS v", "cast"),
        ("SELECT raise_error('own words') AS v", "own words"),
    ],
)
def test_errors_while_running_are_the_statements_own(
    warehouse: Warehouse, sql: str, words: str
) -> None:
    with pytest.raises(SqlError) as caught:
        rows(warehouse, sql)
    assert words in caught.value.message
    assert "==" not in caught.value.message
    assert "SQLSTATE" not in caught.value.message
