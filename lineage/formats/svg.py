"""The graph as a picture that needs nothing else: no script, no font, no foreign address."""

from __future__ import annotations

from xml.etree import ElementTree

from lineage.formats.layout import HEAD, ROW, WIDTH, Layout, Placed, laid_out
from lineage.naming import full_name
from lineage.nodes import Ref, Relation
from lineage.sight import Sight
from lineage.walking import Picture

_STYLE = """
text{font:13px system-ui,-apple-system,'Segoe UI',sans-serif;fill:#1f2937}
.box{fill:#fff;stroke:#94a3b8}.root{stroke:#6d3fd1;stroke-width:2.5}.sub{font-size:11px;fill:#64748b}
.row{font-size:12px}.line{fill:none;stroke:#64748b;stroke-width:1.3}.dashed{stroke-dasharray:4 4}
.unresolved{stroke:#b42318}.metric{fill:#f5f1ff}.model{fill:#eefaf6}.saved_query{fill:#fff7ed}
.table{fill:#f8fafc}
@media(prefers-color-scheme:dark){text{fill:#e2e8f0}.box{fill:#1e293b}.sub{fill:#94a3b8}
.metric{fill:#2e2350}.model{fill:#12342b}.saved_query{fill:#3a2a16}.table{fill:#1e293b}}
"""
_CHARACTERS = 28


def svg(picture: Picture, sight: Sight) -> str:
    """As laid out by `laid_out`; every box and row tells its full name to the pointer."""
    layout = laid_out(picture, sight)
    root = ElementTree.Element(
        "svg",
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {layout.width:g} {layout.height:g}",
        width=f"{layout.width:g}",
        height=f"{layout.height:g}",
        role="img",
    )
    _text(ElementTree.SubElement(root, "title"), f"Lineage of {full_name(picture.root, sight)}")
    _text(ElementTree.SubElement(root, "style"), _STYLE)
    _add_arrow(root)
    _add_lines(root, layout)
    for placed in layout.boxes:
        _add_box(root, placed, picture.root, sight)
    return ElementTree.tostring(root, encoding="unicode")


def _add_arrow(root: ElementTree.Element) -> None:
    marker = ElementTree.SubElement(
        ElementTree.SubElement(root, "defs"),
        "marker",
        id="arrow", viewBox="0 0 8 8", refX="8", refY="4", markerWidth="7", markerHeight="7",
        orient="auto",
    )  # fmt: skip
    ElementTree.SubElement(marker, "path", d="M0 0L8 4L0 8z", fill="#64748b")


def _add_lines(root: ElementTree.Element, layout: Layout) -> None:
    for line in layout.lines:
        names = ["line"]
        if line.relation not in (Relation.VALUE, Relation.READS):
            names.append("dashed")
        if line.relation is Relation.UNRESOLVED:
            names.append("unresolved")
        path = ElementTree.SubElement(
            root, "path", {"d": line.path, "class": " ".join(names), "marker-end": "url(#arrow)"}
        )
        _text(ElementTree.SubElement(path, "title"), line.relation.value)


def _add_box(root: ElementTree.Element, placed: Placed, start: Ref, sight: Sight) -> None:
    box = placed.box
    group = ElementTree.SubElement(root, "g")
    _text(ElementTree.SubElement(group, "title"), full_name(box.ref, sight))
    names = ["box", box.ref.kind.value, *(["root"] if box.ref in (start, start.owner) else [])]
    ElementTree.SubElement(
        group,
        "rect",
        {
            "x": f"{placed.x:g}", "y": f"{placed.y:g}", "width": f"{WIDTH:g}",
            "height": f"{placed.height:g}", "rx": "6", "class": " ".join(names),
        },
    )  # fmt: skip
    _add_text(group, placed.x + 10, placed.y + 18, box.title)
    _add_text(group, placed.x + 10, placed.y + 34, box.subtitle, "sub")
    for number, (ref, label) in enumerate(box.rows):
        y = placed.y + HEAD + number * ROW + 15
        text = _add_text(group, placed.x + 18, y, label, "row")
        if ref == start:
            text.set("font-weight", "bold")


def _add_text(
    parent: ElementTree.Element, x: float, y: float, text: str, name: str = ""
) -> ElementTree.Element:
    made = ElementTree.SubElement(parent, "text", {"x": f"{x:g}", "y": f"{y:g}"})
    if name:
        made.set("class", name)
    _text(made, text if len(text) <= _CHARACTERS else text[: _CHARACTERS - 1] + "…")
    return made


def _text(element: ElementTree.Element, text: str) -> None:
    """XML cannot hold control characters, nor half of a pair."""
    element.text = "".join(c if c.isprintable() or c == "\n" else "\ufffd" for c in text)
