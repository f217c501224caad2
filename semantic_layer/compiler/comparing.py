"""`compare: {offset}`: every metric once more as it was one offset earlier, and the change
since."""

from __future__ import annotations

import re

from sqlglot import exp

from semantic_layer.compiler import nodes
from semantic_layer.compiler.expansion import Shift, bracketed
from semantic_layer.compiler.query_spec import Compare
from semantic_layer.compiler.spec import STANDARD_GRAINS, Window
from semantic_layer.errors import QueryError

_OFFSET = re.compile(r"\s*([1-9][0-9]{0,4})\s+([a-z]+?)s?\s*\Z")


def comparison_step(compare: Compare) -> Shift:
    """The shift that brings earlier rows to the time they are compared with. Raises QueryError."""
    found = _OFFSET.match(compare.offset)
    if found is None or found.group(2) not in STANDARD_GRAINS:
        raise QueryError(
            f"compare.offset '{compare.offset[:40]}' is not understood: write '1 year' or '7 "
            f"days'.",
            code="INVALID_OFFSET",
            path="compare.offset",
        )
    return Shift(Window(int(found.group(1)), found.group(2)), by_spine=False)


def compared(value: exp.Expr, previous: exp.Expr) -> dict[str, exp.Expr]:
    """Column suffix -> expression; the change in percent is null where there was nothing before."""
    difference = exp.Sub(this=bracketed(value.copy()), expression=bracketed(previous.copy()))
    hundred = exp.Mul(
        this=exp.Paren(this=difference.copy()), expression=exp.Literal.number("100.0")
    )
    return {
        "previous": previous,
        "difference": difference,
        "percent_change": nodes.Ratio(this=hundred, expression=bracketed(previous.copy())),
    }
