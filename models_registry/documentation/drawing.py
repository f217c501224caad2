"""Diagrams and charts, drawn on a canvas: SVG for pages, PDF for paper. Pure geometry."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Protocol

from semantic_layer.ports import Diagram, DiagramBox, DiagramLine

INK, SOFT, LINE = "#1f2937", "#64748b", "#94a3b8"
ACCENT = "#6d3fd1"
TONES = {"model": "#eefaf6", "metric": "#f5f1ff", "saved_query": "#fff7ed"}
PLAIN = "#f8fafc"
_LETTERS = 30
CHART_WIDTH, CHART_HEIGHT = 640.0, 200.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 70.0, 14.0, 12.0, 30.0
_TICKS = 4


class Canvas(Protocol):
    """What can be drawn; coordinates in pixels from the left upper corner, colours as #rrggbb."""

    def box(
        self, at: tuple[float, float], size: tuple[float, float], fill: str, stroke: str, bold: bool
    ) -> None: ...

    def curve(self, start: tuple[float, float], end: tuple[float, float], dashed: bool) -> None: ...

    def path(self, points: Sequence[tuple[float, float]], colour: str, width: float) -> None: ...

    def text(
        self, at: tuple[float, float], text: str, size: float, colour: str, anchor: str = "start"
    ) -> None: ...


def draw_diagram(canvas: Canvas, diagram: Diagram) -> None:
    """Lines first, so that boxes lie over them."""
    for line in diagram.lines:
        canvas.curve(line.start, line.end, line.is_dashed)
        if line.label:
            middle = ((line.start[0] + line.end[0]) / 2, (line.start[1] + line.end[1]) / 2 - 4)
            canvas.text(middle, shortened(line.label), 11, SOFT, "middle")
    for box in diagram.boxes:
        _draw_box(canvas, box)


def _draw_box(canvas: Canvas, box: DiagramBox) -> None:
    fill = TONES.get(box.tone, PLAIN)
    stroke = ACCENT if box.is_root else LINE
    canvas.box((box.x, box.y), (box.width, box.height), fill, stroke, box.is_root)
    canvas.text((box.x + 10, box.y + 18), shortened(box.title), 13, INK)
    if box.subtitle:
        canvas.text((box.x + 10, box.y + 34), shortened(box.subtitle), 11, SOFT)
    for number, row in enumerate(box.rows):
        canvas.text((box.x + 18, box.y + 59 + number * 22), shortened(row), 12, INK)


def draw_chart(canvas: Canvas, labels: Sequence[str], values: Sequence[float | None]) -> None:
    """A line over time; a missing value breaks it."""
    known = [value for value in values if value is not None]
    low, high = _range(known)
    step = (CHART_WIDTH - _LEFT - _RIGHT) / max(len(values) - 1, 1)

    def place(number: int, value: float) -> tuple[float, float]:
        part = (value - low) / (high - low)
        inner = CHART_HEIGHT - _TOP - _BOTTOM
        return _LEFT + number * step, _TOP + inner * (1 - part)

    for tick in range(_TICKS + 1):
        value = low + (high - low) * tick / _TICKS
        _, y = place(0, value)
        canvas.path([(_LEFT, y), (CHART_WIDTH - _RIGHT, y)], "#e2e8f0", 0.6)
        canvas.text((_LEFT - 8, y + 4), short_number(value), 11, SOFT, "end")
    for run in _runs(values):
        canvas.path([place(number, value) for number, value in run], ACCENT, 1.8)
    for number in sorted({0, len(labels) // 2, len(labels) - 1}):
        anchor = "start" if number == 0 else "end" if number == len(labels) - 1 else "middle"
        at = (_LEFT + number * step, CHART_HEIGHT - 10)
        canvas.text(at, labels[number], 11, SOFT, anchor)


def entity_diagram(name: str, table: str, neighbours: Sequence[tuple[str, str, bool]]) -> Diagram:
    """The model in the middle; left of it models that join to it, right of it those it joins to.

    `neighbours` are (model, entity, whether the joined one is the neighbour).
    """
    width, height, gap, reach = 190.0, 48.0, 18.0, 130.0
    right = [one for one in neighbours if one[2]]
    left = [one for one in neighbours if not one[2]]
    tallest = max(len(left), len(right), 1) * (height + gap) - gap
    x = 16 + (width + reach if left else 0)
    y = 16 + (tallest - height) / 2
    boxes = [DiagramBox(x, y, width, height, name, table, tone="model", is_root=True)]
    lines: list[DiagramLine] = []
    for side, found in ((0, left), (1, right)):
        top = 16 + (tallest - (len(found) * (height + gap) - gap)) / 2
        for number, (other, entity, _) in enumerate(found):
            at = top + number * (height + gap)
            other_x = x + width + reach if side else 16.0
            boxes.append(DiagramBox(other_x, at, width, height, other, "model", tone="model"))
            middle, own = at + height / 2, y + height / 2
            ends = ((x + width, own), (other_x, middle)) if side else (
                (other_x + width, middle), (x, own))  # fmt: skip
            lines.append(DiagramLine(*ends, label=entity))
    reached = max(box.x + box.width for box in boxes)
    return Diagram(tuple(boxes), tuple(lines), reached + 16, tallest + 32)


def shortened(text: str, letters: int = _LETTERS) -> str:
    line = " ".join(text.split())
    return line if len(line) <= letters else line[: letters - 1] + "…"


def short_number(value: float) -> str:
    """Four digits at most, large ones in thousands and millions."""
    for size, unit in ((1e9, "B"), (1e6, "M"), (1e4, "k")):
        if abs(value) >= size:
            return f"{value / (1e3 if unit == 'k' else size):.3g}{unit}"
    return f"{value:.4g}"


def _range(known: Sequence[float]) -> tuple[float, float]:
    low, high = min(known, default=0.0), max(known, default=1.0)
    return (low, high) if high > low else (low - 1, low + 1)


def _runs(values: Sequence[float | None]) -> list[list[tuple[int, float]]]:
    runs: list[list[tuple[int, float]]] = [[]]
    for number, value in enumerate(values):
        if value is None or not math.isfinite(value):
            runs.append([])
        else:
            runs[-1].append((number, value))
    return [run for run in runs if run]
