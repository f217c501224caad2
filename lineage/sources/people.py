"""Queries that people keep, and those they ran lately."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from hashlib import blake2b

from django.db.models import Count, Max
from django.utils import timezone

from lineage.extract import StatementLineage, TableName, extract
from lineage.nodes import Facts, Kind, Level, Ref, Relation, Unit, column_ref, table_ref
from lineage.sources.registry import add_dimensions, dimensions_named, words_of
from lineage.sources.spines import add_spines_of_query
from lineage.sources.statements import add_reads
from lineage.sources.warehouse import WarehouseTables
from models_registry.graph_source import load_graph
from queries.models import QueryKind, QueryRun, SavedQuery
from queries.states import QueryState
from semantic_layer.compiler import SemanticGraph

RECENT = timedelta(days=30)
MOST_STATEMENTS = 2_000
_ANSWERED = (QueryState.COMPLETED, QueryState.EXPIRED)


def saved_fingerprint() -> str:
    """Changes with every write of a saved query."""
    found = SavedQuery.objects.aggregate(count=Count("pk"), newest=Max("updated_at"))
    return f"{found['count']}-{found['newest']}"


def saved_units(tables: WarehouseTables) -> Iterator[Unit]:
    """One unit per kept query, under its id: whose it is and who may know of it is asked when the
    graph is read.
    """
    graphs: dict[str, SemanticGraph] = {}
    for saved in SavedQuery.objects.order_by("pk").iterator():
        unit = Unit(f"saved {saved.pk}")
        ref = Ref(Kind.SAVED_QUERY, (str(saved.pk),))
        unit.facts[ref] = Facts("SAVED_QUERY")
        if saved.kind == QueryKind.SQL:
            _add_statement(unit, ref, extract(saved.sql, tables.dialect, tables.inventory), tables)
        else:
            if saved.category not in graphs:
                graphs[saved.category] = load_graph(saved.category)
            _add_metrics(unit, ref, saved, graphs[saved.category])
            words = words_of(" ".join(saved.terms))
            add_spines_of_query(unit, ref, words, graphs[saved.category], tables)
        yield unit


def _add_statement(unit: Unit, ref: Ref, found: StatementLineage, tables: WarehouseTables) -> None:
    add_reads(unit, found, ref, tables.inventory)
    for output in found.outputs:
        for source in output.sources:
            column = column_ref(source.table, source.column)
            unit.link(column, ref, Relation.READS, Level.COLUMN, source.path)
        for reason in output.unresolved:
            unit.unknown(ref, ref, reason)


def _add_metrics(unit: Unit, ref: Ref, saved: SavedQuery, graph: SemanticGraph) -> None:
    for name in (saved.request or {}).get("metrics") or ():
        if name in graph.metrics:
            metric = Ref(Kind.METRIC, (saved.category, name))
            for level in Level:
                unit.link(metric, ref, Relation.READS, level)
    used = dimensions_named(" ".join(saved.terms), graph)
    add_dimensions(unit, ref, saved.category, used)


def recent_units(tables: WarehouseTables) -> Iterator[Unit]:
    """SQL of the last 30 days, counted per table and column: never whose it was, nor its text."""
    since = timezone.now() - RECENT
    runs = (
        QueryRun.objects.filter(kind=QueryKind.SQL, state__in=_ANSWERED, submitted_at__gte=since)
        .values("sql")
        .annotate(last=Max("submitted_at"))
        .order_by("-last")[:MOST_STATEMENTS]
    )
    unit = Unit("recent queries")
    ref = Ref(Kind.QUERIES, ("recent queries",))
    unit.facts[ref] = Facts("QUERIES", f"of the last {RECENT.days} days")
    seen: set[str] = set()
    for run in runs:
        digest = blake2b(run["sql"].encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
        if digest in seen:
            continue
        seen.add(digest)
        _count(unit, ref, extract(run["sql"], tables.dialect, tables.inventory))
    yield unit


def _count(unit: Unit, ref: Ref, found: StatementLineage) -> None:
    read: set[tuple[TableName, str]] = {(s.table, s.column) for s in found.conditions}
    read |= {(s.table, s.column) for output in found.outputs for s in output.sources}
    for table in found.tables:
        unit.link(table_ref(table), ref, Relation.READS, Level.OBJECT)
    for table, column in read:
        unit.link(column_ref(table, column), ref, Relation.READS, Level.COLUMN)
