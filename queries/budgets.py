"""What a role may use: rows, bytes and seconds of one query, and queries at once."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings

from semantic_layer.errors import Forbidden, InvalidInput
from semantic_layer.ports import Actor


@dataclass(frozen=True)
class Budget:
    """Upper bounds of one query held in memory, and of queries of one person at once."""

    rows: int
    bytes: int
    seconds: int
    at_once: int


def budget_of(actor: Actor) -> Budget:
    """The most that any of the caller's roles gives. Raises Forbidden where none gives anything."""
    found = [settings.QUERY_BUDGETS[role] for role in actor.roles if role in settings.QUERY_BUDGETS]
    if not found:
        raise Forbidden(
            "Your role gives no budget for queries: ask an administrator for another role.",
            code="NO_BUDGET",
        )
    return Budget(
        rows=max(budget["rows"] for budget in found),
        bytes=max(budget["mb"] for budget in found) * 2**20,
        seconds=max(budget["seconds"] for budget in found),
        at_once=max(budget["at_once"] for budget in found),
    )


def rows_allowed(actor: Actor, limit: int | None, default: int) -> int:
    """The rows to answer with: those asked for, else the default as far as the budget goes.

    Raises InvalidInput where more are asked for than the caller may have.
    """
    most = budget_of(actor).rows
    if limit is None:
        return min(default, most)
    if limit > most:
        raise InvalidInput(
            f"Your role allows {most:,} rows in one answer, not {limit:,}: lower the limit, "
            "aggregate more, or export the rows.",
            code="ROW_BUDGET_EXCEEDED",
            parameter="limit",
            max_rows=most,
        )
    return limit
