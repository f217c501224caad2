"""The connection that counters use: it gives up soon, so that no request waits to be counted."""

from __future__ import annotations

from functools import cache
from typing import Any

import redis
from django.conf import settings
from django.core.signals import setting_changed
from redis.backoff import NoBackoff
from redis.retry import Retry

TIMEOUT_S = 0.5


@cache
def counters() -> redis.Redis:
    """A pooled client of Valkey that never tries twice; a RedisError means "not counted"."""
    return redis.Redis.from_url(
        settings.REDIS_URL,
        socket_connect_timeout=TIMEOUT_S,
        socket_timeout=TIMEOUT_S,
        retry=Retry(NoBackoff(), 0),
    )


def counter_key(*parts: str) -> str:
    """The key of a counter, apart from those of other installations on the same server."""
    return ":".join((str(settings.CACHES["default"]["KEY_PREFIX"]), *parts))


def _forget(**kwargs: Any) -> None:
    counters.cache_clear()


setting_changed.connect(_forget, dispatch_uid="semantic_layer.api.counters")
