"""Compiled questions of this process: asking again what was asked before needs no compiler."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from threading import Lock
from weakref import WeakKeyDictionary

from semantic_layer.compiler import CompiledQuery, SemanticGraph

MOST_KEPT = 512
"""Of one graph; an older graph's are gone with it."""


class Compilations:
    """What was compiled from each graph that is alive, by question."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._of: WeakKeyDictionary[SemanticGraph, dict[Hashable, CompiledQuery]] = (
            WeakKeyDictionary()
        )

    def get(
        self, graph: SemanticGraph, key: Hashable, build: Callable[[], CompiledQuery]
    ) -> CompiledQuery:
        """The compiled question, built where it is new. Equal keys must mean equal questions."""
        with self._lock:
            found = self._of.get(graph, {}).get(key)
        if found is not None:
            return found
        found = build()
        with self._lock:
            kept = self._of.setdefault(graph, {})
            if len(kept) >= MOST_KEPT:
                # The oldest goes; dicts keep the order of writing.
                kept.pop(next(iter(kept)))
            kept[key] = found
        return found


compilations = Compilations()
