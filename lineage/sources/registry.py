"""A category's models: table -> column -> dimension, measure -> metric -> metric -> saved query."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sqlglot import exp

from lineage.extract import TableName, extract
from lineage.nodes import (
    Facts,
    Kind,
    Level,
    Ref,
    Relation,
    Unit,
    column_ref,
    table_ref,
)
from lineage.sources.spines import add_spine, add_spines_of_metric, add_spines_of_query
from lineage.sources.statements import add_reads, add_values
from lineage.sources.warehouse import WarehouseTables
from models_registry.graph_source import Snapshot
from semantic_layer.compiler import MetricInfo, ModelInfo, SemanticGraph
from semantic_layer.compiler.expressions import columns_of
from semantic_layer.compiler.infos import OWNING, MeasureInfo
from semantic_layer.compiler.paths import resolve
from semantic_layer.compiler.query_spec import FieldRef, Predicate
from semantic_layer.compiler.spec import MetricType, SavedQuery
from semantic_layer.errors import QueryError


def registry_units(snapshot: Snapshot, tables: WarehouseTables) -> Iterator[Unit]:
    """One unit per model, metric and saved query of the registry."""
    reader = _Category(snapshot.category, snapshot.graph, tables)
    for model in snapshot.graph.models.values():
        yield reader.model(model)
    for metric in snapshot.graph.metrics.values():
        yield reader.metric(metric)
    for query in snapshot.graph.saved_queries.values():
        yield reader.saved_query(query)


@dataclass(frozen=True)
class _Category:
    category: str
    graph: SemanticGraph
    tables: WarehouseTables

    def ref(self, kind: Kind, *names: str) -> Ref:
        return Ref(kind, (self.category, *names))

    # ------------------------------------------------------------ models

    def model(self, info: ModelInfo) -> Unit:
        unit = Unit(f"model {info.name}")
        model = self.ref(Kind.MODEL, info.name)
        unit.facts[model] = Facts("MODEL", info.spec.label or "")
        table = self.tables.full_name(info.table)
        if table is None:
            unit.unknown(model, model, f"unknown catalog: of {'.'.join(info.table)}")
        else:
            unit.link(table_ref(table), model, Relation.READS, Level.OBJECT)
        for name, entity in info.entities.items():
            self._member(unit, Kind.ENTITY, info, name, entity.expr, table)
            for owner in self.graph.owners.get(entity.key, ()):
                if entity.type not in OWNING and owner.name != info.name:
                    joined = self.ref(Kind.MODEL, owner.name)
                    unit.link(joined, model, Relation.JOINS, Level.OBJECT)
        for name, dimension in info.dimensions.items():
            self._member(unit, Kind.DIMENSION, info, name, dimension.expr, table)
        for measure in self.graph.measures.values():
            if measure.model == info.name:
                self._measure(unit, info, measure, table)
        return unit

    def _measure(
        self, unit: Unit, info: ModelInfo, measure: MeasureInfo, table: TableName | None
    ) -> None:
        ref = self._member(unit, Kind.MEASURE, info, measure.name, measure.expr, table)
        limits = measure.spec.non_additive
        used = [measure.time_dimension, *([limits.dimension] if limits else ())]
        for name in used:
            if name in info.dimensions:
                dimension = self.ref(Kind.DIMENSION, info.name, name)
                unit.link(dimension, ref, Relation.CONDITION, Level.COLUMN)

    def _member(
        self,
        unit: Unit,
        kind: Kind,
        info: ModelInfo,
        name: str,
        expr: exp.Expr,
        table: TableName | None,
    ) -> Ref:
        ref = self.ref(kind, info.name, name)
        unit.facts[ref] = Facts()
        for column in columns_of(expr):
            if table is None:
                unit.unknown(ref, ref, f"unknown catalog: of {info.name}")
            else:
                unit.link(column_ref(table, column.lower()), ref, Relation.VALUE, Level.COLUMN)
        return ref

    # ------------------------------------------------------------ metrics

    def metric(self, info: MetricInfo) -> Unit:
        unit = Unit(f"metric {info.name}")
        ref = self.ref(Kind.METRIC, info.name)
        unit.facts[ref] = Facts(info.type.value, info.label or "")
        if info.type is MetricType.SQL:
            self._raw_metric(unit, ref, info)
            return unit
        for item in info.inputs:
            if item.measure is not None:
                model = self.ref(Kind.MODEL, item.measure.model)
                measure = self.ref(Kind.MEASURE, item.measure.model, item.measure.name)
                unit.link(model, ref, Relation.VALUE, Level.OBJECT)
                unit.link(measure, ref, Relation.VALUE, Level.COLUMN)
            elif item.metric is not None:
                source = self.ref(Kind.METRIC, item.metric)
                for level in Level:
                    unit.link(source, ref, Relation.VALUE, level)
            self._filters(unit, ref, info, item.filters)
        self._filters(unit, ref, info, info.filters)
        add_spines_of_metric(unit, ref, info, self.graph, self.tables)
        return unit

    def _raw_metric(self, unit: Unit, ref: Ref, info: MetricInfo) -> None:
        found = extract(info.spec.sql or "", self.tables.dialect, self.tables.inventory)
        add_reads(unit, found, ref, self.tables.inventory)
        for output in found.outputs:
            add_values(unit, {ref: output})

    def _filters(
        self, unit: Unit, metric: Ref, info: MetricInfo, filters: Iterable[Predicate]
    ) -> None:
        for used in (used for predicate in filters for used in predicate.refs):
            if not isinstance(used, FieldRef):
                source = self.ref(Kind.METRIC, used.name)
                for level in Level:
                    unit.link(source, metric, Relation.CONDITION, level)
                continue
            grain = self.graph.custom_grains.get(used.grain or "")
            if grain is not None:
                add_spine(
                    unit, metric, grain.spine, (grain.spine.column, grain.column), self.tables
                )
            member = self._reached(info, used)
            if member is not None:
                unit.link(member, metric, Relation.CONDITION, Level.COLUMN)
                model = member.owner
                if model is not None and model.name not in info.models:
                    unit.link(model, metric, Relation.CONDITION, Level.OBJECT)

    def _reached(self, info: MetricInfo, used: FieldRef) -> Ref | None:
        """The dimension or entity that a filter means, from the first model that reaches it."""
        for name in info.models:
            try:
                member = resolve(self.graph, self.graph.models[name], used.name, used.path)
            except QueryError:
                continue
            if member.dimension is not None:
                return self.ref(Kind.DIMENSION, member.model.name, member.dimension.name)
            if member.entity is not None:
                return self.ref(Kind.ENTITY, member.model.name, member.entity.address)
        return None

    # ------------------------------------------------------------ saved queries

    def saved_query(self, query: SavedQuery) -> Unit:
        unit = Unit(f"saved query {query.name}")
        ref = self.ref(Kind.SAVED_QUERY, query.name)
        unit.facts[ref] = Facts("SAVED_QUERY", query.label or "")
        for name in query.metrics:
            if name in self.graph.metrics:
                for level in Level:
                    unit.link(self.ref(Kind.METRIC, name), ref, Relation.READS, level)
        text = " ".join((*query.group_by, *query.order_by, *(str(f.source) for f in query.where)))
        add_dimensions(unit, ref, self.category, dimensions_named(text, self.graph))
        add_spines_of_query(unit, ref, words_of(text), self.graph, self.tables)
        return unit


def dimensions_named(text: str, graph: SemanticGraph) -> Iterator[tuple[str, str]]:
    """Model and name of each dimension that the text of a query mentions as queries do."""
    words = [f"__{word}__" for word in words_of(text)]
    for model in graph.models.values():
        for name in model.dimensions:
            wanted = f"__{model.local_name(name)}__"
            if any(wanted in word for word in words):
                yield model.name, name


def add_dimensions(unit: Unit, query: Ref, category: str, used: Iterable[tuple[str, str]]) -> None:
    for model, name in used:
        dimension = Ref(Kind.DIMENSION, (category, model, name))
        unit.link(dimension, query, Relation.READS, Level.COLUMN)
        unit.link(Ref(Kind.MODEL, (category, model)), query, Relation.READS, Level.OBJECT)


def words_of(text: str) -> set[str]:
    """The names in the text of a query."""
    cleaned = "".join(letter if letter.isalnum() or letter == "_" else " " for letter in text)
    return set(cleaned.split())
