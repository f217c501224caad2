"""Receipts of answers that were given."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from queries.models import QueryRun
from semantic_layer.errors import Conflict, NotFound
from semantic_layer.ports import Actor


def receipt_of(*, actor: Actor, query_id: uuid.UUID) -> Mapping[str, Any]:
    """The receipt of the caller's own query; administrators may see every one.

    Raises NotFound for another person's, Conflict where there was no answer (yet).
    """
    runs = QueryRun.objects.filter(pk=query_id)
    if not actor.may("admin"):
        runs = runs.filter(actor_id=actor.user_id)
    run = runs.first()
    if run is None:
        raise NotFound(f"There is no query {query_id} of yours.")
    if run.receipt is None:
        raise Conflict(
            f"The query has no receipt, since it has no answer: it is {run.state}.",
            code="NO_RECEIPT",
            status=run.state,
        )
    receipt: Mapping[str, Any] = run.receipt
    return receipt
