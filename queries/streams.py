"""Places for streams of events. Each holds a thread of the web server, and there are few."""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass

from django.conf import settings
from redis.exceptions import RedisError

from semantic_layer.api.counters import counter_key, counters
from semantic_layer.errors import RateLimited, Unavailable

_RETRY_AFTER_S = 10
_SPARE_S = 15.0

# Forget expired places, then take one in both sets, or say which of them is full.
_TAKE = """
local now, until_, member = ARGV[1], ARGV[2], ARGV[3]
for i = 1, 2 do redis.call('ZREMRANGEBYSCORE', KEYS[i], '-inf', now) end
if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[4]) then return 1 end
if redis.call('ZCARD', KEYS[2]) >= tonumber(ARGV[5]) then return 2 end
for i = 1, 2 do
  redis.call('ZADD', KEYS[i], until_, member)
  redis.call('PEXPIRE', KEYS[i], ARGV[6])
end
return 0
"""


@dataclass(frozen=True)
class StreamPlace:
    """A place that was taken. It is free again when left, or by itself when its time is over: a
    process that dies keeps nothing.
    """

    keys: tuple[str, str]
    member: str

    def leave(self) -> None:
        try:
            for key in self.keys:
                counters().zrem(key, self.member)
        except RedisError:
            return  # its time will be over soon


def take_place(actor_id: str) -> StreamPlace:
    """Raises RateLimited where the person has too many streams, Unavailable where there are too
    many in all.
    """
    keys = (counter_key("streams", "of", actor_id), counter_key("streams", "all"))
    member = uuid.uuid4().hex
    seconds = settings.QUERY_STREAM_S + _SPARE_S
    now = time.time()
    limits = (settings.QUERY_STREAMS_PER_USER, settings.QUERY_STREAMS_TOTAL)
    arguments = (now, now + seconds, member, *limits, int(seconds * 1000))
    try:
        full = int(counters().eval(_TAKE, 2, *keys, *arguments))
    except RedisError as error:
        raise _busy("Events cannot be followed now") from error
    if full == 1:
        raise RateLimited(
            f"You follow {settings.QUERY_STREAMS_PER_USER} queries by events already; close one, "
            "or ask for the status instead.",
            retry_after_s=_RETRY_AFTER_S,
        )
    if full == 2:
        raise _busy("Too many queries are followed by events now")
    return StreamPlace(keys, member)


def _busy(what: str) -> Unavailable:
    return Unavailable(
        f"{what}; try again, or ask for the status instead.",
        code="TOO_MANY_STREAMS",
        retry_after_s=_RETRY_AFTER_S,
    )
