"""Nodes of a picture by what they are part of: boxes with rows, as all formats show them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lineage.naming import shown_parts, type_of
from lineage.nodes import Kind, Ref
from lineage.sight import Sight
from lineage.walking import Found, Picture


@dataclass(frozen=True)
class Box:
    """A thing with the columns or members that the picture shows of it."""

    ref: Ref
    title: str
    subtitle: str
    distance: int
    rows: tuple[tuple[Ref, str], ...] = ()


def boxes(picture: Picture, sight: Sight) -> list[Box]:
    """By distance from the root, then by name: the same picture, the same order."""
    rows: dict[Ref, list[Ref]] = {}
    for ref in picture.nodes:
        if ref.owner is not None:
            rows.setdefault(ref.owner, []).append(ref)
    found = [_box(node, sight, rows) for node in picture.nodes.values() if node.ref.owner is None]
    known = {box.ref for box in found}
    lost = [ref for ref in rows if ref not in known]
    found += [_box(Found(ref, picture.nodes[rows[ref][0]].distance), sight, rows) for ref in lost]
    return sorted(found, key=lambda box: (box.distance, box.ref))


def _box(node: Found, sight: Sight, rows: Mapping[Ref, list[Ref]]) -> Box:
    parts = shown_parts(node.ref, sight)
    place = ".".join(parts[:-1]) if node.ref.kind is Kind.TABLE else ""
    kind = type_of(node, sight).replace("_", " ").lower()
    if node.ref.kind is Kind.METRIC:
        kind = f"{kind} metric"
    return Box(
        node.ref,
        parts[-1],
        f"{kind} · {place}" if place else kind,
        node.distance,
        tuple((ref, ref.name) for ref in sorted(rows.get(node.ref, ()))),
    )
