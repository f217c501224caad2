"""Refusals of what was written, in words."""

from __future__ import annotations

from collections.abc import Sequence

from semantic_layer.errors import InvalidModels, Issue

RESERVED_NAME = "RESERVED_NAME"


def invalid(errors: Sequence[Issue]) -> InvalidModels:
    """The refusal of invalid documents; a reserved model name keeps its own code."""
    first, others = errors[0], len(errors) - 1
    message = f"{first.message}{place_in_words(first)}"
    if others:
        message = f"{others + 1} problems in the models, the first: {message}"
    refusal = InvalidModels(errors, message)
    if any(issue.code == RESERVED_NAME for issue in errors):
        refusal.code = RESERVED_NAME
    return refusal


def place_in_words(issue: Issue) -> str:
    """` (orders.yml, line 3, column 7)`, as far as it is known."""
    parts = [
        issue.file or "",
        f"line {issue.line}" if issue.line else "",
        f"column {issue.column}" if issue.column else "",
    ]
    known = ", ".join(part for part in parts if part)
    return f" ({known or issue.path})" if known or issue.path else ""
