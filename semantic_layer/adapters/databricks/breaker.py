"""A circuit breaker per workspace, shared by all processes through Valkey.

Closed: everything passes. After `trips_at` failures within `window_s` it opens: for `open_s`
nothing is sent, and callers hear at once when to come back. Then it is half open: one call is let
through, whose end decides. Without Valkey everything passes: a breaker must not be an outage.

Own code, since pybreaker (a dependency of the driver) holds a lock while the guarded call runs.
Source: docs/adr/0012-databricks-without-surprises.md
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from math import ceil
from typing import Any, cast

import redis
from redis.exceptions import RedisError

from semantic_layer.errors import Unavailable, WarehouseUnavailable

log = logging.getLogger(__name__)


class BreakerState(StrEnum):
    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


@dataclass(frozen=True)
class BreakerReport:
    """How it stands: failures counted lately, seconds until it lets a call through again."""

    state: BreakerState
    failures: int = 0
    retry_after_s: int = 0


class CircuitBreaker:
    """`name` is the workspace; `prefix` keeps installations on one Valkey apart."""

    def __init__(
        self,
        client: redis.Redis,
        name: str,
        *,
        prefix: str = "sl",
        trips_at: int = 5,
        window_s: int = 30,
        open_s: int = 15,
        trial_s: int = 30,
    ) -> None:
        self._client = client
        self._name = name
        self._trips_at, self._window_s = trips_at, window_s
        self._open_s, self._trial_s = open_s, trial_s
        base = f"{prefix}:breaker:{name}"
        self._failures, self._tripped = f"{base}:failures", f"{base}:tripped"
        self._open, self._trial = f"{base}:open", f"{base}:trial"

    @contextmanager
    def guarding(self, counted: type[Unavailable] = Unavailable) -> Iterator[None]:
        """Let the block call the workspace. Errors of the kind `counted` count against it; any
        other is an answer, so the workspace is well.

        Raises WarehouseUnavailable (code WORKSPACE_CIRCUIT_OPEN) while it is open.
        """
        troubled = self._admit()
        try:
            yield
        except counted:
            self.failed()
            raise
        except BaseException:
            if troubled:
                self.succeeded()
            raise
        if troubled:
            self.succeeded()

    def report(self) -> BreakerReport:
        """How it stands, for health. Closed where Valkey cannot be asked."""
        try:
            opened, tripped, failures = self._standing()
            if opened:
                return BreakerReport(BreakerState.OPEN, failures, self._retry_after())
        except RedisError:
            return BreakerReport(BreakerState.CLOSED)
        state = BreakerState.HALF_OPEN if tripped else BreakerState.CLOSED
        return BreakerReport(state, failures)

    def failed(self) -> None:
        """The workspace did not answer."""
        try:
            pipe = self._client.pipeline()
            pipe.incr(self._failures)
            pipe.expire(self._failures, self._window_s, nx=True)
            pipe.exists(self._tripped)
            count, _, tripped = pipe.execute()
            if tripped or int(count) >= self._trips_at:
                self._trip()
        except RedisError:
            log.warning("a failure of %s is not counted: the cache cannot be reached", self._name)

    def succeeded(self) -> None:
        """The workspace answered: all is forgotten."""
        try:
            self._client.delete(self._failures, self._tripped, self._open, self._trial)
        except RedisError:
            log.warning("the breaker of %s stays: the cache cannot be reached", self._name)

    def _trip(self) -> None:
        log.warning("%s does not answer: nothing is sent for %s s", self._name, self._open_s)
        pipe = self._client.pipeline()
        pipe.set(self._open, 1, ex=self._open_s)
        pipe.set(self._tripped, 1, ex=self._open_s + 10 * self._window_s)
        pipe.delete(self._trial)
        pipe.execute()

    def _admit(self) -> bool:
        """Whether there is a failure to be forgotten once the call succeeds."""
        try:
            opened, tripped, failures = self._standing()
            if opened:
                raise self._refusal(self._retry_after())
            if tripped and not self._client.set(self._trial, 1, ex=self._trial_s, nx=True):
                raise self._refusal(2)
        except RedisError:
            return False
        return tripped or failures > 0

    def _standing(self) -> tuple[bool, bool, int]:
        found = cast("list[Any]", self._client.mget(self._open, self._tripped, self._failures))
        return found[0] is not None, found[1] is not None, int(found[2] or 0)

    def _retry_after(self) -> int:
        return max(1, ceil(self._client.pttl(self._open) / 1000))

    def _refusal(self, retry_after_s: int) -> WarehouseUnavailable:
        return WarehouseUnavailable(
            f"The workspace {self._name} did not answer lately, so nothing is sent to it for a "
            f"moment; try again in {retry_after_s} seconds.",
            code="WORKSPACE_CIRCUIT_OPEN",
            retry_after_s=retry_after_s,
        )
