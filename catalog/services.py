"""What exists in the warehouse, as the caller may see it."""

from __future__ import annotations

from collections.abc import Sequence

from catalog.metadata_cache import CachedMetadata
from semantic_layer import wiring
from semantic_layer.ports import Actor, CatalogInfo, ColumnInfo, SchemaInfo, TableInfo


def list_catalogs(*, actor: Actor) -> Sequence[CatalogInfo]:
    """Catalogs by name."""
    return sorted(_metadata(actor).catalogs(), key=lambda found: found.name)


def list_schemas(*, actor: Actor, catalog: str) -> Sequence[SchemaInfo]:
    """Schemas of a catalog by name. Raises NotFound with near names."""
    return sorted(_metadata(actor).schemas(catalog), key=lambda found: found.name)


def list_tables(
    *, actor: Actor, catalog: str, schema: str, filter_prefix: str = "", search: str = ""
) -> Sequence[TableInfo]:
    """Tables and views of a schema by name. Raises NotFound with near names.

    `filter_prefix` keeps names that begin so, `search` those that hold the text in name or comment;
    both ignore case.
    """
    start, part = filter_prefix.casefold(), search.casefold()
    return sorted(
        (
            table
            for table in _metadata(actor).tables(catalog, schema)
            if table.name.casefold().startswith(start)
            and (part in table.name.casefold() or part in (table.comment or "").casefold())
        ),
        key=lambda found: found.name,
    )


def list_columns(*, actor: Actor, catalog: str, schema: str, table: str) -> Sequence[ColumnInfo]:
    """Columns of a table in their order. Raises NotFound with near names."""
    columns = _metadata(actor).columns(catalog, schema, table)
    return sorted(columns, key=lambda found: found.position)


def _metadata(actor: Actor) -> CachedMetadata:
    return CachedMetadata(wiring.metadata_source(actor.credential), data_scope=actor.data_scope)
