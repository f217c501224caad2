"""Random worlds: compiled SQL on DuckDB gives the rows of the reference, or both refuse."""

from __future__ import annotations

import os
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, event, given, settings

from semantic_layer.compiler import build_graph, compile_query, parse_query, read_mapping
from semantic_layer.compiler.spec import Project
from semantic_layer.errors import QueryError
from tests.oracle.brute import Refused, World, answer
from tests.oracle.worlds import SCHEMA, Case, cases

EXAMPLES = int(os.environ.get("RANDOM_WORLDS", "2000"))
UNREACHABLE = ("NOT_REACHABLE", "FAN_OUT", "BROKEN_INPUT")
TYPES = {"id": "INTEGER", "num": "INTEGER", "flag": "BOOLEAN", "cat": "VARCHAR", "ds": "DATE"}


@pytest.fixture(scope="module")
def database():
    connection = duckdb.connect(":memory:", config={"threads": 1})
    connection.execute(f"CREATE SCHEMA {SCHEMA}")
    yield connection
    connection.close()


def load(connection: duckdb.DuckDBPyConnection, world: World) -> None:
    """Create each model's table with the columns that its description uses, and fill it."""
    for model in world.models:
        keys = [e["expr"] for e in model["entities"] if e["type"] == "foreign"]
        columns = ["id", "cat", "num", "flag", *keys]
        if any(d["name"] == "ds" for d in model["dimensions"]):
            columns.append("ds")
        typed = ", ".join(f"{name} {TYPES.get(name, 'INTEGER')}" for name in columns)
        connection.execute(f"CREATE OR REPLACE TABLE {model['model']} ({typed})")
        rows = [[row.get(name) for name in columns] for row in world.rows[model["name"]]]
        if rows:  # one statement for all rows: loading takes most of a case's time
            values = ", ".join(f"({', '.join(map(literal, row))})" for row in rows)
            connection.execute(f"INSERT INTO {model['model']} VALUES {values}")


def literal(value: Any) -> str:
    """A generated value as SQL text."""
    if isinstance(value, date):
        return f"DATE '{value.isoformat()}'"
    if isinstance(value, str):
        quoted = value.replace("'", "''")
        return f"'{quoted}'"
    return "NULL" if value is None else str(value)


def graph_of(world: World):
    projects = [read_mapping(model) for model in world.models]
    issues = [issue for project in projects for issue in project.issues]
    assert not issues, issues
    graph = build_graph(
        Project(
            models=tuple(m for p in projects for m in p.models),
            metrics=tuple(m for p in projects for m in p.metrics),
        )
    )
    # A random filter may lie out of an input's reach: that metric is left out, and the reference
    # refuses questions of it as well.
    strange = [i for i in graph.issues if i.code not in UNREACHABLE]
    assert not strange, strange
    return graph


def plain(value: Any) -> Any:
    """Values of equal meaning made equal: dates of midnight, numbers to 9 digits."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date | str) or value is None:
        return value
    if isinstance(value, int | float | Decimal):
        return round(float(value), 6)
    return value


def comparable(rows: Any) -> list[str]:
    return sorted(repr(tuple(plain(value) for value in row)) for row in rows)


def expected_rows(case: Case) -> set[tuple[Any, ...]] | None:
    """The reference's rows; None where it refuses the question."""
    try:
        return answer(case.world, case.query)
    except Refused:
        return None


@pytest.mark.timeout(900)  # 80 seconds of CPU, on a machine that others may use as well
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(case=cases())
def test_compiled_rows_equal_the_reference(database, case: Case):
    query, graph = parse_query(case.query), graph_of(case.world)
    expected = expected_rows(case)
    if expected is None:
        event("refused")
        with pytest.raises(QueryError):
            compile_query(query, graph, dialect="duckdb")
        return
    compiled = compile_query(query, graph, dialect="duckdb")
    load(database, case.world)
    rows = database.execute(compiled.sql, dict(compiled.parameters)).fetchall()
    event("answered")
    assert comparable(rows) == comparable(expected), compiled.sql
    assert len(rows) == len(set(rows))
