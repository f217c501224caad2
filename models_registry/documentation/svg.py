"""Drawings as SVG that stands inside of a page: no script, no style sheet, no foreign address."""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree import ElementTree

from models_registry.documentation.drawing import (
    CHART_HEIGHT,
    CHART_WIDTH,
    LINE,
    draw_chart,
    draw_diagram,
)
from semantic_layer.ports import Diagram


class SvgCanvas:
    """Builds a tree, so that text can be nothing but text."""

    def __init__(self, width: float, height: float, title: str) -> None:
        self.root = ElementTree.Element(
            "svg",
            {
                "xmlns": "http://www.w3.org/2000/svg",
                "viewBox": f"0 0 {width:g} {height:g}",
                "width": f"{width:g}",
                "height": f"{height:g}",
                "role": "img",
                "font-family": "system-ui, sans-serif",
            },
        )
        ElementTree.SubElement(self.root, "title").text = clean(title)

    def box(
        self, at: tuple[float, float], size: tuple[float, float], fill: str, stroke: str, bold: bool
    ) -> None:
        width: dict[str, str | float] = {"stroke-width": 2.5 if bold else 1}
        sides: dict[str, str | float] = {
            "x": at[0],
            "y": at[1],
            "width": size[0],
            "height": size[1],
        }
        self._add("rect", **sides, **width, rx=6, fill=fill, stroke=stroke)

    def curve(self, start: tuple[float, float], end: tuple[float, float], dashed: bool) -> None:
        (x, y), (to_x, to_y) = start, end
        bend = max(30.0, abs(to_x - x) / 2)
        path = f"M{x:g} {y:g}C{x + bend:g} {y:g} {to_x - bend:g} {to_y:g} {to_x:g} {to_y:g}"
        shown: dict[str, str | float] = {"d": path, "fill": "none", "stroke": LINE}
        if dashed:
            shown["stroke-dasharray"] = "4 4"
        self._add("path", **shown)

    def path(self, points: Sequence[tuple[float, float]], colour: str, width: float) -> None:
        if len(points) == 1:
            self._add("circle", cx=points[0][0], cy=points[0][1], r=2.5, fill=colour)
            return
        line = " ".join(f"{x:g},{y:g}" for x, y in points)
        shown: dict[str, str | float] = {"points": line, "stroke-width": width}
        self._add("polyline", **shown, fill="none", stroke=colour)

    def text(
        self, at: tuple[float, float], text: str, size: float, colour: str, anchor: str = "start"
    ) -> None:
        kind: dict[str, str | float] = {"font-size": size, "text-anchor": anchor}
        made = self._add("text", **kind, x=at[0], y=at[1], fill=colour)
        made.text = clean(text)

    def _add(self, tag: str, **attributes: str | float) -> ElementTree.Element:
        written = {
            name: value if isinstance(value, str) else f"{value:g}"
            for name, value in attributes.items()
        }
        return ElementTree.SubElement(self.root, tag, written)

    def __str__(self) -> str:
        return ElementTree.tostring(self.root, encoding="unicode")


def diagram_svg(diagram: Diagram, title: str) -> str:
    canvas = SvgCanvas(diagram.width, diagram.height, title)
    draw_diagram(canvas, diagram)
    return str(canvas)


def chart_svg(labels: Sequence[str], values: Sequence[float | None], title: str) -> str:
    canvas = SvgCanvas(CHART_WIDTH, CHART_HEIGHT, title)
    draw_chart(canvas, labels, values)
    return str(canvas)


def clean(text: str) -> str:
    """XML cannot hold control characters, nor half of a pair."""
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in text)
