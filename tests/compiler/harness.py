"""Runs compiled text on tiny hand-written tables: the judge of a case is its rows, not its text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import yaml

from semantic_layer.compiler import (
    AccessPolicy,
    CompiledQuery,
    SemanticGraph,
    Source,
    build_graph,
    compile_query,
    parse_query,
    read_documents,
)

HERE = Path(__file__).parent
NOW = datetime(2024, 3, 15, 12, 0, tzinfo=UTC)
Rows = list[tuple[Any, ...]]


@dataclass(frozen=True)
class World:
    """Models with the tables they speak of."""

    name: str
    graph: SemanticGraph
    connection: duckdb.DuckDBPyConnection

    def compile(
        self, dialect: str = "duckdb", *, policy: AccessPolicy | None = None, **body: Any
    ) -> CompiledQuery:
        return compile_query(parse_query(body), self.graph, policy=policy, dialect=dialect, now=NOW)

    def ask(self, policy: AccessPolicy | None = None, **body: Any) -> Rows:
        """The answer's rows, times as ISO text, in a fixed order unless the query has one."""
        compiled = self.compile("duckdb", policy=policy, **body)
        rows = self.run(compiled.sql, compiled.parameters)
        return rows if body.get("order_by") else in_order(rows)

    def run(self, sql: str, parameters: Any = None) -> Rows:
        found = self.connection.cursor().execute(sql, parameters or {}).fetchall()
        return [tuple(plain(value) for value in row) for row in found]


def plain(value: Any) -> Any:
    """Dates and midnights as dates, decimals as floats: engines differ in type, not in value."""
    if isinstance(value, datetime):
        return (
            value.date().isoformat() if value.time() == datetime.min.time() else value.isoformat()
        )
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return float(value)
    return round(value, 9) if isinstance(value, float) else value


def in_order(rows: Rows) -> Rows:
    return sorted(rows, key=lambda row: [(v is None, str(type(v)), str(v)) for v in row])


def load_tables(connection: duckdb.DuckDBPyConnection, tables: dict[str, Any]) -> None:
    for name, table in tables.items():
        connection.execute(f"CREATE SCHEMA IF NOT EXISTS {name.split('.')[0]}")
        columns = ", ".join(f'"{column}" {type_}' for column, type_ in table["columns"].items())
        connection.execute(f"CREATE TABLE {name} ({columns})")
        for row in table["rows"]:
            marks = ", ".join("?" for _ in row)
            connection.execute(f"INSERT INTO {name} VALUES ({marks})", row)


def graph_of(models: str) -> SemanticGraph:
    return build_graph(read_documents([Source(models, "models.yml")]))


def make_world(name: str, models: str, tables: dict[str, Any]) -> World:
    graph = graph_of(models)
    errors = [str(issue) for issue in graph.issues if issue.severity == "error"]
    assert not errors, errors
    connection = duckdb.connect()
    load_tables(connection, tables)
    return World(name, graph, connection)


@cache
def world(name: str) -> World:
    document = yaml.safe_load((HERE / "worlds" / f"{name}.yaml").read_text())
    return make_world(name, document["models"], document["tables"])


def cases() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every case of cases/*.yaml under its golden name `<topic>__<case>`."""
    for file in sorted((HERE / "cases").glob("*.yaml")):
        document = yaml.safe_load(file.read_text())
        for name, case in document["cases"].items():
            yield f"{file.stem}__{name}", {"world": document["world"], **case}
