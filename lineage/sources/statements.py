"""A statement's lineage -> edges into what is made of it."""

from __future__ import annotations

from collections.abc import Mapping

from lineage.extract import Inventory, Output, StatementLineage
from lineage.nodes import Level, Ref, Relation, Unit, column_ref, table_ref


def add_reads(unit: Unit, found: StatementLineage, target: Ref, inventory: Inventory) -> None:
    """What the target reads as a whole: its tables, and the columns that choose its rows."""
    for table in found.tables:
        unit.link(table_ref(table), target, Relation.READS, Level.OBJECT)
        if inventory.columns(table) is None:
            unit.unknown(target, target, f"unknown table: {table}")
    for source in found.conditions:
        column = column_ref(source.table, source.column)
        unit.link(column, target, Relation.CONDITION, Level.COLUMN, source.path)
    for reason in found.unresolved:
        unit.unknown(target, target, reason)


def add_values(unit: Unit, outputs: Mapping[Ref, Output]) -> None:
    """What each column or member is made of."""
    for target, output in outputs.items():
        for source in output.sources:
            column = column_ref(source.table, source.column)
            unit.link(column, target, Relation.VALUE, Level.COLUMN, source.path)
        for reason in output.unresolved:
            unit.unknown(target, target, reason)
