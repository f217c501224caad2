"""The tables and models of a random world: into DuckDB, and as a graph."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from semantic_layer.compiler import SemanticGraph, build_graph, read_mapping
from semantic_layer.compiler.spec import Project
from tests.oracle.world import TERM, Model, World, expression, grain_of
from tests.oracle.worlds import CALENDAR, SCHEMA

UNREACHABLE = ("NOT_REACHABLE", "FAN_OUT", "AMBIGUOUS_PATH", "BROKEN_INPUT", "UNKNOWN_GRAIN")
SPINE = {
    "time_spines": [
        {
            "node_relation": {"schema_name": SCHEMA, "alias": "days"},
            "primary_column": {"name": "day", "time_granularity": "day"},
            "custom_granularities": [{"name": TERM}],
        }
    ]
}


def columns_of(model: Model) -> dict[str, str]:
    """Column -> SQL type of the model's table."""
    found = {"id": "INTEGER", "cat": "VARCHAR", "num": "INTEGER", "flag": "BOOLEAN"}
    for item in model["entities"]:
        found.setdefault(expression(item), "INTEGER")
    for item in model["dimensions"]:
        if item["type"] == "time":
            found[expression(item)] = "TIMESTAMP" if grain_of(item) == "hour" else "DATE"
        elif item.get("is_partition"):
            found[expression(item)] = "VARCHAR"
    return found


def values_of(world: World, model: Model) -> list[list[Any]]:
    names = columns_of(model)
    return [[row.get(name) for name in names] for row in world.rows[model["name"]]]


def load_world(connection: Any, world: World) -> None:
    """Create each model's table and fill it, one statement each: loading takes most of the time."""
    for model in world.models:
        load(connection, model["model"], columns_of(model), values_of(world, model))


def load_calendar(connection: Any) -> None:
    connection.execute(f"CREATE SCHEMA {SCHEMA}")
    rows = [[day, term] for day, term in CALENDAR.items()]
    load(connection, f"{SCHEMA}.days", {"day": "DATE", TERM: "DATE"}, rows)


def load(connection: Any, name: str, columns: Mapping[str, str], rows: list[list[Any]]) -> None:
    typed = ", ".join(f"{column} {type_}" for column, type_ in columns.items())
    connection.execute(f"CREATE OR REPLACE TABLE {name} ({typed})")
    if rows:
        values = ", ".join(f"({', '.join(map(literal, row))})" for row in rows)
        connection.execute(f"INSERT INTO {name} VALUES {values}")


def literal(value: Any) -> str:
    """A generated value as SQL text."""
    if isinstance(value, datetime):
        return f"TIMESTAMP '{value.isoformat(sep=' ')}'"
    if isinstance(value, str):
        quoted = value.replace("'", "''")
        return f"'{quoted}'"
    return "NULL" if value is None else str(value)


def graph_of(world: World) -> SemanticGraph:
    documents = [*world.models, *([{"project_configuration": SPINE}] if world.days else [])]
    project = Project()
    for document in documents:
        project += read_mapping(document)
    assert not project.issues, project.issues
    graph = build_graph(project)
    # A random filter may lie out of an input's reach: that metric is left out, and the reference
    # refuses questions of it as well.
    strange = [i for i in graph.issues if i.severity == "error" and i.code not in UNREACHABLE]
    assert not strange, strange
    return graph
