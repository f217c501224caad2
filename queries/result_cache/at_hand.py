"""Kept answers that this process opened before: asked again, they need no decoding.

Valkey still says what is kept and whether it counts; what is at hand is found by the seal of what
Valkey gave, so it is never another answer than that.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from typing import Generic, TypeVar

MOST_BYTES = 16 * 1024 * 1024

T = TypeVar("T")


class AtHand(Generic[T]):
    """Values by seal, those used last, up to a number of bytes."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most = most_bytes
        self._kept: OrderedDict[bytes, tuple[T, int]] = OrderedDict()
        self._bytes = 0
        self._lock = Lock()

    def get(self, seal: bytes, size: int, make: Callable[[], T]) -> T:
        """The value of this seal, made where it is not at hand; `size` is what it takes."""
        with self._lock:
            found = self._kept.get(seal)
            if found is not None:
                self._kept.move_to_end(seal)
                return found[0]
        made = make()
        with self._lock:
            if size <= self._most and seal not in self._kept:
                self._kept[seal] = made, size
                self._bytes += size
            while self._bytes > self._most:
                _, (_, freed) = self._kept.popitem(last=False)
                self._bytes -= freed
        return made
