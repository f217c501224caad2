"""What processes share in Valkey: kept entries, who is running a question, and the generation.

Each step is one round trip. Entries begin with the generation they were made in: emptying the cache
is a new generation, and an answer that was on its way then is not taken for a new one.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass

from django.conf import settings
from redis import Redis

from semantic_layer.api.counters import counter_key, counters

LEASE_MS = 4_000
"""A process that dies keeps others waiting as long as this."""
ALONE_MS = 3_000
"""How long those who ask for an answer too large to keep run without waiting for each other."""
ALONE = b"alone"
FIRST_GENERATION = b"0" * 16
_SCAN_PAGE = 500

_LOOK = """
local generation = redis.call('GET', KEYS[3]) or ARGV[3]
local found = redis.call('GET', KEYS[1])
if found and string.sub(found, 1, 16) == generation then return {generation, found, ''} end
if redis.call('SET', KEYS[2], ARGV[1], 'NX', 'PX', ARGV[2]) then
    return {generation, false, ARGV[1]}
end
return {generation, false, redis.call('GET', KEYS[2])}
"""

_KEEP = """
local kept = 0
local total = redis.call('INCRBY', KEYS[3], string.len(ARGV[1]))
if total == string.len(ARGV[1]) then redis.call('PEXPIRE', KEYS[3], 2 * ARGV[2]) end
if total <= tonumber(ARGV[3]) then
    redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
    kept = 1
else
    redis.call('DECRBY', KEYS[3], string.len(ARGV[1]))
end
if redis.call('GET', KEYS[2]) == ARGV[4] then
    if kept == 1 then redis.call('DEL', KEYS[2])
    else redis.call('SET', KEYS[2], ARGV[5], 'PX', ARGV[6]) end
end
return kept
"""

_RENEW = """
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
return 0
"""

_END = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
if ARGV[2] == '' then return redis.call('DEL', KEYS[1]) end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 1
"""


@dataclass(frozen=True)
class Found:
    """What stands under a key: an entry, or who is running the question (us, where `holder` is our
    token)."""

    generation: bytes
    entry: bytes | None
    holder: bytes


def look(key: str, token: str) -> Found:
    """The entry; without one, the lock of the question, taken if it is free."""
    keys = (_entry(key), lock_of(key), _generation())
    generation, entry, holder = _client().eval(_LOOK, 3, *keys, token, LEASE_MS, FIRST_GENERATION)
    return Found(generation, entry[16:] if entry else None, holder or b"")


def generation() -> bytes:
    """What entries made from now on begin with."""
    found = _client().get(_generation())
    return found if isinstance(found, bytes) else FIRST_GENERATION


def keep(key: str, token: str, made_in: bytes, data: bytes) -> bool:
    """Keep an entry and give up the lock; False where all entries together would be too large."""
    ttl_ms = settings.QUERY_CACHE_TTL_S * 1000
    window = counter_key("results", "bytes", str(int(time.time() * 1000) // ttl_ms))
    keys = (_entry(key), lock_of(key), window)
    # Entries live for one window, so two of them bound what is kept at any time.
    allowed = settings.QUERY_CACHE_TOTAL_BYTES // 2
    arguments = (made_in + data, ttl_ms, allowed, token, ALONE, ALONE_MS)
    return bool(_client().eval(_KEEP, 3, *keys, *arguments))


def renew(key: str, token: str) -> None:
    """Hold the lock for another lease, if it is still ours."""
    _client().eval(_RENEW, 1, lock_of(key), token, LEASE_MS)


def give_up(key: str, token: str) -> None:
    """Let the next one run the question: this run failed."""
    _client().eval(_END, 1, lock_of(key), token, "", 0)


def let_all_run(key: str, token: str) -> None:
    """Let those who wait run the question each for themselves: the answer cannot be kept."""
    _client().eval(_END, 1, lock_of(key), token, ALONE, ALONE_MS)


def discard(key: str) -> None:
    """Delete an entry that cannot be read."""
    _client().delete(_entry(key))


def forget_results() -> int:
    """Empty the cache for every process; how many entries there were.

    Runs under way answer those who wait for them, but what they read is not kept.
    """
    client = _client()
    client.set(_generation(), secrets.token_hex(8))
    count = 0
    for page in _pages(client):
        count += int(client.unlink(*page))
    return count


def _pages(client: Redis) -> Iterator[list[bytes | str]]:
    cursor, pattern = 0, _entry("*")
    while True:
        cursor, page = client.scan(cursor, match=pattern, count=_SCAN_PAGE)
        if page:
            yield page
        if cursor == 0:
            return


def lock_of(key: str) -> str:
    return counter_key("results", "running", key)


def _entry(key: str) -> str:
    return counter_key("results", "entry", key)


def _generation() -> str:
    return counter_key("results", "generation")


def _client() -> Redis:
    return counters()
