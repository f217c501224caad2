"""Waiting for what another thread or process does: on conditions, never for a time.

The bounds are for what will never come true. They say nothing of how long it should take: a busy
machine takes its time, and no test may fail for that.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

PATIENCE_S = 90.0
_LOOK_S = 0.02


def wait_for(check: Callable[[], Any], *, within_s: float = PATIENCE_S, what: str = "it") -> Any:
    """What `check` answers once that is true."""
    deadline = time.monotonic() + within_s
    while not (found := check()):
        assert time.monotonic() < deadline, f"{what} did not happen in {within_s} s"
        time.sleep(_LOOK_S)
    return found
