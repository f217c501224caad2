"""Views of the warehouse and what their columns are made of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property

from lineage.extract import Inventory, Output, TableName, extract
from lineage.nodes import Ref, Unit, column_ref, table_ref
from lineage.sources.statements import add_reads, add_values
from semantic_layer.ports import MetadataSource, TableInfo, TableType

VIEWS = frozenset((TableType.VIEW, TableType.MATERIALIZED_VIEW, TableType.METRIC_VIEW))
DEFAULT_SCHEMAS = {"duckdb": "main", "databricks": "default"}


class WarehouseTables:
    """All tables that the metadata source's principal may see, read in one sweep at first use."""

    def __init__(self, metadata: MetadataSource, dialect: str) -> None:
        self._metadata = metadata
        self.dialect = dialect

    @cached_property
    def infos(self) -> Mapping[TableName, TableInfo]:
        return self._swept[0]

    @cached_property
    def inventory(self) -> Inventory:
        catalog, schema = self.defaults
        return Inventory.of(self._swept[1], catalog=catalog, schema=schema)

    @cached_property
    def defaults(self) -> tuple[str, str]:
        """What short names mean: catalog ("" where every name needs one) and schema; no sweep."""
        catalog = self._metadata.default_catalog or ""
        return catalog.lower(), DEFAULT_SCHEMAS.get(self.dialect, "default")

    def full_name(self, parts: tuple[str, ...]) -> TableName | None:
        """The table that a name of one to three parts means."""
        whole = (*self.defaults[: max(0, 3 - len(parts))], *parts)
        return TableName.of(*whole) if len(whole) == 3 and all(whole) else None

    @cached_property
    def _swept(self) -> tuple[dict[TableName, TableInfo], dict[TableName, list[str]]]:
        infos: dict[TableName, TableInfo] = {}
        columns: dict[TableName, list[str]] = {}
        for catalog in self._metadata.catalogs():
            for table, column in self._metadata.all_columns(catalog.name):
                name = TableName.of(table.catalog, table.schema, table.name)
                infos[name] = table
                columns.setdefault(name, []).append(column.name)
        return infos, columns


def view_units(tables: WarehouseTables) -> Iterator[Unit]:
    """One unit per view; plain tables are known by who reads them."""
    for name, info in tables.infos.items():
        if info.table_type in VIEWS or info.view_definition:
            yield _view(name, info, tables)


def _view(name: TableName, info: TableInfo, tables: WarehouseTables) -> Unit:
    unit = Unit(str(name))
    view = table_ref(name)
    if not info.view_definition:
        unit.unknown(view, view, "definition not readable")
        return unit
    inventory = tables.inventory.seen_from(name.catalog, name.schema)
    found = extract(info.view_definition, tables.dialect, inventory)
    add_reads(unit, found, view, inventory)
    add_values(unit, _columns(name, found.outputs, inventory))
    return unit


def _columns(
    view: TableName, outputs: tuple[Output, ...], inventory: Inventory
) -> dict[Ref, Output]:
    """Outputs under the names that the catalog gives the view's columns: it renames doubles."""
    known = inventory.columns(view) or ()
    if len(known) == len(outputs):
        return {column_ref(view, name): output for name, output in zip(known, outputs, strict=True)}
    by_name = {output.name: output for output in outputs}
    lost = Output("*", unresolved=frozenset({"unknown columns: * stands for them"}))
    return {column_ref(view, name): by_name.get(name, by_name.get("*", lost)) for name in known}
