"""Time spines: the tables that say which periods there are, and the metrics that need them."""

from __future__ import annotations

from collections.abc import Iterable

from lineage.nodes import Level, Ref, Relation, Unit, column_ref, table_ref
from lineage.sources.warehouse import WarehouseTables
from semantic_layer.compiler import MetricInfo, SemanticGraph
from semantic_layer.compiler.spec import MetricType, TimeSpine


def add_spines_of_metric(
    unit: Unit, metric: Ref, info: MetricInfo, graph: SemanticGraph, tables: WarehouseTables
) -> None:
    """Every declared spine, where the metric needs one: which of them is read depends on the grain
    that is asked for. What a metric is made of needs its own.
    """
    if _needs_spine(info):
        for spine in graph.spines.values():
            add_spine(unit, metric, spine, (spine.column,), tables)


def add_spines_of_query(
    unit: Unit, query: Ref, words: Iterable[str], graph: SemanticGraph, tables: WarehouseTables
) -> None:
    """The spines whose own grains the query names, as in `metric_time__fiscal_quarter` or
    `TimeDimension('metric_time', 'fiscal_quarter')`.
    """
    named = set(words)
    for grain in graph.custom_grains.values():
        if any(f"__{word}".endswith(f"__{grain.name}") for word in named):
            columns = (grain.spine.column, grain.column)
            add_spine(unit, query, grain.spine, columns, tables, Relation.READS)


def _needs_spine(info: MetricInfo) -> bool:
    if info.type is MetricType.CUMULATIVE or info.spec.join_to_timespine:
        return True
    inputs = [item.spec for item in info.inputs]
    return any(one.join_to_timespine or one.offset_window or one.offset_to_grain for one in inputs)


def add_spine(
    unit: Unit,
    reader: Ref,
    spine: TimeSpine,
    columns: Iterable[str],
    tables: WarehouseTables,
    relation: Relation = Relation.CONDITION,
) -> None:
    """Say that the reader takes its periods from these columns of the spine."""
    table = tables.full_name(spine.relation.parts)
    if table is None:
        unit.unknown(reader, reader, f"unknown catalog: of {'.'.join(spine.relation.parts)}")
        return
    unit.link(table_ref(table), reader, relation, Level.OBJECT)
    for column in columns:
        unit.link(column_ref(table, column.lower()), reader, relation, Level.COLUMN)
