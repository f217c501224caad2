"""Keeping the graph up to date: each part is read again when its source has changed."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from django.utils import timezone

from lineage.extract import TableName
from lineage.models import Node, Part
from lineage.nodes import Kind, Unit
from lineage.sources.people import recent_units, saved_fingerprint, saved_units
from lineage.sources.recorded import recorded_units
from lineage.sources.registry import registry_units
from lineage.sources.warehouse import WarehouseTables, view_units
from lineage.storing import Stored, note_failure, store
from models_registry.audit import SYSTEM
from models_registry.graph_source import load_snapshot
from models_registry.models import Category
from semantic_layer import wiring
from semantic_layer.compiler.spec import MetricType
from semantic_layer.errors import SemanticLayerError
from semantic_layer.ports import MetadataSource

log = logging.getLogger(__name__)

WAREHOUSE, SAVED, RECENT, RECORDED = "warehouse", "saved queries", "recent queries", "recorded"
REGISTRY = tuple(f"registry {category}" for category in Category.values)
PARTS = (WAREHOUSE, *REGISTRY, SAVED, RECENT, RECORDED)
RULES = "2"
"""How units are made of their sources; another number has all of them made again."""
ASKED_OF_SOURCE = 500
"""Tables whose recorded lineage is asked for in one refresh."""


@dataclass(frozen=True)
class Refreshed:
    """What became of one part: `stored` None where it was up to date or somebody else is at it."""

    part: str
    stored: Stored | None
    error: str = ""


class _Sources:
    """What the parts are read of, as the service itself; each opened at first use."""

    @cached_property
    def tables(self) -> WarehouseTables:
        return WarehouseTables(self.metadata, wiring.warehouse(SYSTEM.credential).dialect)

    @cached_property
    def metadata(self) -> MetadataSource:
        return wiring.metadata_source(SYSTEM.credential)

    @cached_property
    def of_warehouse(self) -> str:
        return self.metadata.fingerprint()

    def fingerprint(self, part: str) -> str:
        """Changes with everything that the part's units are made of."""
        return f"{RULES} {self._fingerprint(part)}"

    def _fingerprint(self, part: str) -> str:
        if part == WAREHOUSE:
            return self.of_warehouse
        if part in REGISTRY:
            snapshot = load_snapshot(part.removeprefix("registry "))
            # Raw SQL is followed through the warehouse's columns; models name theirs.
            kinds = {info.type for info in snapshot.graph.metrics.values()}
            reads_columns = MetricType.SQL in kinds
            return f"{snapshot.key} {self.of_warehouse}" if reads_columns else snapshot.key
        if part == SAVED:
            keys = " ".join(load_snapshot(category).key for category in Category.values)
            return f"{saved_fingerprint()} {keys} {self.of_warehouse}"
        # What goes on all the time is counted again every hour; the warehouse's records, which cost
        # a statement per table, every day.
        return timezone.now().strftime("%Y-%m-%d" if part == RECORDED else "%Y-%m-%dT%H")

    def units(self, part: str) -> Iterable[Unit]:
        if part in REGISTRY:
            return registry_units(load_snapshot(part.removeprefix("registry ")), self.tables)
        readers: dict[str, Callable[[], Iterable[Unit]]] = {
            WAREHOUSE: lambda: view_units(self.tables),
            SAVED: lambda: saved_units(self.tables),
            RECENT: lambda: recent_units(self.tables),
            RECORDED: self._recorded,
        }
        return readers[part]()

    def _recorded(self) -> Iterable[Unit]:
        source = wiring.lineage_source(SYSTEM.credential)
        if source is None:
            return ()
        known = Node.objects.filter(kind=Kind.TABLE.value).order_by("pk")[:ASKED_OF_SOURCE]
        return recorded_units(source, [TableName(*node.parts) for node in known])


def refresh(
    parts: Sequence[str] = PARTS, *, force: bool = False, wait: bool = True
) -> list[Refreshed]:
    """Read again what has changed, or all of it; how each part ended.

    A part that cannot be read keeps its stored graph and says since when. Without `wait`, what
    somebody else is storing is left to them.
    """
    sources = _Sources()
    return [_refresh(part, sources, force, wait) for part in parts]


def _refresh(part: str, sources: _Sources, force: bool, wait: bool) -> Refreshed:
    row = Part.objects.filter(name=part).first()
    seen = row.fingerprint if row is not None else ""
    try:
        fingerprint = sources.fingerprint(part)
        if fingerprint == seen and not force:
            return Refreshed(part, None)
        units = list(sources.units(part))
    except SemanticLayerError as error:
        log.warning("lineage of %s cannot be read: %s", part, error.message)
        note_failure(part, error.message)
        return Refreshed(part, None, error.message)
    return Refreshed(part, store(part, seen, fingerprint, units, wait=wait))


def catch_up(categories: Iterable[str] = Category.values) -> None:
    """Before the graph is read: the registry's part as it is now, and the warehouse's if there is
    none yet. What changes there later is followed in the background.
    """
    stored = dict(Part.objects.values_list("name", "fingerprint"))
    late = [f"registry {c}" for c in categories if not _is_of(stored.get(f"registry {c}"), c)]
    if WAREHOUSE not in stored:
        late = list(PARTS)
    if late:
        refresh(late, wait=not stored)


def _is_of(fingerprint: str | None, category: str) -> bool:
    """Whether the stored part is of the models as they are; the warehouse's part of it is left
    out."""
    return f"{fingerprint} ".startswith(f"{RULES} {load_snapshot(category).key} ")
