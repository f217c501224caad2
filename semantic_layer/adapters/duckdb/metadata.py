"""What exists in the attached DuckDB files, read from the engine's own catalog."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import duckdb

from semantic_layer.adapters.duckdb.warehouse import DuckDBWarehouse
from semantic_layer.adapters.duckdb_surface import HIDDEN_CATALOGS, HIDDEN_SCHEMAS
from semantic_layer.errors import NotFound, WarehouseError, did_you_mean
from semantic_layer.ports import CatalogInfo, ColumnInfo, SchemaInfo, TableInfo, TableType

_CATALOGS = """
    SELECT database_name, comment FROM duckdb_databases() WHERE NOT internal ORDER BY database_name
"""
_SCHEMAS = """
    SELECT schema_name, comment FROM duckdb_schemas()
    WHERE database_name = $1 ORDER BY schema_name
"""
_TABLES = """
    SELECT schema_name, table_name AS name, 'TABLE' AS kind, estimated_size, comment, column_count,
           NULL AS definition
    FROM duckdb_tables() WHERE database_name = $catalog AND NOT internal
    UNION ALL
    SELECT schema_name, view_name, 'VIEW', NULL, comment, column_count, sql
    FROM duckdb_views() WHERE database_name = $catalog AND NOT internal
"""
_COLUMNS = """
    SELECT schema_name, table_name, column_name, data_type, is_nullable, column_index, comment
    FROM duckdb_columns() WHERE database_name = $catalog AND NOT internal
"""
_DEFINITIONS = """
    SELECT view_name, sql FROM duckdb_views() WHERE NOT internal
    UNION ALL
    SELECT function_name, macro_definition FROM duckdb_functions()
    WHERE NOT internal AND macro_definition IS NOT NULL
"""
_ONE_SCHEMA = "SELECT * FROM ({}) WHERE schema_name = $schema ORDER BY name"
_ONE_TABLE = (
    "SELECT * FROM ({}) WHERE schema_name = $schema AND table_name = $table ORDER BY column_index"
)
_ALL = "SELECT * FROM ({}) ORDER BY schema_name, name"
_ALL_COLUMNS = "SELECT * FROM ({}) ORDER BY schema_name, table_name, column_index"


class DuckDBMetadata:
    """Catalogs are the attached files; row counts are exact for tables and unknown for views.

    The engine keeps no times: a table's `updated_at` is when its file was last written.
    """

    def __init__(self, warehouse: DuckDBWarehouse) -> None:
        self._engine = warehouse.engine

    @property
    def default_catalog(self) -> str | None:
        return self._engine.options.working_catalog

    def catalogs(self) -> Sequence[CatalogInfo]:
        return [
            CatalogInfo(name=name, comment=comment)
            for name, comment in self._rows(_CATALOGS)
            if name not in HIDDEN_CATALOGS
        ]

    def schemas(self, catalog: str) -> Sequence[SchemaInfo]:
        self._require_catalog(catalog)
        return [
            SchemaInfo(name=name, catalog=catalog, comment=comment)
            for name, comment in self._rows(_SCHEMAS, [catalog])
            if name not in HIDDEN_SCHEMAS
        ]

    def tables(self, catalog: str, schema: str) -> Sequence[TableInfo]:
        rows = self._rows(_ONE_SCHEMA.format(_TABLES), {"catalog": catalog, "schema": schema})
        if not rows:
            self._require_schema(catalog, schema)
        return [self._table(catalog, row) for row in rows]

    def columns(self, catalog: str, schema: str, table: str) -> Sequence[ColumnInfo]:
        names = {"catalog": catalog, "schema": schema, "table": table}
        rows = self._rows(_ONE_TABLE.format(_COLUMNS), names)
        if not rows:
            self._require_table(catalog, schema, table)
        return [_column(row) for row in rows]

    def all_columns(self, catalog: str) -> Iterator[tuple[TableInfo, ColumnInfo]]:
        self._require_catalog(catalog)
        tables = {
            (row[0], row[1]): self._table(catalog, row)
            for row in self._rows(_ALL.format(_TABLES), {"catalog": catalog})
        }
        for row in self._rows(
            _ALL_COLUMNS.format(_COLUMNS),
            {"catalog": catalog},
        ):
            table = tables.get((row[0], row[1]))
            if table is not None:
                yield table, _column(row)

    def fingerprint(self) -> str:
        """Follows the files: a replaced or changed file changes it."""
        return sha256(self._engine.identity().encode()).hexdigest()[:16]

    def definitions(self) -> Iterator[tuple[str, str]]:
        """Views and macros of the attached files."""
        texts: dict[str, str] = {}
        for name, sql in self._rows(_DEFINITIONS):
            texts[name] = f"{texts.get(name, '')}\n{sql}"
        yield from texts.items()

    def _rows(self, sql: str, parameters: Any = None) -> list[tuple[Any, ...]]:
        with self._engine.database() as database:
            cursor = database.cursor()
            try:
                return cursor.execute(sql, parameters).fetchall()
            except duckdb.Error as error:
                raise WarehouseError("DuckDB could not say what exists.") from error
            finally:
                cursor.close()

    def _table(self, catalog: str, row: tuple[Any, ...]) -> TableInfo:
        schema, name, kind, size, comment, column_count, definition = row
        return TableInfo(
            name=name,
            catalog=catalog,
            schema=schema,
            table_type=TableType(kind),
            row_count=size,
            comment=comment,
            updated_at=self._written_at(catalog),
            column_count=column_count,
            view_definition=definition,
        )

    def _written_at(self, catalog: str) -> datetime | None:
        path = self._engine.options.catalogs.get(catalog)
        try:
            return None if path is None else datetime.fromtimestamp(path.stat().st_mtime, UTC)
        except OSError:
            return None

    def _require_catalog(self, catalog: str) -> None:
        names = [found.name for found in self.catalogs()]
        if catalog not in names:
            raise _missing("catalog", catalog, names)

    def _require_schema(self, catalog: str, schema: str) -> None:
        names = [found.name for found in self.schemas(catalog)]
        if schema not in names:
            raise _missing("schema", schema, names, inside=catalog)

    def _require_table(self, catalog: str, schema: str, table: str) -> None:
        names = [found.name for found in self.tables(catalog, schema)]
        if table not in names:
            raise _missing("table", table, names, inside=f"{catalog}.{schema}")


def _column(row: tuple[Any, ...]) -> ColumnInfo:
    _, _, name, data_type, nullable, position, comment = row
    return ColumnInfo(
        name=name,
        data_type=data_type,
        nullable=nullable,
        position=position,
        comment=comment,
    )


def _missing(kind: str, name: str, known: Sequence[str], *, inside: str | None = None) -> NotFound:
    near = did_you_mean(name, known)
    place = f" in {inside}" if inside else ""
    hint = f" Did you mean {' or '.join(near)}?" if near else ""
    return NotFound(f"There is no {kind} {name!r}{place}.{hint}", suggestions=near or None)
