"""A DuckDB file as a catalog of the test workspace: its rows in Spark, its names in the state."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import sqlglot

from tests.spark.local_spark import Spark
from tests.workspace.spark_engine import with_own_catalog
from tests.workspace.state import Column, Table, WorkspaceState

_NAME = re.compile(r"\w+")
_NUMBERS = itertools.count(1)
_SCHEMAS = """
    SELECT schema_name, comment FROM duckdb_schemas()
    WHERE database_name = ? AND (NOT internal OR schema_name = 'main')
"""
_TABLES = """
    SELECT schema_name, table_name, comment, NULL FROM duckdb_tables() WHERE database_name = $1
    UNION ALL
    SELECT schema_name, view_name, comment, sql FROM duckdb_views()
    WHERE database_name = $1 AND NOT internal
"""
_COLUMNS = """
    SELECT column_name, is_nullable, comment FROM duckdb_columns()
    WHERE database_name = ? AND schema_name = ? AND table_name = ? ORDER BY column_index
"""


@dataclass(frozen=True)
class Copied:
    """`session` reads the rows; schemas with their comments."""

    name: str
    session: Any
    schemas: dict[str, str | None]
    tables: tuple[Table, ...]

    def show(self, state: WorkspaceState) -> None:
        """It exists from now on; nobody may see it yet."""
        state.catalogs.setdefault(self.name, None)
        for schema, comment in self.schemas.items():
            state.schemas[f"{self.name}.{schema}"] = comment
        for table in self.tables:
            state.add_table(table)

    def hide(self, state: WorkspaceState) -> None:
        with state.lock:
            state.catalogs.pop(self.name, None)
            for schema in self.schemas:
                state.schemas.pop(f"{self.name}.{schema}", None)
            for table in self.tables:
                state.tables.pop(table.full_name, None)


def copied(spark: Spark, name: str, file: Path, folder: Path) -> Copied:
    """Each table and view of the file as a table of Parquet in a catalog of its own. Those whose
    name Unity Catalog would not take, or whose types it lacks, are left out.
    """
    session = with_own_catalog(spark.session)
    with duckdb.connect() as connection:
        connection.execute(f"ATTACH '{file}' AS {_quoted(name)} (READ_ONLY)")
        connection.execute(f"USE {_quoted(name)}")
        found = connection.execute(_SCHEMAS, [name]).fetchall()
        schemas = {schema: comment for schema, comment in found if _NAME.fullmatch(schema)}
        for schema in schemas:
            session.sql(f"CREATE DATABASE IF NOT EXISTS `{schema}`")
        tables = tuple(_tables(connection, session, name, folder))
    return Copied(name, session, schemas, tables)


def _tables(
    connection: duckdb.DuckDBPyConnection, session: Any, catalog: str, folder: Path
) -> Iterator[Table]:
    for schema, name, comment, view in connection.execute(_TABLES, [catalog]).fetchall():
        if not _NAME.fullmatch(schema) or not _NAME.fullmatch(name):
            continue
        columns = connection.execute(_COLUMNS, [catalog, schema, name]).fetchall()
        parquet = folder / f"{next(_NUMBERS)}.parquet"
        full = f"{_quoted(catalog)}.{_quoted(schema)}.{_quoted(name)}"
        connection.execute(f"COPY {full} TO '{parquet}' (FORMAT parquet)")
        here = f"`{schema}`.`{name}`"
        session.sql(f"CREATE TABLE {here} USING parquet LOCATION '{parquet}'")
        types = [field.dataType.simpleString() for field in session.table(here).schema]
        yield Table(
            catalog,
            schema,
            name,
            tuple(
                Column(column, type_, nullable, told)
                for (column, nullable, told), type_ in zip(columns, types, strict=True)
            ),
            table_type="MANAGED" if view is None else "VIEW",
            comment=comment,
            view_definition=None if view is None else _definition(view),
        )


def _definition(view: str) -> str | None:
    """The query of a CREATE VIEW, as Databricks writes it."""
    with suppress(sqlglot.errors.SqlglotError):
        query = sqlglot.parse_one(view, read="duckdb").expression
        return str(query.sql("databricks"))
    return None


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
