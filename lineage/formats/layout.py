"""Where the boxes of a picture stand: in columns from left (sources) to right (what is made of
them), ordered so that lines cross little. Pure geometry, in pixels.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from lineage.formats.grouped import Box, boxes
from lineage.nodes import Ref, Relation
from lineage.sight import Sight
from lineage.walking import Picture, Step

HEAD, ROW, PADDING = 44, 22, 8
WIDTH, GAP_X, GAP_Y, MARGIN = 220, 90, 22, 16
_SWEEPS = 4


@dataclass(frozen=True)
class Placed:
    """A box and where its left upper corner is."""

    box: Box
    x: float
    y: float
    height: float

    def anchor(self, ref: Ref) -> float:
        """The height at which lines of the box, or of one of its rows, begin and end."""
        for number, (row, _) in enumerate(self.box.rows):
            if row == ref:
                return self.y + HEAD + (number + 0.5) * ROW
        return self.y + HEAD / 2


@dataclass(frozen=True)
class Line:
    """A curve from the right side of one box to the left side of another."""

    source: Ref
    target: Ref
    relation: Relation
    start: tuple[float, float]
    end: tuple[float, float]

    @property
    def path(self) -> str:
        """As the `d` of an SVG path."""
        (x, y), (to_x, to_y) = self.start, self.end
        bend = max(30.0, abs(to_x - x) / 2)
        return f"M{x:g} {y:g}C{x + bend:g} {y:g} {to_x - bend:g} {to_y:g} {to_x:g} {to_y:g}"


@dataclass(frozen=True)
class Layout:
    boxes: tuple[Placed, ...]
    lines: tuple[Line, ...]
    width: float
    height: float


def laid_out(picture: Picture, sight: Sight) -> Layout:
    """The same picture gives the same layout."""
    found = boxes(picture, sight)
    home = {box.ref: box.ref for box in found}
    home |= {row: box.ref for box in found for row, _ in box.rows}
    links = sorted(
        {
            (home[step.source], home[step.target])
            for step in picture.edges
            if step.source in home
            and step.target in home
            and home[step.source] != home[step.target]
        }
    )
    layers = _ordered(_layers(found, links), links)
    placed = _placed(layers)
    lines = _lines(picture, placed, home)
    right = max((one.x + WIDTH for one in placed.values()), default=0)
    bottom = max((one.y + one.height for one in placed.values()), default=0)
    return Layout(tuple(placed.values()), lines, right + MARGIN, bottom + MARGIN)


def _layers(found: Sequence[Box], links: Iterable[tuple[Ref, Ref]]) -> list[list[Box]]:
    """Everything right of what it is made of, as far as no cycle forbids it."""
    below: dict[Ref, list[Ref]] = {}
    for source, target in links:
        below.setdefault(source, []).append(target)
    order = _without_cycles([box.ref for box in found], below)
    rank = dict.fromkeys((box.ref for box in found), 0)
    position = {ref: number for number, ref in enumerate(order)}
    for ref in order:
        for target in below.get(ref, ()):
            if position[target] > position[ref]:
                rank[target] = max(rank[target], rank[ref] + 1)
    layers: list[list[Box]] = [[] for _ in range(max(rank.values(), default=0) + 1)]
    for box in found:
        layers[rank[box.ref]].append(box)
    return layers


def _without_cycles(refs: Sequence[Ref], below: Mapping[Ref, list[Ref]]) -> list[Ref]:
    """An order in which sources come first; edges that close a cycle are ignored."""
    done: set[Ref] = set()
    order: list[Ref] = []
    for root in refs:
        stack = [(root, iter(below.get(root, ())))] if root not in done else []
        done.add(root)
        while stack:
            ref, targets = stack[-1]
            following = next((target for target in targets if target not in done), None)
            if following is None:
                order.append(ref)
                stack.pop()
            else:
                done.add(following)
                stack.append((following, iter(below.get(following, ()))))
    return order[::-1]


def _ordered(layers: list[list[Box]], links: Sequence[tuple[Ref, Ref]]) -> list[list[Box]]:
    """Each box near the middle of its neighbours, sweeping to and fro."""
    near: dict[Ref, list[Ref]] = {}
    for source, target in links:
        near.setdefault(source, []).append(target)
        near.setdefault(target, []).append(source)
    for sweep in range(_SWEEPS):
        place = {box.ref: number for layer in layers for number, box in enumerate(layer)}
        for layer in layers if sweep % 2 == 0 else reversed(layers):
            middle = {box.ref: _middle(box.ref, near, place) for box in layer}
            layer.sort(key=lambda box: (middle[box.ref], box.ref))  # noqa: B023  used at once
            place.update({box.ref: number for number, box in enumerate(layer)})
    return layers


def _middle(ref: Ref, near: Mapping[Ref, list[Ref]], place: Mapping[Ref, int]) -> float:
    around = near.get(ref)
    if not around:
        return place[ref]
    return sum(place[other] for other in around) / len(around)


def _placed(layers: Sequence[Sequence[Box]]) -> dict[Ref, Placed]:
    heights = [[_height(box) for box in layer] for layer in layers]
    totals = [sum(column) + GAP_Y * max(0, len(column) - 1) for column in heights]
    tallest = max(totals, default=0.0)
    placed: dict[Ref, Placed] = {}
    for number, layer in enumerate(layers):
        y = MARGIN + (tallest - totals[number]) / 2
        for box, height in zip(layer, heights[number], strict=True):
            placed[box.ref] = Placed(box, MARGIN + number * (WIDTH + GAP_X), y, height)
            y += height + GAP_Y
    return placed


def _height(box: Box) -> float:
    return HEAD + (len(box.rows) * ROW + PADDING if box.rows else 0)


def _lines(
    picture: Picture, placed: Mapping[Ref, Placed], home: Mapping[Ref, Ref]
) -> tuple[Line, ...]:
    found: dict[tuple[Ref, Ref, Relation], Line] = {}
    # Where the columns' own lines are drawn, one more between their tables tells nothing new.
    fine = {(home.get(s.source), home.get(s.target)) for s in picture.edges if _is_of_row(s)}
    for step in sorted(picture.edges):
        source, target = home.get(step.source), home.get(step.target)
        if source is None or target is None or source == target:
            continue
        if (source, target) in fine and not _is_of_row(step):
            continue
        start = (placed[source].x + WIDTH, placed[source].anchor(step.source))
        end = (placed[target].x, placed[target].anchor(step.target))
        key = (step.source, step.target, step.relation)
        found.setdefault(key, Line(step.source, step.target, step.relation, start, end))
    return tuple(found.values())


def _is_of_row(step: Step) -> bool:
    return step.source.owner is not None or step.target.owner is not None
