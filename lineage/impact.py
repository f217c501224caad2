"""What breaks if something goes: everything below it, through values and through conditions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace

from lineage.models import Edge
from lineage.nodes import Kind, Level, Ref, Relation
from lineage.refreshing import catch_up
from lineage.services import Answer, named_column, named_table
from lineage.sight import Sight
from lineage.walking import DOWN, EVERYTHING, MOST_NODES, Found, Picture, Step, Way, walk
from models_registry.metrics import explain_metric
from models_registry.selectors import visible_model
from semantic_layer.ports import Actor

ALL_KINDS = frozenset(Kind)
"""Recent queries too: who asked lately would ask again."""


@dataclass(frozen=True)
class Impact(Answer):
    """What depends on the root; `counts` by kind. Containers and the root itself left out."""

    counts: tuple[tuple[str, int], ...] = ()

    @property
    def dependents(self) -> list[Found]:
        below = [f for f in self.picture.nodes.values() if f.distance > 0]
        return sorted(below, key=lambda found: (found.distance, found.ref))


def impact_of_table(*, actor: Actor, name: str) -> Impact:
    """Everything that reads the table, over any number of steps. Raises like `table_lineage`."""
    actor.require("read")
    sight = Sight(actor)
    ref, _ = named_table(sight, name)
    catch_up()
    return _impact(walk(Picture(ref), [ref], _way(Level.OBJECT), sight), sight)


def impact_of_column(*, actor: Actor, name: str) -> Impact:
    """Everything that would fail without the column. A view that only filters by it fails whole.

    Raises like `column_lineage`.
    """
    actor.require("read")
    sight = Sight(actor)
    ref, _ = named_column(sight, name)
    catch_up()
    return _impact(_without(ref, sight), sight)


def impact_of_metric(*, actor: Actor, category: str, name: str) -> Impact:
    """Metrics and saved queries made of the metric. Raises NotFound."""
    actor.require("read")
    explain_metric(actor=actor, category=category, name=name)
    catch_up([category])
    sight = Sight(actor)
    ref = Ref(Kind.METRIC, (category, name))
    return _impact(walk(Picture(ref), [ref], _way(Level.OBJECT), sight), sight)


def impact_of_model(*, actor: Actor, category: str, name: str) -> Impact:
    """Metrics and saved queries made of the model. Raises NotFound."""
    actor.require("read")
    document, _, _ = visible_model(category, name, actor)
    catch_up([category])
    sight = Sight(actor)
    ref = Ref(Kind.MODEL, (category, document.name))
    return _impact(walk(Picture(ref), [ref], _way(Level.OBJECT), sight), sight)


def _way(level: Level, depth: int = EVERYTHING) -> Way:
    return Way(DOWN, depth, level, kinds=ALL_KINDS - {Kind.UNRESOLVED})


def _without(column: Ref, sight: Sight) -> Picture:
    """What fails without the column. Losing one makes a view fail, and with it all its columns
    and whoever reads them; a model goes on with the members that are left.
    """
    picture = Picture(column)
    pending, done = [column], {column}
    while pending and len(picture.nodes) < MOST_NODES:
        part = walk(Picture(column), pending, _way(Level.COLUMN, 1), sight)
        at = max(picture.nodes[ref].distance for ref in pending)
        following: list[Ref] = []
        for found in part.nodes.values():
            if found.ref in done:
                continue
            done.add(found.ref)
            picture.add(replace(found, distance=at + 1))
            following.append(found.ref)
        picture.edges |= part.edges
        following += _fallen(picture, following, done, sight, at + 1)
        pending = following
    picture.truncated = bool(pending)
    return picture


def _fallen(
    picture: Picture, reached: Iterable[Ref], done: set[Ref], sight: Sight, distance: int
) -> list[Ref]:
    """The views whose columns were reached, with all their columns that anybody reads."""
    views = {
        ref.object
        for ref in reached
        if ref.object.kind is Kind.TABLE and ref.object != picture.root.object
    }
    edges = Edge.objects.filter(
        source__owner_id__in=[view.key for view in views], level=Level.COLUMN.value
    )
    found: list[Ref] = []
    for edge in edges.select_related("source").order_by("pk"):
        ref = edge.source.ref
        if ref not in done and sight.sees(ref):
            done.add(ref)
            found.append(ref)
            picture.add(Found(ref, distance))
            picture.edges.add(Step(ref.object, ref, Relation.VALUE, Level.COLUMN))
    for view in sorted(views):
        picture.add(Found(view, distance))
        done.add(view)
    return found


def _impact(picture: Picture, sight: Sight) -> Impact:
    kinds = Counter(found.ref.kind.value for found in picture.nodes.values() if found.distance > 0)
    return Impact(picture, sight, counts=tuple(sorted(kinds.items())))
