"""What exists in Unity Catalog, as one caller may see it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote

from semantic_layer.adapters.databricks.workspace import WorkspaceCaller
from semantic_layer.errors import Forbidden, InvalidInput, NotFound, did_you_mean
from semantic_layer.ports import CatalogInfo, ColumnInfo, SchemaInfo, TableInfo, TableType

if TYPE_CHECKING:
    from databricks.sdk import WorkspaceClient

T = TypeVar("T")

FRESH_S = 300
"""How long what was read counts as unchanged: nothing cheaper tells that something changed."""
_ROWS, _BYTES = "spark.sql.statistics.numRows", "spark.sql.statistics.totalSize"
_TYPES = {
    "MANAGED": TableType.TABLE,
    "EXTERNAL": TableType.TABLE,
    "MANAGED_SHALLOW_CLONE": TableType.TABLE,
    "EXTERNAL_SHALLOW_CLONE": TableType.TABLE,
}


class UnityCatalog:
    """MetadataSource over the workspace. Row counts are known where statistics were collected."""

    def __init__(
        self, caller: WorkspaceCaller, *, principal: str, default_catalog: str | None
    ) -> None:
        self._caller = caller
        self._principal = principal
        self._default_catalog = default_catalog

    @property
    def default_catalog(self) -> str | None:
        return self._default_catalog

    def catalogs(self) -> Sequence[CatalogInfo]:
        found = self._caller.ask(lambda client: list(client.catalogs.list()))
        return [
            CatalogInfo(one.name, one.comment or None, one.owner, _time(one.created_at))
            for one in found
            if one.name
        ]

    def schemas(self, catalog: str) -> Sequence[SchemaInfo]:
        found = self._inside(
            lambda client: list(client.schemas.list(catalog)),
            lambda: self._missing_catalog(catalog),
        )
        return [
            SchemaInfo(one.name, catalog, one.comment or None, one.owner)
            for one in found
            if one.name
        ]

    def tables(self, catalog: str, schema: str) -> Sequence[TableInfo]:
        return [_table(one) for one in self._read_tables(catalog, schema)]

    def columns(self, catalog: str, schema: str, table: str) -> Sequence[ColumnInfo]:
        # The SDK puts the name into the URL as it is: a `/..` in it would ask for something else.
        name = quote(f"{catalog}.{schema}.{table}", safe="")
        found = self._inside(
            lambda client: client.tables.get(name),
            lambda: self._missing_table(catalog, schema, table),
        )
        return _columns(found)

    def all_columns(self, catalog: str) -> Iterator[tuple[TableInfo, ColumnInfo]]:
        for schema in self.schemas(catalog):
            try:
                tables = self._read_tables(catalog, schema.name)
            except NotFound:  # dropped a moment ago
                continue
            for one in tables:
                table = _table(one)
                yield from ((table, column) for column in _columns(one))

    def table_names(self, catalog: str) -> Sequence[TableInfo]:
        """Every visible table of the catalog, its name and kind alone: thousands per request."""
        found = self._inside(
            lambda client: list(client.tables.list_summaries(catalog)),
            lambda: self._missing_catalog(catalog),
        )
        return [named for one in found if (named := _named(one)) is not None]

    def fingerprint(self) -> str:
        """Changes every five minutes, not for all callers at once."""
        offset = int.from_bytes(sha256(self._principal.encode()).digest()[:4]) % FRESH_S
        return f"unity-catalog:{int((time.time() + offset) // FRESH_S)}"

    def _read_tables(self, catalog: str, schema: str) -> Iterable[Any]:
        found: Iterable[Any] = self._inside(
            lambda client: list(client.tables.list(catalog, schema)),
            lambda: self._missing_schema(catalog, schema),
        )
        return (one for one in found if one.name)

    def _inside(self, call: Callable[[WorkspaceClient], T], missing: Callable[[], NotFound]) -> T:
        """What is in a parent. One that may not be seen is missing like one that does not exist."""
        try:
            return self._caller.ask(call)
        except (Forbidden, InvalidInput, NotFound) as error:
            raise missing() from error

    def _missing_catalog(self, catalog: str) -> NotFound:
        return _missing("catalog", catalog, [one.name for one in self.catalogs()])

    def _missing_schema(self, catalog: str, schema: str) -> NotFound:
        names = [one.name for one in self.schemas(catalog)]
        return _missing("schema", schema, names, inside=catalog)

    def _missing_table(self, catalog: str, schema: str, table: str) -> NotFound:
        names = [one.name for one in self.tables(catalog, schema)]
        return _missing("table", table, names, inside=f"{catalog}.{schema}")


def _table(found: Any) -> TableInfo:
    properties = found.properties or {}
    return TableInfo(
        name=found.name,
        catalog=found.catalog_name,
        schema=found.schema_name,
        table_type=_type(found.table_type),
        row_count=_number(properties.get(_ROWS)),
        size_bytes=_number(properties.get(_BYTES)),
        comment=found.comment or None,
        owner=found.owner,
        created_at=_time(found.created_at),
        updated_at=_time(found.updated_at),
        column_count=len(found.columns) if found.columns is not None else None,
        view_definition=found.view_definition,
    )


def _named(found: Any) -> TableInfo | None:
    """A summary holds the full name; a name with a dot in it cannot be taken apart."""
    parts = (found.full_name or "").split(".")
    if len(parts) != 3:
        return None
    catalog, schema, name = parts
    return TableInfo(name, catalog, schema, _type(found.table_type))


def _type(found: Any) -> TableType:
    """Our word; a kind that is newer than the SDK counts as a table."""
    word = found.value if found is not None else "MANAGED"
    if word in TableType.__members__:
        return TableType(word)
    return _TYPES.get(word, TableType.TABLE)


def _columns(found: Any) -> list[ColumnInfo]:
    return [
        ColumnInfo(
            name=one.name,
            data_type=_data_type(one.type_text or ""),
            nullable=one.nullable is not False,
            position=(one.position or 0) + 1,
            comment=one.comment or None,
            is_partition_key=one.partition_index is not None,
        )
        for one in sorted(found.columns or (), key=lambda column: column.position or 0)
    ]


def _data_type(text: str) -> str:
    """As the warehouse writes it. Names inside a struct keep their case."""
    return text if "<" in text else text.upper()


def _time(epoch_ms: int | None) -> datetime | None:
    return None if epoch_ms is None else datetime.fromtimestamp(epoch_ms / 1000, UTC)


def _number(text: str | None) -> int | None:
    return int(text) if text is not None and text.isdecimal() else None


def _missing(kind: str, name: str, known: Sequence[str], *, inside: str | None = None) -> NotFound:
    near = did_you_mean(name, known)
    place = f" in {inside}" if inside else ""
    hint = f" Did you mean {' or '.join(near)}?" if near else ""
    return NotFound(f"There is no {kind} {name!r}{place}.{hint}", suggestions=near or None)
