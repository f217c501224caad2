"""Unity Catalog as each person sees it, and recorded lineage."""

from __future__ import annotations

import fnmatch
from collections.abc import Sequence
from typing import Any

from tests.workspace.rest_http import Asked, Reply, Routes, refusal
from tests.workspace.state import Column, Table

ROUTES = Routes()


def _page(asked: Asked, name: str, items: Sequence[dict[str, Any]]) -> Reply:
    """One page; the first may be empty, as Unity Catalog allows itself."""
    at = asked.query.get("page_token")
    start = int(at) if at else 0
    if at is None and asked.world.empty_pages:
        return Reply({name: [], "next_page_token": "0"})
    end = start + asked.world.page_size
    body: dict[str, Any] = {name: items[start:end]}
    if end < len(items):
        body["next_page_token"] = str(end)
    return Reply(body)


@ROUTES.on("GET", r"/api/2\.1/unity-catalog/catalogs")
def catalogs(asked: Asked) -> Reply:
    state = asked.world.state
    return _page(
        asked,
        "catalogs",
        [
            {
                "name": name,
                "comment": state.catalogs[name],
                "owner": "owner@example.com",
                "created_at": 1704067200000,
            }
            for name in state.visible_catalogs(asked.person)
        ],
    )


@ROUTES.on("GET", r"/api/2\.1/unity-catalog/schemas")
def schemas(asked: Asked) -> Reply:
    state, catalog = asked.world.state, asked.query["catalog_name"]
    if catalog not in state.visible_catalogs(asked.person):
        return refusal(404, "CATALOG_DOES_NOT_EXIST", f"Catalog '{catalog}' does not exist.")
    return _page(
        asked,
        "schemas",
        [
            {
                "name": name,
                "catalog_name": catalog,
                "full_name": f"{catalog}.{name}",
                "comment": state.schemas[f"{catalog}.{name}"],
                "owner": "owner@example.com",
            }
            for name in state.visible_schemas(asked.person, catalog)
        ],
    )


@ROUTES.on("GET", r"/api/2\.1/unity-catalog/tables")
def tables(asked: Asked) -> Reply:
    state = asked.world.state
    catalog, schema = asked.query["catalog_name"], asked.query["schema_name"]
    if schema not in state.visible_schemas(asked.person, catalog):
        return refusal(404, "SCHEMA_DOES_NOT_EXIST", f"Schema '{catalog}.{schema}' does not exist.")
    found = [
        _table(asked, table)
        for table in state.visible_tables(asked.person)
        if (table.catalog, table.schema) == (catalog, schema)
    ]
    return _page(asked, "tables", found)


@ROUTES.on("GET", r"/api/2\.1/unity-catalog/table-summaries")
def table_summaries(asked: Asked) -> Reply:
    catalog = asked.query["catalog_name"]
    pattern = asked.query.get("schema_name_pattern", "%").replace("%", "*")
    found = [
        {"full_name": table.full_name, "table_type": table.table_type}
        for table in asked.world.state.visible_tables(asked.person)
        if table.catalog == catalog and fnmatch.fnmatchcase(table.schema, pattern)
    ]
    return _page(asked, "tables", found)


@ROUTES.on("GET", r"/api/2\.1/unity-catalog/tables/(.+)")
def table(asked: Asked, full_name: str) -> Reply:
    state = asked.world.state
    found = state.tables.get(full_name.casefold())
    if found is None or not state.may_see(asked.person, full_name):
        return refusal(404, "TABLE_DOES_NOT_EXIST", f"Table '{full_name}' does not exist.")
    return Reply(_table(asked, found))


def _table(asked: Asked, table: Table) -> dict[str, Any]:
    return {
        "name": table.name,
        "catalog_name": table.catalog,
        "schema_name": table.schema,
        "full_name": table.full_name,
        "table_type": table.table_type,
        "data_source_format": "DELTA",
        "comment": table.comment,
        "owner": table.owner,
        "created_at": int(table.created_at.timestamp() * 1000),
        "updated_at": int(table.updated_at.timestamp() * 1000),
        "view_definition": table.view_definition,
        "columns": [_column(place, column) for place, column in enumerate(table.columns)],
        **(
            {"properties": asked.world.table_properties.get(table.full_name, {})}
            if asked.query.get("omit_properties") != "true"
            else {}
        ),
    }


def _column(place: int, column: Column) -> dict[str, Any]:
    found = {
        "name": column.name,
        "type_text": column.type_text,
        "type_name": column.type_text.split("(")[0].split("<")[0].upper(),
        "position": place,
        "nullable": column.nullable,
        "comment": column.comment,
        "partition_index": column.partition_index,
    }
    return {key: value for key, value in found.items() if value is not None}


# ---------------------------------------------------------------- lineage


@ROUTES.on("GET", r"/api/2\.0/lineage-tracking/table-lineage")
def table_lineage(asked: Asked) -> Reply:
    world, name = asked.world, asked.query["table_name"]
    assert asked.query["include_entity_lineage"] == "true"
    if not world.state.may_see(asked.person, name):
        return refusal(403, "PERMISSION_DENIED", f"No permission on {name}.")
    up = [_related(asked, source) for source, target in world.table_lineage if target == name]
    down = [_related(asked, target) for source, target in world.table_lineage if source == name]
    down += [
        {"dashboardV3Infos": [{"workspace_id": 1, "dashboard_id": dashboard}]}
        for source, dashboard in world.dashboards
        if source == name
    ]
    return Reply({key: found for key, found in (("upstreams", up), ("downstreams", down)) if found})


def _related(asked: Asked, full_name: str) -> dict[str, Any]:
    """The table where the caller may see it; else only that there is something."""
    state = asked.world.state
    if not state.may_see(asked.person, full_name):
        return {"jobInfos": [{"workspace_id": 1, "job_id": 7}]}
    return {"tableInfo": _named(asked, full_name)}


def _named(asked: Asked, full_name: str) -> dict[str, Any]:
    catalog, schema, name = full_name.split(".")
    return {
        "name": name,
        "catalog_name": catalog,
        "schema_name": schema,
        "table_type": asked.world.state.tables[full_name].table_type,
        "lineage_timestamp": "2024-01-01 00:00:00.0",
    }


@ROUTES.on("GET", r"/api/2\.0/lineage-tracking/column-lineage")
def column_lineage(asked: Asked) -> Reply:
    world, table_name = asked.world, asked.query["table_name"]
    name = f"{table_name}.{asked.query['column_name']}"
    if not world.state.may_see(asked.person, table_name):
        return refusal(403, "PERMISSION_DENIED", f"No permission on {table_name}.")
    up = [source for source, target in world.column_lineage if target == name]
    down = [target for source, target in world.column_lineage if source == name]
    return Reply(
        {
            "upstream_cols": [_related_column(asked, one) for one in _visible(asked, up)],
            "downstream_cols": [_related_column(asked, one) for one in _visible(asked, down)],
        }
    )


def _visible(asked: Asked, columns: Sequence[str]) -> list[str]:
    state = asked.world.state
    return [one for one in columns if state.may_see(asked.person, one.rpartition(".")[0])]


def _related_column(asked: Asked, full_name: str) -> dict[str, Any]:
    table_name, _, column = full_name.rpartition(".")
    found = _named(asked, table_name)
    return {**found, "table_name": found["name"], "name": column}
