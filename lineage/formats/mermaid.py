"""The graph as Mermaid's flowchart."""

from __future__ import annotations

import re

from lineage.formats.grouped import Box, boxes
from lineage.nodes import Kind, Ref, Relation
from lineage.sight import Sight
from lineage.walking import Picture

# Everything else is written by its number: no name can end its quotes or be markup.
_UNSAFE = re.compile(r"[^\w .,:/()-]", re.ASCII)
_SHAPES = {Kind.METRIC: '(["{}"])', Kind.UNRESOLVED: '{{{{"{}"}}}}', Kind.SAVED_QUERY: '[/"{}"/]'}
_ARROWS = {
    Relation.CONDITION: "-.->",
    Relation.JOINS: "-. joins .->",
    Relation.UNRESOLVED: "-. unresolved .->",
}


def mermaid(picture: Picture, sight: Sight) -> str:
    """Tables and models with columns are subgraphs."""
    lines = ["flowchart LR"]
    ids: dict[Ref, str] = {}
    for box in boxes(picture, sight):
        lines += _box(box, ids)
    arrows = (
        f"  {ids[step.source]} {_ARROWS.get(step.relation, '-->')} {ids[step.target]}"
        for step in sorted(picture.edges)
        if step.source in ids and step.target in ids
    )
    lines += dict.fromkeys(arrows)
    if picture.root in ids:
        lines.append(f"  style {ids[picture.root]} stroke-width:3px")
    return "\n".join(lines) + "\n"


def _box(box: Box, ids: dict[Ref, str]) -> list[str]:
    name = ids.setdefault(box.ref, f"n{len(ids)}")
    title = f"{escaped(box.title)}<br>{escaped(box.subtitle)}"
    if not box.rows:
        shape = _SHAPES.get(box.ref.kind, '["{}"]')
        return [f"  {name}{shape.format(title)}"]
    lines = [f'  subgraph {name}["{title}"]']
    for ref, label in box.rows:
        ids[ref] = f"n{len(ids)}"
        lines.append(f'    {ids[ref]}["{escaped(label)}"]')
    return [*lines, "  end"]


def escaped(text: str) -> str:
    return _UNSAFE.sub(lambda found: f"#{ord(found[0])};", " ".join(text.split()))
