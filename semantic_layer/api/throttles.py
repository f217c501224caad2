"""Rate limits per category and caller, counted in Valkey, so that they hold across processes."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass

from django.conf import settings
from redis.exceptions import RedisError

from semantic_layer.api.counters import counter_key, counters
from semantic_layer.api.instruments import THROTTLED
from semantic_layer.errors import RateLimited

log = logging.getLogger(__name__)

DEVELOPMENT_FACTOR = 100

# One round trip: count this request, and open a window with the first one.
_HIT = """
local count = redis.call('INCR', KEYS[1])
if count == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
return {count, redis.call('PTTL', KEYS[1])}
"""


@dataclass(frozen=True)
class RateLimitState:
    """What the X-RateLimit headers say; `reset` is epoch seconds."""

    limit: int
    remaining: int
    reset: int

    def headers(self) -> dict[str, str]:
        return {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(self.remaining),
            "X-RateLimit-Reset": str(self.reset),
        }


def limit_of(category: str) -> tuple[int, int]:
    """Requests allowed and seconds of the window, for this installation's profile."""
    requests, seconds = settings.RATE_LIMITS[category]
    factor = DEVELOPMENT_FACTOR if settings.RATE_LIMIT_PROFILE == "development" else 1
    return requests * factor, seconds


def hit(category: str, caller: str) -> tuple[RateLimitState, RateLimited | None]:
    """Count one request of the caller; the refusal is set once the window is full.

    Without Valkey nothing is refused: a lost counter must not take the service down.
    """
    limit, seconds = limit_of(category)
    now = time.time()
    key = counter_key("rate", category, caller)
    try:
        count, left_ms = counters().eval(_HIT, 1, key, seconds * 1000)
    except RedisError:
        log.warning("rate limit not counted: the cache cannot be reached")
        return RateLimitState(limit, limit, int(now) + seconds), None
    wait_s = max(1, -(-int(left_ms) // 1000))
    state = RateLimitState(limit, max(0, limit - int(count)), int(now) + wait_s)
    if int(count) <= limit:
        return state, None
    window = {60: "a minute", 3600: "an hour"}.get(seconds, f"{seconds} seconds")
    THROTTLED.labels(category).inc()
    refusal = RateLimited(
        f"More than {limit} requests of the kind '{category}' in {window}: "
        f"try again in {wait_s} s.",
        retry_after_s=wait_s,
        category=category,
    )
    return state, refusal
