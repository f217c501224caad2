"""Failed sign-ins are counted in Valkey, per address and per beginning of the token."""

from __future__ import annotations

import hashlib
import ipaddress
import logging
from dataclasses import dataclass

from redis.exceptions import RedisError

from semantic_layer.api.counters import counter_key, counters
from semantic_layer.errors import RateLimited

log = logging.getLogger(__name__)

WINDOW_S = 300
FAILURES_PER_ADDRESS = 10
# Higher than per address: it slows guesses from many addresses at one known token, yet nobody can
# lock its owner out from one address.
FAILURES_PER_PREFIX = 30
PREFIX_CHARACTERS = 12

# Both counters in one round trip; a window opens with its first failure and is not prolonged.
_COUNT = """
local answer = {}
for i, key in ipairs(KEYS) do
  local count = redis.call('INCR', key)
  if count == 1 then redis.call('PEXPIRE', key, ARGV[1]) end
  answer[2 * i - 1] = count
  answer[2 * i] = redis.call('PTTL', key)
end
return answer
"""
_FORGIVE = """
for _, key in ipairs(KEYS) do
  if tonumber(redis.call('GET', key) or '0') > 0 then redis.call('DECR', key) end
end
return 1
"""


@dataclass(frozen=True)
class Attempt:
    """One try to sign in, a failed one until it is forgiven: so parallel guesses count too."""

    address: str
    token: str

    def count(self) -> None:
        """Raise RateLimited when this address or this token's beginning failed too often of late.

        Without Valkey nothing is refused: tokens are too long to be guessed even so.
        """
        try:
            answer = counters().eval(_COUNT, 2, *self._keys(), WINDOW_S * 1000)
        except RedisError:
            log.warning("sign-in attempt not counted: the cache cannot be reached")
            return
        for count, left_ms, limit in (
            (answer[0], answer[1], FAILURES_PER_ADDRESS),
            (answer[2], answer[3], FAILURES_PER_PREFIX),
        ):
            if int(count) > limit:
                wait_s = max(1, -(-int(left_ms) // 1000))
                raise RateLimited(
                    f"Too many failed sign-ins; try again in {wait_s} s.", retry_after_s=wait_s
                )

    def forgive(self) -> None:
        """Take the count back: the token was good."""
        try:
            counters().eval(_FORGIVE, 2, *self._keys())
        except RedisError:
            log.warning("sign-in attempt not forgiven: the cache cannot be reached")

    def _keys(self) -> tuple[str, str]:
        beginning = hashlib.sha256(self.token[:PREFIX_CHARACTERS].encode()).hexdigest()[:24]
        return (
            counter_key("signin", "address", network_of(self.address)),
            counter_key("signin", "token", beginning),
        )


def network_of(address: str) -> str:
    """What one guesser controls: an IPv4 address, or the /64 of an IPv6 address."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((parsed, 64), strict=False))
