"""Records to saved queries and project configuration."""

from __future__ import annotations

from semantic_layer.compiler.reading.models import custom_granularity_of
from semantic_layer.compiler.reading.pieces import check_name, described, filters_of, relation_of
from semantic_layer.compiler.reading.reader import Record
from semantic_layer.compiler.spec import (
    Export,
    Grain,
    ProjectConfiguration,
    SavedQuery,
    TimeSpine,
)


def saved_query_of(record: Record) -> SavedQuery | None:
    """A saved query; None when it is switched off."""
    said = described(record, frozenset(("tags",)))
    if not said.enabled:
        record.issue("", "DISABLED", "Switched off by 'enabled: false': left out.", "warning")
        return None
    check_name(record, "saved query")
    query: Record | None = record.get("query_params")
    if query is None:
        return None
    if not query.get("metrics") and not query.get("group_by"):
        message = "A saved query needs 'metrics' or 'group_by'."
        record.issue("query_params", "MISSING_KEY", message)
    return SavedQuery(
        name=record.get("name"),
        metrics=query.get("metrics", ()),
        group_by=query.get("group_by", ()),
        where=filters_of(query, "where"),
        order_by=query.get("order_by", ()),
        limit=query.get("limit"),
        exports=tuple(_export_of(item) for item in record.get("exports", ())),
        label=said.label,
        description=said.description,
        tags=said.tags,
        meta=said.meta,
        at=record.at,
    )


def _export_of(record: Record) -> Export:
    config: Record | None = record.get("config")
    if config is None:
        return Export(record.get("name"))
    return Export(
        record.get("name"),
        config.get("export_as", "table"),
        config.get("schema") or config.get("schema_name"),
        config.get("alias"),
    )


def configuration_of(record: Record) -> ProjectConfiguration:
    """Time spines of both forms; the older one counts only for grains the newer leaves open."""
    spines = [spine for r in record.get("time_spines", ()) if (spine := _spine_of(r)) is not None]
    seen: dict[Grain, TimeSpine] = {}
    for spine, written in zip(spines, record.get("time_spines", ()), strict=False):
        if seen.setdefault(spine.grain, spine) is not spine:
            message = f"A second time spine for {spine.grain}: keep one per grain."
            written.issue("primary_column", "DUPLICATE_NAME", message)
    for old in record.get("time_spine_table_configurations", ()):
        relation = relation_of(old.get("location"))
        grain = Grain(old.get("grain"))
        if relation is not None and grain not in seen:
            seen[grain] = TimeSpine(relation, old.get("column_name"), grain, (), old.at)
    return ProjectConfiguration(tuple(seen.values()), record.at)


def _spine_of(record: Record) -> TimeSpine | None:
    relation = relation_of(record.get("node_relation"))
    column: Record = record.get("primary_column")
    custom = tuple(custom_granularity_of(r) for r in record.get("custom_granularities", ()))
    if relation is None:
        return None
    grain = Grain(column.get("time_granularity"))
    return TimeSpine(relation, column.get("name"), grain, custom, record.at)
