"""What is allowed but seldom meant: shown as warnings, never in the way."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlglot import exp

from queries.guard.text import Text

_COMPARISONS = (exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE)


def hints(tree: exp.Expr, text: Text) -> Iterator[dict[str, Any]]:
    """Warnings as `{message, line?, column?}`."""
    for node in tree.find_all(*_COMPARISONS):
        if isinstance(node.left, exp.Null) or isinstance(node.right, exp.Null):
            yield {
                "message": "A comparison with NULL is never true: write IS NULL or IS NOT NULL.",
                **text.place(_start(node)),
            }
    if isinstance(tree, exp.Select) and tree.args.get("limit") and not tree.args.get("order"):
        yield {
            "message": "LIMIT without ORDER BY: which rows come back may differ from run to run."
        }


def _start(node: exp.Expr) -> int | None:
    return min((n.meta["start"] for n in node.walk() if "start" in n.meta), default=None)
