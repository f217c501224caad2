"""What is known of the warehouse while statements are read: tables and the columns they have."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from sqlglot import MappingSchema, exp


@dataclass(frozen=True, order=True)
class TableName:
    """A table's three-part name in lower case, as both dialects compare names."""

    catalog: str
    schema: str
    name: str

    @classmethod
    def of(cls, catalog: str, schema: str, name: str) -> TableName:
        return cls(catalog.lower(), schema.lower(), name.lower())

    def __str__(self) -> str:
        return f"{self.catalog}.{self.schema}.{self.name}"


@dataclass(frozen=True)
class Inventory:
    """Tables with their columns in order, in lower case.

    `catalog` and `schema` are what names with fewer parts mean; catalog "" where every name needs
    its own.
    """

    tables: Mapping[TableName, tuple[str, ...]]
    catalog: str = ""
    schema: str = "main"
    _shared: dict[str, MappingSchema] = field(default_factory=dict, compare=False, repr=False)

    @classmethod
    def of(
        cls,
        tables: Mapping[TableName, Iterable[str]],
        *,
        catalog: str | None = None,
        schema: str = "main",
    ) -> Inventory:
        folded = {
            name: tuple(column.lower() for column in columns) for name, columns in tables.items()
        }
        return cls(folded, (catalog or "").lower(), schema.lower())

    def seen_from(self, catalog: str, schema: str) -> Inventory:
        """The same tables, for a statement whose short names mean another schema: a view's."""
        return Inventory(self.tables, catalog.lower(), schema.lower(), self._shared)

    def columns(self, table: TableName) -> tuple[str, ...] | None:
        """The table's columns; None where it is not known."""
        return self.tables.get(table)

    def schema_for(self, dialect: str) -> MappingSchema:
        """The tables as sqlglot's optimizer wants them; made once per dialect."""
        found = self._shared.get(dialect)
        if found is None:
            found = MappingSchema(self._nested, dialect=dialect, normalize=False)
            self._shared[dialect] = found
        return found

    @cached_property
    def _nested(self) -> dict[str, object]:
        nested: dict[str, dict[str, dict[str, dict[str, str]]]] = {}
        for table, columns in self.tables.items():
            schema = nested.setdefault(table.catalog, {}).setdefault(table.schema, {})
            # Types are not needed to find out where a column comes from.
            schema[table.name] = dict.fromkeys(columns, "text") or {"": "text"}
        return dict(nested)


def table_name(table: exp.Table) -> TableName | None:
    """The full name of a table reference that has been qualified; None for functions and the like
    and where the catalog is not known."""
    if isinstance(table.this, exp.Func) or not (table.catalog and table.db and table.name):
        return None
    return TableName.of(table.catalog, table.db, table.name)
