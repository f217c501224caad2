"""Where things come from and what is made of them, as the caller sees it."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from catalog import services as catalog
from lineage.extract import TableName
from lineage.names import split_name
from lineage.nodes import Kind, Level, Ref, Unit, column_ref, table_ref
from lineage.refreshing import catch_up
from lineage.sight import Sight
from lineage.sources.recorded import OUTSIDE, add_edge, can_be_asked
from lineage.sources.warehouse import WarehouseTables
from lineage.walking import DOWN, UP, Found, Picture, Step, Way, columns_between, joins_of, walk
from models_registry.metrics import explain_metric
from models_registry.models import Document
from models_registry.selectors import visible_model
from semantic_layer import wiring
from semantic_layer.compiler import SemanticGraph
from semantic_layer.errors import Malformed, NotFound, SemanticLayerError
from semantic_layer.ports import Actor, LineageDirection, TableInfo

log = logging.getLogger(__name__)

BOTH = "both"
DIRECTIONS = (BOTH, UP.value, DOWN.value)
DEPTH, MOST_DEPTH = 3, 20


@dataclass(frozen=True)
class Asked:
    """How much of the graph is wanted."""

    direction: str = BOTH
    depth: int = DEPTH
    columns: bool = False

    @property
    def ways(self) -> tuple[LineageDirection, ...]:
        return (UP, DOWN) if self.direction == BOTH else (LineageDirection(self.direction),)


@dataclass(frozen=True)
class Answer:
    """A picture and whose eyes it is seen with. `notes` say what may be missing, for people."""

    picture: Picture
    sight: Sight
    notes: tuple[str, ...] = ()
    table: TableInfo | None = None


@dataclass(frozen=True)
class ModelAnswer(Answer):
    """A model's lineage; `upstream` and `downstream` are models by name."""

    document: Document | None = None
    sources: tuple[tuple[str, ...], ...] = ()
    upstream: tuple[str, ...] = field(default=())
    downstream: tuple[str, ...] = field(default=())


def table_lineage(*, actor: Actor, name: str, asked: Asked) -> Answer:
    """Tables and views above and below, and what is made of them.

    `name` is `catalog.schema.table`, parts with dots in backticks. Raises Malformed for another
    shape, NotFound for a table the caller does not see.
    """
    actor.require("read")
    sight = Sight(actor)
    ref, table = named_table(sight, name)
    catch_up()
    picture = _walked(Picture(ref), asked, Level.OBJECT, sight)
    notes = _add_recorded(picture, [ref], asked.ways, sight)
    if asked.columns:
        columns_between(picture, sight)
    return Answer(picture, sight, notes, table)


def column_lineage(*, actor: Actor, name: str, asked: Asked) -> Answer:
    """Columns above and below, measures, dimensions and metrics made of them.

    Raises like `table_lineage`, and NotFound for a column the table does not have.
    """
    actor.require("read")
    sight = Sight(actor)
    ref, table = named_column(sight, name)
    catch_up()
    picture = _walked(Picture(ref), asked, Level.COLUMN, sight)
    return Answer(_with_owners(picture), sight, (), table)


def metric_lineage(*, actor: Actor, category: str, name: str, asked: Asked) -> Answer:
    """Metric, measures, columns, tables; and what uses the metric. Raises NotFound."""
    actor.require("read")
    explain_metric(actor=actor, category=category, name=name)
    catch_up([category])
    sight = Sight(actor)
    ref = Ref(Kind.METRIC, (category, name))
    level = Level.COLUMN if asked.columns else Level.OBJECT
    picture = _walked(Picture(ref), asked, level, sight)
    return Answer(_with_owners(picture), sight)


def model_lineage(*, actor: Actor, category: str, name: str, asked: Asked) -> ModelAnswer:
    """Tables, models and dashboards around a model. Raises NotFound for one the caller does not
    see.
    """
    actor.require("read")
    document, _, _ = visible_model(category, name, actor)
    catch_up([category])
    sight = Sight(actor)
    ref = Ref(Kind.MODEL, (category, document.name))
    picture = joins_of(_walked(Picture(ref), asked, Level.OBJECT, sight), ref, sight)
    sources = _source_tables(actor, sight.graph(category), document.name)
    notes = _add_recorded(picture, [table_ref(s) for s in sources], (DOWN,), sight)
    if asked.columns:
        columns_between(picture, sight)
    graph = sight.graph(category)
    return ModelAnswer(
        picture,
        sight,
        notes,
        document=document,
        sources=tuple((s.catalog, s.schema, s.name) for s in sources),
        upstream=tuple(sorted(_models_above(graph, document.name))),
        downstream=tuple(sorted(_models_below(graph, document.name))),
    )


def _walked(picture: Picture, asked: Asked, level: Level, sight: Sight) -> Picture:
    for direction in asked.ways:
        walk(picture, [picture.root], Way(direction, asked.depth, level), sight)
    return picture


def _with_owners(picture: Picture) -> Picture:
    """Add the tables and models that the columns and members are of."""
    for found in list(picture.nodes.values()):
        owner = found.ref.owner
        if owner is not None:
            picture.add(Found(owner, found.distance))
    return picture


# ---------------------------------------------------------------- names


def named_table(sight: Sight, name: str) -> tuple[Ref, TableInfo]:
    parts = split_name(name)
    if len(parts) < 3:
        raise _not_full(name, "catalog.schema.table")
    ref = table_ref(TableName.of(parts[0], parts[1], ".".join(parts[2:])))
    found = sight.table(ref)
    if found is None:
        # With its own words of what is near, and the same whether hidden or not there.
        catalog.list_columns(
            actor=sight.actor, catalog=parts[0], schema=parts[1], table=".".join(parts[2:])
        )
        raise NotFound(f"There is no table {name[:200]}.")
    return ref, found


def named_column(sight: Sight, name: str) -> tuple[Ref, TableInfo]:
    parts = split_name(name)
    if len(parts) < 4:
        raise _not_full(name, "catalog.schema.table.column")
    for at in range(3, len(parts)):
        ref = table_ref(TableName.of(parts[0], parts[1], ".".join(parts[2:at])))
        table, column = sight.table(ref), ".".join(parts[at:]).lower()
        if table is not None and column in _columns_of(sight.actor, table):
            return column_ref(TableName(*ref.parts), column), table
    raise NotFound(f"There is no column {name[:200]}.", code="COLUMN_NOT_FOUND")


def _columns_of(actor: Actor, table: TableInfo) -> set[str]:
    found = catalog.list_columns(
        actor=actor, catalog=table.catalog, schema=table.schema, table=table.name
    )
    return {column.name.lower() for column in found}


def _not_full(name: str, shape: str) -> Malformed:
    return Malformed(
        f"'{name[:200]}' is no full name: write {shape}, with a part that has dots in it in "
        "backticks.",
        code="NOT_A_FULL_NAME",
    )


# ---------------------------------------------------------------- models


def _source_tables(actor: Actor, graph: SemanticGraph, name: str) -> list[TableName]:
    """The model's table, as far as its name says which; it is part of the model's definition."""
    info = graph.models.get(name)
    if info is None:
        return []
    tables = WarehouseTables(
        wiring.metadata_source(actor.credential), wiring.warehouse(actor.credential).dialect
    )
    found = tables.full_name(info.table)
    return [found] if found is not None else []


def _models_above(graph: SemanticGraph, name: str) -> set[str]:
    """Models it joins to, and models whose measures its own metrics are made of."""
    info = graph.models.get(name)
    entities = info.entities.values() if info is not None else ()
    joined = {m.name for e in entities if not e.owned for m in graph.owners.get(e.key, ())}
    used = {m for metric in graph.metrics.values() if metric.model == name for m in metric.models}
    return (joined | used) - {name}


def _models_below(graph: SemanticGraph, name: str) -> set[str]:
    info = graph.models.get(name)
    keys = {e.key for e in info.entities.values() if e.owned} if info is not None else set()
    joining = {
        model.name
        for model in graph.models.values()
        for entity in model.entities.values()
        if entity.key in keys and not entity.owned
    }
    using = {m.model for m in graph.metrics.values() if name in m.models and m.model is not None}
    return (joining | using) - {name}


# ---------------------------------------------------------------- recorded by the warehouse


def _add_recorded(
    picture: Picture, tables: Iterable[Ref], ways: Iterable[LineageDirection], sight: Sight
) -> tuple[str, ...]:
    """What the warehouse recorded one step from these tables, asked as the caller: dashboards,
    jobs and tables. What could not be asked is told.
    """
    source = wiring.lineage_source(sight.actor.credential)
    if source is None:
        return ()
    unit = Unit("recorded")
    try:
        for ref in filter(can_be_asked, tables):
            for direction in ways:
                for edge in source.edges(".".join(ref.parts), direction=direction, columns=False):
                    add_edge(unit, edge)
    except SemanticLayerError as error:
        log.warning("recorded lineage cannot be read: %s", error.message)
        return ("What the warehouse recorded is missing: it cannot be read now.",)
    for found, step in _recorded_steps(unit, picture, sight):
        if picture.add(found) or found.ref in picture.nodes:
            picture.edges.add(step)
    return ()


def _recorded_steps(unit: Unit, picture: Picture, sight: Sight) -> Iterator[tuple[Found, Step]]:
    """What is new of the recorded; tables only where the walk went the same way."""
    for link in sorted(unit.links):
        for far, near, sign in ((link.source, link.target, -1), (link.target, link.source, 1)):
            if near not in picture.nodes:
                continue
            at = picture.nodes[near].distance * sign
            is_outside = far.kind in OUTSIDE.values()
            if is_outside or (at >= 0 and sight.sees(far)):
                facts = unit.facts.get(far)
                found = Found(far, sign * (max(at, 0) + 1), facts.type if facts else "")
                yield found, Step(link.source, link.target, link.relation)
