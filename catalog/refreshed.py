"""Values that cost much to build and are served on while the next one is built."""

from __future__ import annotations

import logging
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from threading import Lock, Thread
from typing import Generic, TypeVar

log = logging.getLogger(__name__)

# After a failed rebuild: as often as people type, nobody needs the source asked again.
RETRY_AFTER_S = 10.0

T = TypeVar("T")


@dataclass
class _Entry(Generic[T]):
    """The value of one key, and the version of its source that it was built of."""

    building: Lock = field(default_factory=Lock)
    value: T | None = None
    version: str | None = None
    retry_at: float = 0.0


class Refreshed(Generic[T]):
    """One value per key. The first call for a key builds it; a later version is built in the
    background, by one thread at a time, while callers get the value they had.

    At most `capacity` units of weight are kept (`weigh` tells a value's), the longest unused keys
    go first; the newest stays whatever it weighs. Safe for threads.
    """

    def __init__(self, *, capacity: int, weigh: Callable[[T], int]) -> None:
        self._capacity = capacity
        self._weigh = weigh
        self._entries: OrderedDict[Hashable, _Entry[T]] = OrderedDict()
        self._lock = Lock()

    def get(
        self,
        key: Hashable,
        version: str,
        build: Callable[[], T],
        *,
        first: Callable[[], T] | None = None,
    ) -> T:
        """The key's value. Raises what `build` raises when there is none yet.

        Where building takes long, `first` makes a makeshift that is served meanwhile.
        """
        entry = self._entry(key)
        value = entry.value
        if value is None:
            value = self._first(entry, version, build, first)
        if entry.version != version and time.monotonic() >= entry.retry_at:
            self._rebuild(entry, version, build)
        return value

    def _entry(self, key: Hashable) -> _Entry[T]:
        with self._lock:
            entry = self._entries.setdefault(key, _Entry())
            self._entries.move_to_end(key)
            return entry

    def _first(
        self,
        entry: _Entry[T],
        version: str,
        build: Callable[[], T],
        first: Callable[[], T] | None,
    ) -> T:
        with entry.building:
            if entry.value is None:
                if first is not None:
                    entry.value = first()
                else:
                    entry.value, entry.version = build(), version
                self._evict()
            return entry.value

    def _rebuild(self, entry: _Entry[T], version: str, build: Callable[[], T]) -> None:
        if not entry.building.acquire(blocking=False):
            return  # another thread is at it
        Thread(
            target=self._rebuild_now, args=(entry, version, build), name="refresh", daemon=True
        ).start()

    def _rebuild_now(self, entry: _Entry[T], version: str, build: Callable[[], T]) -> None:
        """Top of the background thread: whatever fails is logged and tried again later."""
        try:
            entry.value, entry.version = build(), version
            self._evict()
        except Exception:
            entry.retry_at = time.monotonic() + RETRY_AFTER_S
            log.exception("refresh failed; the former value stays in use")
        finally:
            entry.building.release()

    def _evict(self) -> None:
        with self._lock:
            weights = {
                key: self._weigh(entry.value)
                for key, entry in self._entries.items()
                if entry.value is not None
            }
            excess = sum(weights.values()) - self._capacity
            for key in list(weights)[:-1]:
                if excess <= 0:
                    return
                excess -= weights[key]
                del self._entries[key]
