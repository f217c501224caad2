"""Lineage that the warehouse itself recorded, where it does."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from lineage.extract import TableName
from lineage.names import split_name
from lineage.nodes import Facts, Kind, Level, Ref, Relation, Unit, column_ref, table_ref
from semantic_layer.ports import LineageDirection, LineageEdge, LineageSource

OUTSIDE = {kind.value.upper(): kind for kind in (
    Kind.DASHBOARD, Kind.NOTEBOOK, Kind.JOB, Kind.PIPELINE, Kind.PATH,
)}  # fmt: skip


def recorded_units(source: LineageSource, tables: Iterable[TableName]) -> Iterator[Unit]:
    """One unit per table with what was recorded above it: tables and columns only.

    Dashboards, jobs and the like are asked for as the caller, when they are to be shown: whether
    somebody may see them is known to nobody else.
    """
    for table in tables:
        if not can_be_asked(table_ref(table)):
            continue
        unit = Unit(str(table))
        for columns in (False, True):
            found = source.edges(str(table), direction=LineageDirection.UPSTREAM, columns=columns)
            for edge in found:
                add_edge(unit, edge, tables_only=True)
        if unit.links:
            yield unit


def can_be_asked(table: Ref) -> bool:
    """Whether the dotted name says which table is meant."""
    return not any("." in part for part in table.parts)


def add_edge(unit: Unit, edge: LineageEdge, *, tables_only: bool = False) -> None:
    """The recorded edge, between tables or between columns."""
    source, target = end_of(edge.source, edge.source_type), end_of(edge.target, edge.target_type)
    if source is None or target is None:
        return
    if tables_only and not (source.kind is target.kind is Kind.TABLE):
        return
    for ref in (source, target):
        if ref.kind is not Kind.TABLE:
            unit.facts[ref] = Facts(ref.kind.upper())
    unit.link(source, target, Relation.READS, Level.OBJECT)
    if edge.source_column and edge.target_column:
        ends = (_column(source, edge.source_column), _column(target, edge.target_column))
        unit.link(*ends, Relation.VALUE, Level.COLUMN)


def end_of(name: str, kind: str) -> Ref | None:
    """The node that an end of a recorded edge means; None for a table without its full name."""
    outside = OUTSIDE.get(kind.upper())
    if outside is not None:
        return Ref(outside, (name,))
    parts = split_name(name)
    return table_ref(TableName.of(*parts)) if len(parts) == 3 else None


def _column(table: Ref, name: str) -> Ref:
    return column_ref(TableName(*table.parts), name.lower()) if len(table.parts) == 3 else table
