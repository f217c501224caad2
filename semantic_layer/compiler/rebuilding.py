"""What an edit leaves as it was, so that a graph is rebuilt in the time of what changed.

Parts are compared by identity: who edits one document hands the others over as the same objects.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from typing import TYPE_CHECKING

from semantic_layer.compiler.infos import MeasureInfo, ModelInfo
from semantic_layer.compiler.spec import Metric

if TYPE_CHECKING:
    from semantic_layer.compiler.graph import SemanticGraph


def unaffected_metrics(
    previous: SemanticGraph, specs: Mapping[str, Metric], measures: Mapping[str, MeasureInfo]
) -> Set[str]:
    """Usable metrics of the previous graph of which neither they nor anything they are made of
    changed, came or went."""
    built = previous.built_metrics
    changed = {
        name for name, spec in specs.items() if name not in built or built[name].spec is not spec
    }
    changed |= built.keys() - specs.keys()
    changed |= {name for name, info in measures.items() if previous.measures.get(name) is not info}
    changed |= previous.measures.keys() - measures.keys()
    rest = {
        name: built[name].uses for name in specs if name in previous.metrics and name not in changed
    }
    while hit := [name for name, uses in rest.items() if not changed.isdisjoint(uses)]:
        changed.update(hit)
        for name in hit:
            del rest[name]
    return rest.keys()


def names_mean_the_same(previous: SemanticGraph, graph: SemanticGraph) -> bool:
    """Whether every name that the previous graph could resolve leads to the same here: entities,
    dimensions and custom grains are as they were, and no metric went."""
    return (
        previous.models.keys() == graph.models.keys()
        and previous.metrics.keys() <= graph.metrics.keys()
        and previous.role_keys == graph.role_keys
        and previous.custom_grains == graph.custom_grains
        and all(_same_members(previous.models[m.name], m) for m in graph.models.values())
    )


def _same_members(before: ModelInfo, after: ModelInfo) -> bool:
    return before is after or (
        before.spec.entities == after.spec.entities
        and before.spec.dimensions == after.spec.dimensions
        and before.spec.primary_entity == after.spec.primary_entity
    )
