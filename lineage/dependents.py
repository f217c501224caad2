"""DependentsSource: metrics that are made of a model's metrics over more than one step."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from lineage.nodes import Kind, Ref
from lineage.refreshing import catch_up
from lineage.walking import DOWN, EVERYTHING, AllSeeing, Picture, Way, walk
from models_registry.graph_source import load_graph
from semantic_layer.ports import Dependent, UsedNames

_BELOW = Way(DOWN, EVERYTHING, kinds=frozenset({Kind.METRIC}))


class LineageDependents:
    """Those that use the model's metrics directly are the registry's to tell."""

    def dependents(self, names: UsedNames) -> Iterable[Dependent]:
        """See the port."""
        catch_up([names.category])
        own = {Ref(Kind.METRIC, (names.category, name)) for name in names.metrics}
        root = Ref(Kind.MODEL, (names.category, names.model))
        picture = walk(Picture(root), own, _BELOW, AllSeeing())
        metrics = load_graph(names.category).metrics
        for ref, found in sorted(picture.nodes.items()):
            info = metrics.get(ref.name)
            if ref.kind is Kind.METRIC and ref not in own and found.distance > 1 and info:
                uses = sorted(_made_of(picture, ref, own))
                yield Dependent("metric", ref.name, info.model, tuple(uses), {"through": "metrics"})


def _made_of(picture: Picture, ref: Ref, own: set[Ref]) -> Iterator[str]:
    """Names of the model's metrics that lead to this one."""
    pending, seen = [ref], {ref}
    while pending:
        current = pending.pop()
        for step in picture.edges:
            if step.target == current and step.source not in seen:
                seen.add(step.source)
                pending.append(step.source)
    return (found.name for found in seen & own)
