"""How many queries run at once while somebody waits for them: per person and in all, over all
processes.

A place is a lease in Valkey: a process that dies gives its places back by renewing nothing. Without
Valkey nobody is refused. Queries in the background have places of their own (turns.py).
"""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from redis.exceptions import RedisError

from queries.leases import keeper
from queries.watching import look
from semantic_layer.api.counters import counter_key, counters
from semantic_layer.errors import RateLimited, Unavailable

log = logging.getLogger(__name__)

LEASE_MS = 5_000
RETRY_AFTER_S = 2
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.01, 0.1
_TAKEN, _PERSON_FULL = 0, 1

# Places are members of a sorted set by the time their lease ends, by the server's clock.
_TAKE = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
for _, key in ipairs(KEYS) do redis.call('ZREMRANGEBYSCORE', key, '-inf', now) end
if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[3]) then return 1 end
if redis.call('ZCARD', KEYS[2]) >= tonumber(ARGV[4]) then return 2 end
for _, key in ipairs(KEYS) do
    redis.call('ZADD', key, now + ARGV[2], ARGV[1])
    redis.call('PEXPIRE', key, 2 * ARGV[2])
end
return 0
"""

_RENEW = """
local time = redis.call('TIME')
local ends = time[1] * 1000 + math.floor(time[2] / 1000) + ARGV[2]
for _, key in ipairs(KEYS) do
    redis.call('ZADD', key, 'XX', ends, ARGV[1])
    redis.call('PEXPIRE', key, 2 * ARGV[2])
end
"""

_GIVE_BACK = "for _, key in ipairs(KEYS) do redis.call('ZREM', key, ARGV[1]) end"


@contextmanager
def place(person: str, at_once: int) -> Iterator[None]:
    """One of the person's places and one of all, while the block runs.

    Waits a moment for one to become free. Raises RateLimited where the person has too many queries
    running, Unavailable where all have.
    """
    keys = (counter_key("places", "of", person), counter_key("places", "all"))
    token = secrets.token_hex(8)
    if not _take(keys, token, at_once):
        yield
        return
    try:
        with keeper.keeping(lambda: _renew(keys, token)):
            yield
    finally:
        _give_back(keys, token)


def _take(keys: tuple[str, str], token: str, at_once: int) -> bool:
    """Whether there is a place to give back: there is none where nobody could be asked."""
    give_up = time.monotonic() + settings.QUERY_PLACE_WAIT_S
    pause_s = _FIRST_PAUSE_S
    limits = (at_once, settings.QUERY_PLACES_TOTAL)
    while True:
        try:
            answer = int(counters().eval(_TAKE, 2, *keys, token, LEASE_MS, *limits))
        except RedisError:
            log.warning("running queries are not counted: the cache cannot be reached")
            return False
        if answer == _TAKEN:
            return True
        if time.monotonic() + pause_s > give_up:
            raise _refusal(answer, at_once)
        look()
        time.sleep(pause_s)
        pause_s = min(pause_s * 1.5, _LONGEST_PAUSE_S)


def _refusal(answer: int, at_once: int) -> RateLimited | Unavailable:
    if answer == _PERSON_FULL:
        return RateLimited(
            f"{at_once} of your queries are running, as many as your role allows at once: wait for "
            "one, cancel one, or send this one with `async`.",
            code="TOO_MANY_QUERIES",
            retry_after_s=RETRY_AFTER_S,
        )
    return Unavailable(
        "Too many queries are running; try again in a moment, or send this one with `async`.",
        code="TOO_MANY_QUERIES",
        retry_after_s=RETRY_AFTER_S,
    )


def _renew(keys: tuple[str, str], token: str) -> None:
    counters().eval(_RENEW, 2, *keys, token, LEASE_MS)


def _give_back(keys: tuple[str, str], token: str) -> None:
    try:
        counters().eval(_GIVE_BACK, 2, *keys, token)
    except RedisError:
        log.warning("a place is not given back: it ends with its lease")
