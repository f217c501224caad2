"""The demo's tables in the test workspace: their rows in Spark, their names in its state."""

from __future__ import annotations

from pathlib import Path

import duckdb

from tests.spark.local_spark import Spark
from tests.workspace.state import Column, Table, WorkspaceState

CATALOG = "flights"
_TYPES = {"VARCHAR": "string", "INTEGER": "int", "TIMESTAMP": "timestamp_ntz"}
_TABLES = """
    SELECT schema_name, table_name, comment, false FROM duckdb_tables()
    WHERE database_name = 'flights'
    UNION ALL
    SELECT schema_name, view_name, comment, true FROM duckdb_views()
    WHERE database_name = 'flights' AND NOT internal
"""
_COLUMNS = """
    SELECT column_name, data_type, is_nullable, comment FROM duckdb_columns()
    WHERE database_name = 'flights' AND schema_name = ? AND table_name = ? ORDER BY column_index
"""


def load(spark: Spark, state: WorkspaceState, file: Path, folder: Path) -> None:
    """Each table and view of the file as a table of Parquet; nobody may see them yet."""
    with duckdb.connect() as connection:
        connection.execute(f"ATTACH '{file}' AS {CATALOG} (READ_ONLY)")
        for schema, name, comment, is_view in connection.execute(_TABLES).fetchall():
            columns = connection.execute(_COLUMNS, [schema, name]).fetchall()
            parquet = folder / f"{schema}.{name}.parquet"
            connection.execute(f"COPY {CATALOG}.{schema}.{name} TO '{parquet}' (FORMAT parquet)")
            spark.session.sql(f"CREATE DATABASE IF NOT EXISTS `{schema}`")
            spark.session.sql(f"DROP TABLE IF EXISTS `{schema}`.`{name}`")
            spark.session.sql(
                f"CREATE TABLE `{schema}`.`{name}` USING parquet LOCATION '{parquet}'"
            )
            state.add_table(
                Table(
                    CATALOG,
                    schema,
                    name,
                    tuple(
                        Column(one, _TYPES.get(kind, kind.lower()), nullable, told)
                        for one, kind, nullable, told in columns
                    ),
                    table_type="VIEW" if is_view else "MANAGED",
                    comment=comment,
                )
            )
