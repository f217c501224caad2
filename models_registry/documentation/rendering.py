"""Contents -> bytes, by a template of templates/documentation/."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.template.loader import render_to_string

from models_registry.documentation.contents import Contents
from models_registry.documentation.svg import chart_svg, diagram_svg
from models_registry.models import DocumentationFormat

TEMPLATES = ("standard", "brief")
"""Folders under templates/documentation/; each has model.md and model.html."""
STANDARD, BRIEF = TEMPLATES
CONTENT_TYPES = {
    DocumentationFormat.MARKDOWN: "text/markdown; charset=utf-8",
    DocumentationFormat.HTML: "text/html; charset=utf-8",
    DocumentationFormat.PDF: "application/pdf",
}
EXTENSIONS = {
    DocumentationFormat.MARKDOWN: "md",
    DocumentationFormat.HTML: "html",
    DocumentationFormat.PDF: "pdf",
}


def render(contents: Contents, wanted: DocumentationFormat, template: str = STANDARD) -> bytes:
    """The documentation as it is stored and downloaded."""
    if wanted is DocumentationFormat.PDF:
        # With its fonts it takes 20 MB, which processes that write none do without.
        from models_registry.documentation.pdf import write_pdf

        return write_pdf(contents, is_brief=template == BRIEF)
    extension = EXTENSIONS[wanted]
    text = render_to_string(f"documentation/{template}/model.{extension}", context_of(contents))
    return text.encode("utf-8", "replace")


def context_of(contents: Contents) -> Mapping[str, Any]:
    """What templates see: the contents, and the pictures as SVG."""
    charts = {
        metric.name: chart_svg(metric.example.labels, metric.example.values, metric.label)
        for metric in contents.metrics
        if metric.example.has_chart
    }
    lineage = contents.lineage
    return {
        "model": contents,
        "metrics": [(metric, charts.get(metric.name, "")) for metric in contents.metrics],
        "entity_svg": diagram_svg(contents.diagram, f"Joins of {contents.name}"),
        "lineage_svg": (
            diagram_svg(lineage.diagram, f"Lineage of {contents.name}") if lineage else ""
        ),
    }
