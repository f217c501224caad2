"""Walking the stored graph up or down, a step at a time, as one caller sees it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from django.db.models import Q

from lineage.models import Edge
from lineage.nodes import Kind, Level, Ref, Relation
from lineage.sight import Sight
from semantic_layer.ports import LineageDirection

UP, DOWN = LineageDirection.UPSTREAM, LineageDirection.DOWNSTREAM
MOST_NODES = 1_000
EVERYTHING = 1_000_000
"""A depth that no chain has."""


@dataclass(frozen=True)
class Found:
    """A node of an answer; `distance` is in steps from where the walk began, negative upstream."""

    ref: Ref
    distance: int
    type: str = ""
    label: str = ""


@dataclass(frozen=True, order=True)
class Step:
    """An edge of an answer."""

    source: Ref
    target: Ref
    relation: Relation
    level: Level = Level.OBJECT
    path: str = ""


@dataclass
class Picture:
    """A part of the graph. `truncated`: there is more than may be shown."""

    root: Ref
    nodes: dict[Ref, Found] = field(default_factory=dict)
    edges: set[Step] = field(default_factory=set)
    truncated: bool = False

    def __post_init__(self) -> None:
        self.nodes.setdefault(self.root, Found(self.root, 0))

    def add(self, found: Found) -> bool:
        """Whether it is new; the shortest way to it counts."""
        if found.ref in self.nodes:
            return False
        self.nodes[found.ref] = found
        return True

    def of(self, kind: Kind, direction: LineageDirection) -> list[Found]:
        """Nodes of a kind in one direction, nearest first."""
        sign = -1 if direction is UP else 1
        found = [n for n in self.nodes.values() if n.ref.kind is kind and n.distance * sign > 0]
        return sorted(found, key=lambda node: (abs(node.distance), node.ref))


@dataclass(frozen=True)
class Way:
    """Which edges a walk follows."""

    direction: LineageDirection
    depth: int
    level: Level = Level.OBJECT
    without: frozenset[Relation] = frozenset((Relation.JOINS,))
    kinds: frozenset[Kind] = frozenset(Kind) - {Kind.QUERIES}


class Eyes(Protocol):
    """Decides what exists for whoever looks: a caller's Sight, or everything for upkeep."""

    def sees(self, ref: Ref) -> bool: ...


class AllSeeing:
    """For answers that are filtered by who asks afterwards."""

    def sees(self, ref: Ref) -> bool:
        return True


def walk(picture: Picture, starts: Iterable[Ref], way: Way, sight: Eyes) -> Picture:
    """Add what is reached from the starts; the same picture. Cycles end where they began."""
    reached = set(starts)
    frontier = set(reached)
    for step in range(1, way.depth + 1):
        if not frontier:
            return picture
        sign = -1 if way.direction is UP else 1
        following: set[Ref] = set()
        for edge in _edges(frontier, way):
            far, near = (edge.source, edge.target) if way.direction is UP else (
                edge.target, edge.source)  # fmt: skip
            if far.ref.kind not in way.kinds or not sight.sees(far.ref):
                continue
            if far.ref not in picture.nodes and len(picture.nodes) >= MOST_NODES:
                picture.truncated = True
                continue
            picture.add(Found(far.ref, sign * step, far.type, far.label))
            picture.edges.add(_step(edge))
            if far.ref not in reached:
                reached.add(far.ref)
                following.add(far.ref)
            assert near.ref in reached
        frontier = following
    return picture


def _edges(frontier: set[Ref], way: Way) -> Sequence[Edge]:
    keys = [ref.key for ref in frontier]
    near = {"target__in": keys} if way.direction is UP else {"source__in": keys}
    found = Edge.objects.filter(level=way.level.value, **near)
    if way.without:
        found = found.exclude(relation__in=[relation.value for relation in way.without])
    return list(found.select_related("source", "target").order_by("source_id", "target_id", "pk"))


def columns_between(picture: Picture, sight: Sight) -> Picture:
    """Add the columns and members of what the picture shows, where data flows between them."""
    keys = [ref.key for ref in picture.nodes]
    inside = Q(source__in=keys) | Q(source__owner_id__in=keys)
    inside &= Q(target__in=keys) | Q(target__owner_id__in=keys)
    found = Edge.objects.filter(inside, level=Level.COLUMN.value)
    for edge in found.select_related("source", "target").order_by("pk"):
        ends = (edge.source, edge.target)
        if any(end.ref.kind is Kind.UNRESOLVED for end in ends):
            continue
        if not all(sight.sees(end.ref) for end in ends):
            continue
        if len(picture.nodes) + len(ends) > MOST_NODES:
            picture.truncated = True
            return picture
        for end in ends:
            at = picture.nodes[end.ref.object].distance
            picture.add(Found(end.ref, at, end.type, end.label))
        picture.edges.add(_step(edge))
    return picture


def joins_of(picture: Picture, model: Ref, sight: Sight) -> Picture:
    """Add the models that this one joins, and those that join it."""
    found = Edge.objects.filter(
        Q(source=model.key) | Q(target=model.key), relation=Relation.JOINS.value
    )
    for edge in found.select_related("source", "target").order_by("pk"):
        other, sign = (edge.source, -1) if edge.target_id == model.key else (edge.target, 1)
        if sight.sees(other.ref):
            picture.add(Found(other.ref, sign, other.type, other.label))
            picture.edges.add(_step(edge))
    return picture


def _step(edge: Edge) -> Step:
    return Step(
        edge.source.ref, edge.target.ref, Relation(edge.relation), Level(edge.level), edge.path
    )
