"""Metrics and dimensions of the registry, findable by their names and labels."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from catalog.completion.names import NameIndex, folded
from semantic_layer.ports import MetricSummary

_KINDS = ("metric", "dimension")


class RegistryNames:
    """The searchable metrics and dimensions of one version of a category. Immutable once built."""

    def __init__(self, summaries: Iterable[MetricSummary] = ()) -> None:
        by_name: dict[str, list[MetricSummary]] = {}
        for summary in summaries:
            if summary.kind in _KINDS:
                for name in {folded(summary.name), folded(summary.label or summary.name)}:
                    by_name.setdefault(name, []).append(summary)
        self.index = NameIndex(by_name)
        self._summaries = [tuple(by_name[name]) for name in self.index.identifiers()]

    def named(self, identifier: int) -> Sequence[MetricSummary]:
        """What carries a name or label of the index."""
        return self._summaries[identifier]
