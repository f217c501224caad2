"""Who follows a run hears at once that it changed; what changed, the database says.

Hints in Valkey, no more: without them a follower looks less often and misses nothing.
"""

from __future__ import annotations

import logging
import uuid
from functools import partial

from django.db import transaction
from redis.exceptions import RedisError

from semantic_layer.api.counters import counter_key, counters

KEEP_S = 3600

log = logging.getLogger(__name__)


def announce(query_id: uuid.UUID) -> None:
    """Say, once the transaction has ended, that the run changed."""
    transaction.on_commit(partial(_count, query_id), robust=True)


def changes_of(query_id: uuid.UUID) -> int | None:
    """A number that differs after each change; None where nobody knows."""
    try:
        found = counters().get(_key(query_id))
    except RedisError:
        return None
    return int(found) if found else 0


def _count(query_id: uuid.UUID) -> None:
    key = _key(query_id)
    try:
        with counters().pipeline() as pipe:
            pipe.incr(key)
            pipe.expire(key, KEEP_S)
            pipe.execute()
    except RedisError:
        log.warning("a change of query %s was not announced", query_id)


def _key(query_id: uuid.UUID) -> str:
    return counter_key("query", str(query_id))
