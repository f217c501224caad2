"""A model's documentation on paper. Fonts come from wheels; nothing is fetched."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import fontpkg_lato
import fontpkg_noto_sans_arabic
import fontpkg_roboto_mono
import noto_cjk_sans_otc
from fpdf import FPDF
from fpdf.fonts import FontFace

from models_registry.documentation.contents import Contents, Member, MetricText
from models_registry.documentation.drawing import (
    CHART_HEIGHT,
    CHART_WIDTH,
    INK,
    LINE,
    draw_chart,
    draw_diagram,
)
from models_registry.documentation.svg import clean
from models_registry.documentation.wording import as_plain
from semantic_layer.ports import Diagram

SANS, MONO = "Lato", "Roboto Mono"
_LATO = Path(fontpkg_lato.ROOT) / "files"
_MONO = Path(fontpkg_roboto_mono.ROOT) / "files" / "RobotoMono[wght].ttf"
_FURTHER = (
    # Scripts that the fonts above lack: their letters, and the font that has them.
    (
        re.compile("[\u0600-\u06ff\u0750-\u077f\ufb50-\ufdff\ufe70-\ufeff]"),
        Path(fontpkg_noto_sans_arabic.ROOT) / "files" / "NotoSansArabic[wdth,wght].ttf",
    ),
    (
        re.compile("[\u1100-\u11ff\u2e80-\ud7ff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff]"),
        Path(str(noto_cjk_sans_otc.FONT_PATH)),
    ),
)
_PIXEL = 0.2645
"""Millimetres of a pixel, where there is room for it."""


class Paper(FPDF):
    """A4 with page numbers. `text` is all that will be written: fonts for Arabic, Chinese, Japanese
    and Korean are large and are loaded where it has such letters.
    """

    def __init__(self, title: str, text: str) -> None:
        super().__init__(format="A4")
        self.title_text = title
        self.set_auto_page_break(True, margin=18)
        self.add_font(SANS, "", _LATO / "Lato-Regular.ttf")
        self.add_font(SANS, "B", _LATO / "Lato-Bold.ttf")
        self.add_font(MONO, "", _MONO)
        self._add_fonts_for(text)
        self.set_title(title)
        self.set_creator("Semantic Layer Service")
        self.add_page()

    def _add_fonts_for(self, text: str) -> None:
        needed = [font for letters, font in _FURTHER if letters.search(text)]
        for font in needed:
            self.add_font(font.stem, "", font)
        if needed:
            self.set_fallback_fonts([font.stem for font in needed], exact_match=False)
            # Joins Arabic letters and turns them to their direction.
            self.set_text_shaping(True)

    def footer(self) -> None:
        self.set_y(-13)
        self.set_font(SANS, size=8)
        self.set_text_color(100, 116, 139)
        self.cell(0, 5, f"{self.title_text} · page {self.page_no()}", align="C")

    def heading(self, text: str, size: float, room: float = 0) -> None:
        """`room` is what has to fit below it on the same page, in millimetres."""
        self.ln(2)
        self.set_font(SANS, "B", size)
        self.set_text_color(*_rgb(INK))
        # A heading does not stay behind alone at the end of a page.
        if self.will_page_break(size * 1.6 + room):
            self.add_page()
        self.start_section(clean(text), level=0 if size > 14 else 1)
        self.multi_cell(0, size * 0.5, clean(text), new_x="LMARGIN", new_y="NEXT")
        self.ln(1)

    def words(self, text: str, size: float = 10) -> None:
        if not text:
            return
        self.set_font(SANS, size=size)
        self.set_text_color(*_rgb(INK))
        lines = "\n".join(clean(line) for line in text.split("\n"))
        self.multi_cell(0, size * 0.5, lines, new_x="LMARGIN", new_y="NEXT", align="L")
        self.ln(1)

    def code(self, text: str) -> None:
        self.set_font(MONO, size=8)
        self.set_fill_color(245, 246, 248)
        self.set_text_color(*_rgb(INK))
        lines = "\n".join(clean(line) for line in text.split("\n"))
        self.multi_cell(0, 4, lines, fill=True, new_x="LMARGIN", new_y="NEXT", align="L")
        self.ln(2)

    def rows(self, heads: Sequence[str], rows: Sequence[Sequence[str]], widths: Any = None) -> None:
        if not rows:
            return
        self.set_font(SANS, size=8.5)
        self.set_text_color(*_rgb(INK))
        self.set_draw_color(*_rgb("#d5dae1"))
        self.set_fill_color(255, 255, 255)
        head = FontFace(emphasis="BOLD", fill_color=(241, 245, 249))
        with self.table(
            col_widths=widths, headings_style=head, line_height=4.5, text_align="LEFT",
            borders_layout="HORIZONTAL_LINES", padding=1,
        ) as table:  # fmt: skip
            for line in (heads, *rows):
                row = table.row()
                for cell in line:
                    row.cell(clean(" ".join(str(cell).split())))
        self.ln(3)

    def scale_of(self, width: float, height: float) -> float:
        """Millimetres of a pixel, so that the drawing fits on a page below a heading."""
        return min(_PIXEL, self.epw / width, (self.eph - 30) / height)

    def drawing(self, width: float, height: float) -> PaperCanvas:
        """A canvas as wide as the page at most; the text goes on below it."""
        scale = self.scale_of(width, height)
        if self.will_page_break(height * scale):
            self.add_page()
        canvas = PaperCanvas(self, self.l_margin, self.get_y(), scale)
        self.set_y(self.get_y() + height * scale + 3)
        return canvas


class PaperCanvas:
    """Draws on the page; see drawing.Canvas."""

    def __init__(self, paper: FPDF, x: float, y: float, scale: float) -> None:
        self._paper, self._x, self._y, self._scale = paper, x, y, scale

    def _at(self, point: tuple[float, float]) -> tuple[float, float]:
        return self._x + point[0] * self._scale, self._y + point[1] * self._scale

    def box(
        self, at: tuple[float, float], size: tuple[float, float], fill: str, stroke: str, bold: bool
    ) -> None:
        paper = self._paper
        paper.set_fill_color(*_rgb(fill))
        paper.set_draw_color(*_rgb(stroke))
        paper.set_line_width(0.5 if bold else 0.2)
        x, y = self._at(at)
        paper.rect(x, y, size[0] * self._scale, size[1] * self._scale, style="DF")

    def curve(self, start: tuple[float, float], end: tuple[float, float], dashed: bool) -> None:
        paper = self._paper
        paper.set_draw_color(*_rgb(LINE))
        paper.set_line_width(0.2)
        bend = max(30.0, abs(end[0] - start[0]) / 2)
        middle = (self._at((start[0] + bend, start[1])), self._at((end[0] - bend, end[1])))
        if dashed:
            paper.set_dash_pattern(dash=1, gap=1)
        paper.bezier([self._at(start), *middle, self._at(end)], style="D")
        paper.set_dash_pattern()

    def path(self, points: Sequence[tuple[float, float]], colour: str, width: float) -> None:
        paper = self._paper
        paper.set_draw_color(*_rgb(colour))
        paper.set_line_width(width * 0.2)
        if len(points) == 1:
            paper.set_fill_color(*_rgb(colour))
            paper.circle(*self._at(points[0]), 0.6, style="F")
            return
        paper.polyline([self._at(point) for point in points])

    def text(
        self, at: tuple[float, float], text: str, size: float, colour: str, anchor: str = "start"
    ) -> None:
        paper = self._paper
        # Points of a millimetre: 2.835.
        paper.set_font(SANS, size=max(size * self._scale * 2.835, 1.5))
        paper.set_text_color(*_rgb(colour))
        shown = clean(text)
        x, y = self._at(at)
        width = paper.get_string_width(shown)
        x -= width if anchor == "end" else width / 2 if anchor == "middle" else 0
        paper.text(x, y, shown)


def write_pdf(contents: Contents, *, is_brief: bool = False) -> bytes:
    """The documentation as a PDF."""
    paper = Paper(f"{contents.label} ({contents.category})", repr(contents))
    _overview(paper, contents)
    for title, members in (
        ("Entities", contents.entities),
        ("Dimensions", contents.dimensions),
        ("Measures", contents.measures),
    ):
        _members(paper, title, members)
    if contents.metrics:
        paper.heading("Metrics", 15)
    for metric in contents.metrics:
        _metric(paper, metric, is_brief)
    if contents.lineage is not None:
        diagram = contents.lineage.diagram
        room = diagram.height * paper.scale_of(diagram.width, diagram.height)
        paper.heading("Lineage", 15, room)
        _diagram(paper, diagram)
    if not is_brief:
        _history(paper, contents)
    written = io.BytesIO()
    paper.output(written)
    return written.getvalue()


def _overview(paper: Paper, contents: Contents) -> None:
    paper.heading(contents.label, 20)
    paper.words(as_plain(contents.description))
    facts = [
        ("Name", contents.name),
        ("Category", contents.category),
        ("Table", contents.table),
        ("Owner", contents.owner or "nobody"),
        ("Tags", ", ".join(contents.tags) or "none"),
        ("Version", f"{contents.version}, by {contents.author}"),
        ("Written", f"{contents.generated_at:%Y-%m-%d %H:%M} UTC by {contents.generated_by}"),
    ]
    paper.rows(("About", ""), facts, (20, 80))
    paper.heading("Joins", 13)
    if contents.neighbours:
        _diagram(paper, contents.diagram)
    else:
        paper.words("It joins to no other model.")


def _members(paper: Paper, title: str, members: Sequence[Member]) -> None:
    if not members:
        return
    paper.heading(title, 13)
    rows = [
        (member.name, member.type, member.expression, as_plain(member.description))
        for member in members
    ]
    paper.rows(("Name", "Type", "Expression", "Meaning"), rows, (24, 14, 28, 34))


def _metric(paper: Paper, metric: MetricText, is_brief: bool) -> None:
    paper.heading(f"{metric.label} ({metric.name})", 12)
    paper.words(as_plain(metric.description) or "Not described.")
    about = [f"{metric.type} metric"]
    if metric.owner:
        about.append(f"owned by {metric.owner}")
    if metric.synonyms:
        about.append(f"also called {', '.join(metric.synonyms)}")
    paper.words(" · ".join(about), 8.5)
    paper.code("\n".join((metric.formula, *(f"where {item}" for item in metric.filters))))
    example = metric.example
    if not is_brief and example.sql:
        paper.code(example.sql)
    if example.has_chart:
        draw_chart(paper.drawing(CHART_WIDTH, CHART_HEIGHT), example.labels, example.values)
    paper.rows(example.columns, example.rows)
    paper.words(example.note, 8.5)


def _diagram(paper: Paper, diagram: Diagram) -> None:
    draw_diagram(paper.drawing(diagram.width, diagram.height), diagram)


def _history(paper: Paper, contents: Contents) -> None:
    if not contents.history:
        return
    paper.heading("History", 15)
    rows = [
        (str(c.number), c.state, f"{c.at:%Y-%m-%d %H:%M}", c.author, c.message)
        for c in contents.history
    ]
    paper.rows(("Version", "State", "At (UTC)", "By", "Why"), rows, (10, 14, 20, 26, 30))


def _rgb(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
