"""Analysing a table as a person: what may be seen of it, measured, within a deadline."""

from __future__ import annotations

import time
from collections.abc import Sequence

from django.conf import settings

from catalog import neighbours
from catalog.analysis import Analysis, Other, Reader, TableName, analyse
from catalog.analysis.words import column_words, singular
from catalog.metadata_cache import CachedMetadata
from catalog.rejections import without_rejected
from semantic_layer import wiring
from semantic_layer.errors import NotFound, did_you_mean
from semantic_layer.ports import Actor, ColumnInfo, TableInfo, TableType

MAX_OTHERS = 60
"""Tables that foreign keys are looked for in: those of the schema, then of other schemas."""
MAX_SCHEMAS = 12
MAX_COLUMNS = 500


def analyse_table(*, actor: Actor, catalog: str, schema: str, table: str) -> Analysis:
    """What the table is about, without what the person rejected.

    Raises NotFound with near names, StatementTimeout where not even the table itself could be
    measured in time, and what the warehouse raises. Side effect: statements as the person.
    """
    actor.require("execute")
    metadata = metadata_of(actor)
    columns = metadata.columns(catalog, schema, table)
    info = _table(metadata, TableName(catalog, schema, table))
    reader = Reader(
        runner=neighbours.sql_runner(),
        actor=actor,
        deadline=time.monotonic() + settings.ANALYSIS_TIMEOUT_S,
        row_target=settings.ANALYSIS_ROWS,
    )
    ordered = sorted(columns, key=lambda column: column.position)[:MAX_COLUMNS]
    others = _others(metadata, info)
    others += _elsewhere(metadata, info, ordered, MAX_OTHERS - len(others))
    known = neighbours.model_drafts().entities(actor)
    return without_rejected(actor, analyse(reader, info, ordered, others, known))


def metadata_of(actor: Actor) -> CachedMetadata:
    """What exists, as the person may see it."""
    return CachedMetadata(wiring.metadata_source(actor.credential), data_scope=actor.data_scope)


def _table(metadata: CachedMetadata, name: TableName) -> TableInfo:
    tables = metadata.tables(name.catalog, name.schema)
    for info in tables:
        if info.name == name.table:
            return info
    near = did_you_mean(name.table, [info.name for info in tables])
    hint = f" Did you mean {', '.join(near)}?" if near else ""
    raise NotFound(f"There is no table {name.full}.{hint}", suggestions=near or None)


def _others(metadata: CachedMetadata, info: TableInfo) -> list[Other]:
    """The other tables of the schema, tables before views."""
    tables = [other for other in metadata.tables(info.catalog, info.schema) if other != info]
    tables.sort(key=lambda other: (other.table_type == TableType.VIEW, other.name))
    return [
        Other(
            TableName(other.catalog, other.schema, other.name),
            tuple(metadata.columns(other.catalog, other.schema, other.name)),
        )
        for other in tables[:MAX_OTHERS]
        if other.table_type != TableType.METRIC_VIEW
    ]


def _elsewhere(
    metadata: CachedMetadata, info: TableInfo, columns: Sequence[ColumnInfo], at_most: int
) -> list[Other]:
    """Tables of the catalog's other schemas that a column is named after; a table of the same name
    in the table's own schema goes before."""
    said = {
        singular(word)
        for words in column_words(column.name for column in columns).values()
        for word in words
    }
    own = {other.name for other in metadata.tables(info.catalog, info.schema)}
    schemas = sorted(schema.name for schema in metadata.schemas(info.catalog))
    found: list[Other] = []
    for schema in [name for name in schemas if name != info.schema][:MAX_SCHEMAS]:
        for other in sorted(metadata.tables(info.catalog, schema), key=lambda one: one.name):
            name = TableName(other.catalog, other.schema, other.name)
            if other.table_type != TableType.TABLE or other.name in own:
                continue
            if len(found) < at_most and name.row_name.split("_")[-1] in said:
                held = metadata.columns(other.catalog, other.schema, other.name)
                found.append(Other(name, tuple(held)))
    return found
