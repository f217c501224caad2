"""Wait for a condition instead of for some time."""

from __future__ import annotations

import time
from collections.abc import Callable


def until(holds: Callable[[], bool], *, within_s: float = 30) -> None:
    """Return once it holds; fail the test where it never does."""
    end = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < end, "it never came true"
        time.sleep(0.01)
