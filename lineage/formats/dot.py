"""The graph in Graphviz's language."""

from __future__ import annotations

from lineage.formats.grouped import boxes
from lineage.nodes import Kind, Ref, Relation
from lineage.sight import Sight
from lineage.walking import Picture

_SHAPES = {
    Kind.METRIC: "ellipse",
    Kind.UNRESOLVED: "hexagon",
    Kind.SAVED_QUERY: "note",
    Kind.MODEL: "component",
}


def dot(picture: Picture, sight: Sight) -> str:
    """Tables and models with columns are clusters."""
    lines = ["digraph lineage {", '  rankdir="LR"; node [shape="box"];']
    ids: dict[Ref, str] = {}
    for box in boxes(picture, sight):
        name = ids.setdefault(box.ref, f"n{len(ids)}")
        label = escaped(f"{box.title}\n{box.subtitle}")
        shape = _SHAPES.get(box.ref.kind, "box")
        node = f'{name} [label="{label}", shape="{shape}"];'
        if not box.rows:
            lines.append(f"  {node}")
            continue
        lines.append(f'  subgraph "cluster_{name}" {{ {node}')
        for ref, title in box.rows:
            ids[ref] = f"n{len(ids)}"
            lines.append(f'    {ids[ref]} [label="{escaped(title)}", shape="plaintext"];')
        lines.append("  }")
    for step in sorted(picture.edges):
        if step.source in ids and step.target in ids:
            style = "solid" if step.relation in (Relation.VALUE, Relation.READS) else "dashed"
            ends = f"{ids[step.source]} -> {ids[step.target]}"
            lines.append(f'  {ends} [style="{style}", tooltip="{step.relation}"];')
    return "\n".join([*lines, "}"]) + "\n"


def escaped(text: str) -> str:
    """Inside of double quotes: a line break is the only escape that is ours."""
    lines = [" ".join(line.split()) for line in text.split("\n")]
    printable = ["".join(c if c.isprintable() else "\ufffd" for c in line) for line in lines]
    return "\\n".join(line.replace("\\", "\\\\").replace('"', '\\"') for line in printable)
