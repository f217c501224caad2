"""Twins of ports for tests: they answer what they were told and raise on anything else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from semantic_layer.errors import NotFound
from semantic_layer.ports import CatalogInfo, ColumnInfo, SchemaInfo, TableInfo, TableType

T = TypeVar("T")

Contents = Mapping[str, Mapping[str, Mapping[str, Sequence[str]]]]


class Untold(AssertionError):
    """The code under test asked for something the test did not tell of."""


@dataclass
class StaticMetadata:
    """A MetadataSource of `{catalog: {schema: {table: [column, ...]}}}`; columns are VARCHAR.

    `calls` lists what was asked. A name that is not in `contents` raises NotFound where it is
    listed in `missing`, else Untold.
    """

    contents: Contents
    version: str = "1"
    default_catalog: str | None = None
    missing: frozenset[str] = frozenset()
    comments: Mapping[str, str] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)

    def catalogs(self) -> Sequence[CatalogInfo]:
        self.calls.append("catalogs")
        return [CatalogInfo(name, comment=self.comments.get(name)) for name in self.contents]

    def schemas(self, catalog: str) -> Sequence[SchemaInfo]:
        self.calls.append(f"schemas {catalog}")
        return [
            SchemaInfo(name, catalog, comment=self.comments.get(name))
            for name in self._told(self.contents, catalog)
        ]

    def tables(self, catalog: str, schema: str) -> Sequence[TableInfo]:
        self.calls.append(f"tables {catalog}.{schema}")
        tables = self._told(self._told(self.contents, catalog), schema)
        return [self._table(catalog, schema, name) for name in tables]

    def columns(self, catalog: str, schema: str, table: str) -> Sequence[ColumnInfo]:
        self.calls.append(f"columns {catalog}.{schema}.{table}")
        names = self._told(self._told(self._told(self.contents, catalog), schema), table)
        return [self._column(name, at) for at, name in enumerate(names, 1)]

    def all_columns(self, catalog: str) -> Iterator[tuple[TableInfo, ColumnInfo]]:
        self.calls.append(f"all_columns {catalog}")
        for schema, tables in self._told(self.contents, catalog).items():
            for name, columns in tables.items():
                table = self._table(catalog, schema, name)
                for at, column in enumerate(columns, 1):
                    yield table, self._column(column, at)

    def fingerprint(self) -> str:
        return self.version

    def _table(self, catalog: str, schema: str, name: str) -> TableInfo:
        comment = self.comments.get(name)
        return TableInfo(name, catalog, schema, TableType.TABLE, row_count=10, comment=comment)

    def _column(self, name: str, position: int) -> ColumnInfo:
        return ColumnInfo(name, "VARCHAR", True, position, comment=self.comments.get(name))

    def _told(self, known: Mapping[str, T], name: str) -> T:
        if name in known:
            return known[name]
        if name in self.missing:
            raise NotFound(f"There is no {name!r}.")
        raise Untold(f"{name!r} was asked for, the test tells of {sorted(known)}")
