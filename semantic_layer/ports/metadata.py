"""What exists in the warehouse."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol, runtime_checkable


class TableType(StrEnum):
    """Kinds of tables as Unity Catalog names them, folded to what clients need."""

    TABLE = "TABLE"
    VIEW = "VIEW"
    MATERIALIZED_VIEW = "MATERIALIZED_VIEW"
    STREAMING_TABLE = "STREAMING_TABLE"
    METRIC_VIEW = "METRIC_VIEW"
    FOREIGN = "FOREIGN"


@dataclass(frozen=True)
class CatalogInfo:
    name: str
    comment: str | None = None
    owner: str | None = None
    created_at: datetime | None = None


@dataclass(frozen=True)
class SchemaInfo:
    name: str
    catalog: str
    comment: str | None = None
    owner: str | None = None


@dataclass(frozen=True)
class TableInfo:
    """`row_count` and `size_bytes` are None where the source does not know them; times are UTC."""

    name: str
    catalog: str
    schema: str
    table_type: TableType
    row_count: int | None = None
    size_bytes: int | None = None
    comment: str | None = None
    owner: str | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    column_count: int | None = None
    view_definition: str | None = None
    tags: tuple[str, ...] = ()

    @property
    def full_name(self) -> str:
        return f"{self.catalog}.{self.schema}.{self.name}"


@dataclass(frozen=True)
class ColumnInfo:
    """One column of a table or view; `position` counts from 1."""

    name: str
    data_type: str
    nullable: bool
    position: int
    comment: str | None = None
    is_partition_key: bool = False


class MetadataSource(Protocol):
    """What exists, as one principal may see it. A missing parent raises NotFound.

    `default_catalog` is the one that two-part names mean; None where every name needs its catalog.
    """

    @property
    def default_catalog(self) -> str | None: ...

    def catalogs(self) -> Sequence[CatalogInfo]: ...

    def schemas(self, catalog: str) -> Sequence[SchemaInfo]: ...

    def tables(self, catalog: str, schema: str) -> Sequence[TableInfo]: ...

    def columns(self, catalog: str, schema: str, table: str) -> Sequence[ColumnInfo]: ...

    def all_columns(self, catalog: str) -> Iterator[tuple[TableInfo, ColumnInfo]]:
        """Every visible column of the catalog with its table, in one sweep."""
        ...

    def fingerprint(self) -> str:
        """Changes when what exists may have changed; cheap. Keys caches and indexes."""
        ...


@runtime_checkable
class TableNamesSource(MetadataSource, Protocol):
    """A metadata source that tells names of tables much faster than their columns."""

    def table_names(self, catalog: str) -> Sequence[TableInfo]:
        """Every visible table of the catalog, its name and kind alone. Raises NotFound."""
        ...


@runtime_checkable
class DefinitionSource(Protocol):
    """A metadata source that tells what views and macros of its own are made of."""

    def definitions(self) -> Iterable[tuple[str, str]]:
        """Name (without schema) and SQL text of each view and macro, once per name."""
        ...
