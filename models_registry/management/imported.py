"""What importing does, or would do, in lines for people."""

from __future__ import annotations

from collections.abc import Iterator

from models_registry.diffs import DiffLine, diff_lines
from models_registry.imports import CHANGES, Imported, ImportResult

DIFF_LINES = 40
_MARKS = {"added": "+", "removed": "-", "same": " ", "skipped": "…"}


def summary(result: ImportResult) -> str:
    """`1 created, 0 updated, 3 unchanged`; the rarer changes only where there are any."""
    always = ("created", "updated", "unchanged")
    counts = {change: result.count(change) for change in CHANGES}
    return ", ".join(f"{n} {change}" for change, n in counts.items() if n or change in always)


def line_of(document: Imported) -> str:
    number = f" (version {document.number})" if document.number else ""
    return f"{document.change:9} {document.kind} {document.name}{number}"


def short_diff(document: Imported) -> Iterator[str]:
    """The changed lines of an update with some around them, cut where it gets long."""
    lines = diff_lines(document.before, document.after)
    for line in lines[:DIFF_LINES]:
        yield f"    {_MARKS[line.change]} {_text(line)}"
    if len(lines) > DIFF_LINES:
        yield f"    … {len(lines) - DIFF_LINES} more lines"


def _text(line: DiffLine) -> str:
    return f"({line.text})" if line.change == "skipped" else line.text
