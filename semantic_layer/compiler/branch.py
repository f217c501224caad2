"""What a branch is, and its view of the data."""

from __future__ import annotations

from dataclasses import dataclass

from semantic_layer.compiler.expansion import Leaf
from semantic_layer.compiler.frame import Frame
from semantic_layer.compiler.infos import DimensionInfo
from semantic_layer.compiler.plan import Node
from semantic_layer.compiler.scope import Scope


@dataclass(frozen=True, eq=False)
class Branch:
    """Leaves that read the same rows, and their aggregate: a node called `name` with keys and
    measures."""

    name: str
    leaves: tuple[Leaf, ...]
    node: Node
    models: tuple[str, ...]


def branch_scope(leaf: Leaf, frame: Frame) -> Scope:
    """The scope of the leaf's own model, its metric_time settled."""
    model = frame.graph.models[leaf.rows.model]
    return Scope(
        frame.graph,
        model,
        frame.binder,
        metric_time=_time_of(leaf, frame),
        query_zone=frame.zone,
        metric_time_grain=frame.metric_time_grain,
    )


def _time_of(leaf: Leaf, frame: Frame) -> DimensionInfo | None:
    name = leaf.rows.time_dimension
    return frame.graph.models[leaf.rows.model].dimensions[name] if name else None
