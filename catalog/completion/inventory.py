"""What exists in the warehouse as one caller may see it, packed for searching.

Immutable once built, and free of the caller: two callers who see the same things may share one
(`digest` tells).
"""

from __future__ import annotations

import sys
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

from catalog.completion.names import NameIndex, folded
from semantic_layer.ports import CatalogInfo, ColumnInfo, SchemaInfo, TableInfo, TableType


@dataclass(frozen=True, slots=True)
class TableEntry:
    """One table; its columns are `first_column` up to the next table's."""

    name: str
    catalog: str
    schema: str
    table_type: TableType
    row_count: int | None
    comment: str | None


@dataclass(frozen=True, slots=True)
class ColumnEntry:
    """One column, unpacked for showing."""

    name: str
    data_type: str
    comment: str | None
    table: TableEntry


@dataclass(frozen=True)
class Postings:
    """For each name id the numbers that carry it: two flat arrays instead of a list each."""

    starts: array[int]
    numbers: array[int]

    def of(self, identifier: int) -> Sequence[int]:
        return self.numbers[self.starts[identifier] : self.starts[identifier + 1]]

    @classmethod
    def group(cls, identifiers: Sequence[int], count: int) -> Postings:
        """`identifiers[number]` is the name id of that number, `count` how many ids there are."""
        order = sorted(range(len(identifiers)), key=identifiers.__getitem__)
        sorted_ids = array("I", (identifiers[number] for number in order))
        starts = array("I", (bisect_left(sorted_ids, one) for one in range(count + 1)))
        return cls(starts, array("I", order))


@dataclass(frozen=True)
class Inventory:
    """Catalogs, schemas, tables and columns, findable by letters; built by InventoryBuilder."""

    catalogs: tuple[CatalogInfo, ...]
    schemas: tuple[SchemaInfo, ...]
    tables: tuple[TableEntry, ...]
    table_names: NameIndex
    column_names: NameIndex
    digest: str
    _tables_by_name: Postings
    _columns_by_name: Postings
    _first_columns: array[int]
    _column_ids: array[int]
    _column_spellings: tuple[str, ...]
    _column_types: array[int]
    _types: tuple[str, ...]
    _comments: dict[int, str]

    @property
    def column_count(self) -> int:
        return len(self._column_ids)

    def tables_named(self, identifier: int) -> list[TableEntry]:
        """The tables that carry a name of `table_names`."""
        return [self.tables[number] for number in self._tables_by_name.of(identifier)]

    def columns_named(self, identifier: int) -> Sequence[int]:
        """Numbers of the columns that carry a name of `column_names`."""
        return self._columns_by_name.of(identifier)

    def column(self, number: int) -> ColumnEntry:
        return ColumnEntry(
            self._column_spellings[number],
            self._types[self._column_types[number]],
            self._comments.get(number),
            self.tables[bisect_right(self._first_columns, number) - 1],
        )

    def column_name(self, number: int) -> str:
        return self._column_spellings[number]

    def columns_of(self, table: int) -> range:
        """Numbers of a table's columns, in their order."""
        return range(self._first_columns[table], self._first_columns[table + 1])

    def tables_at(self, path: Sequence[str], default_catalog: str | None) -> list[int]:
        """Numbers of the tables that a dotted path of one to three names may mean.

        A two-part name means the default catalog where the table is in there; a bare name means
        every table that has it.
        """
        if not 1 <= len(path) <= 3:
            return []
        identifier = self.table_names.identifier(folded(path[-1]))
        if identifier is None:
            return []
        numbers = [
            number
            for number in self._tables_by_name.of(identifier)
            if _ends_with(self.tables[number], path)
        ]
        home = [number for number in numbers if self.tables[number].catalog == default_catalog]
        return home or numbers

    def tables_in(self, catalog: str | None, schema: str) -> Iterator[TableEntry]:
        """Tables of the schemas called so, in one catalog or in all."""
        for table in self.tables:
            if folded(table.schema) == schema and catalog in (None, folded(table.catalog)):
                yield table


def _ends_with(table: TableEntry, path: Sequence[str]) -> bool:
    parts = (table.catalog, table.schema, table.name)[-len(path) :]
    return all(folded(part) == folded(name) for part, name in zip(parts, path, strict=True))


@dataclass
class _Table:
    """Columns of one table while they come in."""

    entry: TableEntry
    names: list[str] = field(default_factory=list)
    types: array[int] = field(default_factory=lambda: array("I"))
    comments: dict[int, str] = field(default_factory=dict)


class InventoryBuilder:
    """Collects one sweep over the metadata; `build` packs it."""

    def __init__(self) -> None:
        self._catalogs: list[CatalogInfo] = []
        self._schemas: list[SchemaInfo] = []
        self._tables: dict[tuple[str, str, str], _Table] = {}
        self._types: dict[str, int] = {}

    def add_catalog(
        self,
        catalog: CatalogInfo,
        schemas: Iterable[SchemaInfo],
        columns: Iterable[tuple[TableInfo, ColumnInfo]],
        tables: Iterable[TableInfo] = (),
    ) -> None:
        """One catalog with its schemas and every column in it; columns of a table come in order of
        position. `tables` are those whose columns are not known.
        """
        self._catalogs.append(catalog)
        self._schemas.extend(schemas)
        for table in tables:
            self._tables[(table.catalog, table.schema, table.name)] = _Table(_entry(table))
        for table, column in columns:
            key = (table.catalog, table.schema, table.name)
            known = self._tables.get(key)
            if known is None:
                known = self._tables[key] = _Table(_entry(table))
            if column.comment:
                known.comments[len(known.names)] = column.comment
            known.names.append(sys.intern(column.name))
            known.types.append(self._types.setdefault(column.data_type, len(self._types)))

    def build(self) -> Inventory:
        tables = [self._tables[key] for key in sorted(self._tables)]
        spellings = tuple(name for table in tables for name in table.names)
        table_keys = [folded(table.entry.name) for table in tables]
        column_keys = {name: folded(name) for name in set(spellings)}
        table_names, column_names = NameIndex(table_keys), NameIndex(column_keys.values())
        ids = column_names.identifiers()
        table_ids = table_names.identifiers()
        column_ids = array("I", (ids[column_keys[name]] for name in spellings))
        first_columns, comments = _laid_out(tables)
        return Inventory(
            catalogs=tuple(self._catalogs),
            schemas=tuple(self._schemas),
            tables=tuple(table.entry for table in tables),
            table_names=table_names,
            column_names=column_names,
            digest=self._digest(tables),
            _tables_by_name=Postings.group([table_ids[key] for key in table_keys], len(table_ids)),
            _columns_by_name=Postings.group(column_ids, len(ids)),
            _first_columns=first_columns,
            _column_ids=column_ids,
            _column_spellings=spellings,
            _column_types=array("I", (number for table in tables for number in table.types)),
            _types=tuple(self._types),
            _comments=comments,
        )

    def _digest(self, tables: Iterable[_Table]) -> str:
        """Equal exactly when everything that can be shown is equal."""
        state = blake2b(digest_size=32)
        types = tuple(self._types)

        def add(*values: Any) -> None:
            state.update(repr(values).encode("utf-8", "surrogatepass"))

        for info in (*self._catalogs, *self._schemas):
            add(info)
        for table in tables:
            add(table.entry, table.names, [types[one] for one in table.types], table.comments)
        return state.hexdigest()


def _entry(table: TableInfo) -> TableEntry:
    return TableEntry(
        table.name,
        sys.intern(table.catalog),
        sys.intern(table.schema),
        table.table_type,
        table.row_count,
        table.comment,
    )


def _laid_out(tables: Sequence[_Table]) -> tuple[array[int], dict[int, str]]:
    """Number of each table's first column (and the end), and the comments by column number."""
    first_columns, comments = array("I", [0]), {}
    for table in tables:
        start = first_columns[-1]
        comments.update({start + at: comment for at, comment in table.comments.items()})
        first_columns.append(start + len(table.names))
    return first_columns, comments
