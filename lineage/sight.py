"""What one caller may see of the graph: what they may not is not there, nor counted."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from functools import cached_property

from catalog import services as catalog
from lineage.nodes import Kind, Ref
from models_registry.graph_source import load_snapshot
from models_registry.visibility import visible_graph
from queries.models import SavedQuery
from queries.services import SavedFilter, saved_queries
from semantic_layer.compiler import SemanticGraph
from semantic_layer.errors import NotFound
from semantic_layer.ports import Actor, TableInfo


class Sight:
    """Asks metadata and registry as the caller, each once; lives as long as one request."""

    def __init__(self, actor: Actor) -> None:
        self.actor = actor
        self._schemas: dict[tuple[str, str], Mapping[str, TableInfo]] = {}
        self._graphs: dict[str, SemanticGraph] = {}

    def sees(self, ref: Ref) -> bool:
        """Whether the node exists for the caller."""
        if ref.kind is Kind.UNRESOLVED:
            return self.sees(Ref(Kind(ref.parts[0]), ref.parts[1:-1]))
        return self._rules[ref.kind](ref)

    def table(self, ref: Ref) -> TableInfo | None:
        """The table (or a column's table) as the catalog shows it to the caller."""
        catalog_name, schema, name = ref.parts[:3]
        return self._tables(catalog_name, schema).get(name)

    def graph(self, category: str) -> SemanticGraph:
        """Models and metrics of a category; who may write models reads all of them."""
        if category not in self._graphs:
            snapshot = load_snapshot(category)
            whole = self.actor.may("write")
            self._graphs[category] = (
                snapshot.graph if whole else visible_graph(snapshot, self.actor)
            )
        return self._graphs[category]

    @cached_property
    def saved(self) -> Mapping[str, SavedQuery]:
        """Kept queries that the caller may see, by id."""
        found = saved_queries(actor=self.actor, asked=SavedFilter())
        return {str(saved.pk): saved for saved in found.defer("sql", "request")}

    @cached_property
    def _rules(self) -> Mapping[Kind, Callable[[Ref], bool]]:
        return {
            Kind.TABLE: self._sees_table,
            Kind.COLUMN: self._sees_table,
            Kind.MODEL: lambda ref: ref.name in self.graph(ref.parts[0]).models,
            Kind.ENTITY: self._sees_member,
            Kind.DIMENSION: self._sees_member,
            Kind.MEASURE: self._sees_member,
            Kind.METRIC: lambda ref: ref.name in self.graph(ref.parts[0]).metrics,
            Kind.SAVED_QUERY: self._sees_saved,
            Kind.QUERIES: lambda ref: True,
            # Whoever was shown them was asked for by their own credential.
            **dict.fromkeys(
                (Kind.DASHBOARD, Kind.NOTEBOOK, Kind.JOB, Kind.PIPELINE, Kind.PATH),
                lambda ref: False,
            ),
        }

    def _sees_table(self, ref: Ref) -> bool:
        return self.table(ref) is not None

    def _sees_member(self, ref: Ref) -> bool:
        category, model_name, name = ref.parts
        graph = self.graph(category)
        model = graph.models.get(model_name)
        if model is None:
            return False
        if ref.kind is Kind.MEASURE:
            measure = graph.measures.get(name)
            return measure is not None and measure.model == model_name
        return name in (model.entities if ref.kind is Kind.ENTITY else model.dimensions)

    def _sees_saved(self, ref: Ref) -> bool:
        if len(ref.parts) == 1:
            return ref.parts[0] in self.saved
        category, name = ref.parts
        graph = self.graph(category)
        query = graph.saved_queries.get(name)
        return query is not None and all(metric in graph.metrics for metric in query.metrics)

    def _tables(self, catalog_name: str, schema: str) -> Mapping[str, TableInfo]:
        key = (catalog_name, schema)
        if key not in self._schemas:
            self._schemas[key] = self._read_tables(catalog_name, schema)
        return self._schemas[key]

    def _read_tables(self, catalog_name: str, schema: str) -> Mapping[str, TableInfo]:
        """Tables by name in lower case; none where the caller sees no such schema."""
        place = self._places.get(catalog_name)
        try:
            if place is None:
                return {}
            schemas = catalog.list_schemas(actor=self.actor, catalog=place)
            found = next((s.name for s in schemas if s.name.lower() == schema), None)
            if found is None:
                return {}
            tables = catalog.list_tables(actor=self.actor, catalog=place, schema=found)
        except NotFound:
            return {}
        return {table.name.lower(): table for table in tables}

    @cached_property
    def _places(self) -> Mapping[str, str]:
        return {found.name.lower(): found.name for found in catalog.list_catalogs(actor=self.actor)}


def saved_id(ref: Ref) -> uuid.UUID | None:
    """The id of a query that a person keeps; None for one of the registry."""
    return uuid.UUID(ref.parts[0]) if len(ref.parts) == 1 else None
