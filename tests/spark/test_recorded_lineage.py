"""Lineage from the system tables, as real Spark SQL; who may not read them gets the REST call's."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from semantic_layer.adapters.databricks.lineage import DatabricksLineage
from semantic_layer.adapters.databricks.options import DatabricksOptions
from semantic_layer.adapters.databricks.warehouse import DatabricksWarehouse
from semantic_layer.adapters.databricks.workspace import Workspace
from semantic_layer.ports import Credential, LineageDirection, LineageEdge
from tests.spark import local_spark
from tests.workspace.rest_server import RestServer
from tests.workspace.spark_engine import SparkEngine, with_own_catalog
from tests.workspace.state import Column, Table
from tests.workspace.thrift_server import HTTP_PATH, serving

if reason := local_spark.missing():
    pytest.skip(reason, allow_module_level=True)

UP, DOWN = LineageDirection.UPSTREAM, LineageDirection.DOWNSTREAM
ANN, BOB = (Credential(f"{name}@example.com", f"dapi-{name}") for name in ("ann", "bob"))
LINEAGE = "/api/2.0/lineage-tracking/"
RAW, ORDERS, DAILY = "main.raw.lines", "main.gold.orders", "main.gold.daily"
# As documented: docs.databricks.com, admin/system-tables/lineage.
ENDS = ("table_full_name", "table_catalog", "table_schema", "table_name", "path", "type")
TABLE_LINEAGE = {
    **dict.fromkeys(("account_id", "metastore_id", "workspace_id"), "STRING"),
    **dict.fromkeys(("entity_type", "entity_id", "entity_run_id"), "STRING"),
    **{f"{side}_{end}": "STRING" for side in ("source", "target") for end in ENDS},
    "created_by": "STRING",
    "event_time": "TIMESTAMP",
    "event_date": "DATE",
}
COLUMN_LINEAGE = {
    **TABLE_LINEAGE,
    "source_column_name": "STRING",
    "target_column_name": "STRING",
}
NOW = datetime.now(UTC)
LONG_AGO = NOW - timedelta(days=500)


def event(columns: dict[str, str], at: datetime = NOW, **told: Any) -> list[Any]:
    times = {"event_time": at.replace(tzinfo=None), "event_date": at.date()}
    return [{**told, **times}.get(column) for column in columns]


def between(source: str | None, target: str | None, **more: Any) -> dict[str, Any]:
    ends = {"source_table_full_name": source, "target_table_full_name": target}
    kinds = {
        f"{side}_type": "TABLE" for side in ("source", "target") if ends[f"{side}_table_full_name"]
    }
    return {**ends, **kinds, **more}


@pytest.fixture
def warehouse(spark: local_spark.Spark, rest: RestServer) -> Iterator[DatabricksWarehouse]:
    system = local_spark.Spark(with_own_catalog(spark.session))
    to_daily = between(ORDERS, DAILY, target_type="VIEW")
    read = between(ORDERS, None, entity_type="DASHBOARD_V3", entity_id="dash-1")
    written = between(None, ORDERS, source_path="s3://bucket/orders", source_type="PATH")
    tables = (
        between(RAW, ORDERS),
        between(RAW, ORDERS, entity_type="JOB"),
        to_daily,
        read,
        written,
    )
    events = [event(TABLE_LINEAGE, **told) for told in tables]
    events.append(event(TABLE_LINEAGE, LONG_AGO, **between("main.raw.gone", ORDERS)))
    system.load("access.table_lineage", TABLE_LINEAGE, events)
    price = {"source_column_name": "price", "target_column_name": "amount"}
    literal = {"target_column_name": "kind"}
    columns = (between(RAW, ORDERS, **price), between(None, ORDERS, **literal))
    system.load(
        "access.column_lineage",
        COLUMN_LINEAGE,
        [event(COLUMN_LINEAGE, **told) for told in columns],
    )
    state = rest.state
    for name, given in (("table_lineage", TABLE_LINEAGE), ("column_lineage", COLUMN_LINEAGE)):
        shown = tuple(Column(column, kind.lower()) for column, kind in given.items())
        state.add_table(Table("system", "access", name, shown))
    for name in (RAW, ORDERS, DAILY, "main.hr.pay"):
        state.add_table(Table(*name.split("."), (Column("id", "int"),)))
    for person in (ANN, BOB):
        state.add_person(person.principal, token=person.token)
        state.grant(person.principal, "main.raw", "main.gold")
    state.grant(ANN.principal, "system.access")
    rest.world.table_lineage |= {(RAW, ORDERS), ("main.hr.pay", ORDERS)}
    with serving(state, SparkEngine(spark.session, {"system": system.session})) as server:
        found = DatabricksWarehouse(DatabricksOptions(server.url, HTTP_PATH))
        yield found
        found.close()


def lineage(
    who: Credential, workspace: Workspace, warehouse: DatabricksWarehouse
) -> DatabricksLineage:
    return DatabricksLineage(
        workspace.as_principal(who), warehouse.for_credential(who), lambda table: ["id"]
    )


def test_the_system_tables_are_read_as_whoever_asks(
    rest: RestServer, workspace: Workspace, warehouse: DatabricksWarehouse
) -> None:
    anns = lineage(ANN, workspace, warehouse)
    assert anns.edges(ORDERS, direction=UP, columns=False) == [
        LineageEdge(RAW, "TABLE", ORDERS, "TABLE"),
        LineageEdge("s3://bucket/orders", "PATH", ORDERS, "TABLE"),
    ]
    assert anns.edges(ORDERS, direction=DOWN, columns=False) == [
        LineageEdge(ORDERS, "TABLE", "dash-1", "DASHBOARD"),
        LineageEdge(ORDERS, "TABLE", DAILY, "VIEW"),
    ]
    assert anns.edges(ORDERS, direction=UP, columns=True) == [
        LineageEdge(RAW, "TABLE", ORDERS, "TABLE", "price", "amount")
    ]
    assert rest.asked("GET", LINEAGE) == []


def test_who_may_not_read_them_gets_the_rest_calls(
    rest: RestServer, workspace: Workspace, warehouse: DatabricksWarehouse
) -> None:
    """The call leaves out what Bob may not see."""
    found = lineage(BOB, workspace, warehouse).edges(ORDERS, direction=UP, columns=False)
    assert found == [LineageEdge(RAW, "TABLE", ORDERS, "TABLE")]
    assert len(rest.asked("GET", LINEAGE)) == 1
