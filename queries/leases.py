"""What a process holds in Valkey lives as long as the process: one thread renews all of it.

A process that is killed renews nothing, and what it held is free after its lease.
"""

from __future__ import annotations

import itertools
import logging
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Condition, Thread

from redis.exceptions import RedisError

log = logging.getLogger(__name__)

RENEW_S = 1.0

Renew = Callable[[], None]


class Keeper:
    """Renews every lease of this process while its block runs."""

    def __init__(self) -> None:
        self.reset()
        os.register_at_fork(after_in_child=self.reset)

    def reset(self) -> None:
        """Begin anew: after a fork, what the parent holds is the parent's."""
        self._changed = Condition()
        self._held: dict[int, tuple[float, Renew]] = {}
        self._numbers = itertools.count()
        self._thread: Thread | None = None

    @contextmanager
    def keeping(self, renew: Renew) -> Iterator[None]:
        """Call `renew` every second until the block ends. Nothing is released here."""
        with self._changed:
            number = next(self._numbers)
            self._held[number] = (time.monotonic(), renew)
            if self._thread is None or not self._thread.is_alive():
                self._thread = Thread(target=self._work, name="lease-keeper", daemon=True)
                self._thread.start()
            elif len(self._held) == 1:
                self._changed.notify()
        try:
            yield
        finally:
            with self._changed:
                self._held.pop(number, None)

    def _work(self) -> None:
        while True:
            with self._changed:
                while not self._held:
                    self._changed.wait()
            time.sleep(RENEW_S)
            # Most leases are given back before their first renewal.
            taken_before = time.monotonic() - RENEW_S / 2
            with self._changed:
                due = [renew for taken, renew in self._held.values() if taken < taken_before]
            for renew in due:
                _try(renew)


def _try(renew: Renew) -> None:
    try:
        renew()
    except RedisError:
        log.warning("a lease is not renewed: the cache cannot be reached")


keeper = Keeper()
"""The one of this process."""
