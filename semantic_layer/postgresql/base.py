"""Django's PostgreSQL, with kept connections that cost no round trip to trust.

Django asks `SELECT 1` at the beginning of every request. A server that ends a connection says so on
its socket, so for a few seconds after it answered, looking there is enough.
"""

from __future__ import annotations

import select
import time
from typing import Any

from django.db.backends.postgresql import base

TRUSTED_S = 5.0
"""How long the last answer counts; a server that vanished without a word is found out after it."""


class DatabaseWrapper(base.DatabaseWrapper):
    """What Django opens for `ENGINE = "semantic_layer.postgresql"`."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._answered_at = float("-inf")

    def connect(self) -> None:
        super().connect()
        self._answered_at = time.monotonic()

    def is_usable(self) -> bool:
        """Whether the server still serves this connection; it is asked where that is not sure."""
        now = time.monotonic()
        is_fresh = self.connection is not None and now - self._answered_at < TRUSTED_S
        if is_fresh and not _has_something_to_say(self.connection.pgconn.socket):
            return True
        usable: bool = super().is_usable()
        if usable:
            self._answered_at = now
        return usable


def _has_something_to_say(descriptor: int) -> bool:
    """Between two statements a server is silent, unless it hangs up."""
    poll = select.poll()
    poll.register(descriptor, select.POLLIN | select.POLLRDHUP)
    return bool(poll.poll(0))
