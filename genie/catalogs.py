"""Catalogs of graphs, kept as long as the graph is: one for each way a category can be seen."""

from __future__ import annotations

from threading import Lock
from weakref import WeakKeyDictionary

from genie.planning.catalog import Catalog, build_catalog
from semantic_layer.compiler import SemanticGraph


class _Catalogs:
    """What is built is only read afterwards, so that threads may share it."""

    def __init__(self) -> None:
        self._kept: WeakKeyDictionary[SemanticGraph, Catalog] = WeakKeyDictionary()
        self._lock = Lock()

    def of(self, graph: SemanticGraph) -> Catalog:
        with self._lock:
            found = self._kept.get(graph)
            if found is None:
                found = self._kept[graph] = build_catalog(graph)
            return found


catalogs = _Catalogs()
