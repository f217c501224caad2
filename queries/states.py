"""The life of a query run: which states there are and which step may follow which. The only place
that knows.
"""

from __future__ import annotations

from django.db import models

from semantic_layer.errors import InternalError


class QueryState(models.TextChoices):
    """Where a run is. COMPLETED may still expire, with its stored result; FAILED, CANCELLED and
    EXPIRED are final. A run whose worker was lost, or hands it back, is QUEUED again.

    A refused statement and one past its deadline are FAILED; their error code says which.
    """

    QUEUED = "queued", "Queued"
    RUNNING = "running", "Running"
    COMPLETED = "completed", "Completed"
    FAILED = "failed", "Failed"
    CANCELLED = "cancelled", "Cancelled"
    EXPIRED = "expired", "Expired"


_NEXT: dict[QueryState, frozenset[QueryState]] = {
    QueryState.QUEUED: frozenset({QueryState.RUNNING, QueryState.FAILED, QueryState.CANCELLED}),
    QueryState.RUNNING: frozenset(
        {QueryState.COMPLETED, QueryState.FAILED, QueryState.CANCELLED, QueryState.QUEUED}
    ),
    QueryState.COMPLETED: frozenset({QueryState.EXPIRED}),
    QueryState.FAILED: frozenset(),
    QueryState.CANCELLED: frozenset(),
    QueryState.EXPIRED: frozenset(),
}


OPEN = (QueryState.QUEUED, QueryState.RUNNING)
"""The states of a run that has not ended."""


def step(current: QueryState, following: QueryState) -> QueryState:
    """The following state, where the step is allowed. Raises InternalError where it is not."""
    if following not in _NEXT[current]:
        raise InternalError(f"A query run cannot go from {current.value} to {following.value}.")
    return following


def sources_of(state: QueryState) -> tuple[QueryState, ...]:
    """The states from which `state` can be reached: what a conditional update filters by."""
    return tuple(source for source, following in _NEXT.items() if state in following)
