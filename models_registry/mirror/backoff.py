"""When to try again what failed: later each time, and not all at once."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

FIRST_S = 10.0
LONGEST_S = 15 * 60.0


def next_try(now: datetime, attempts: int) -> datetime:
    """After this many failed attempts: doubled waiting with half of it left to chance."""
    longest = min(LONGEST_S, FIRST_S * 2.0 ** min(attempts - 1, 16))
    return now + timedelta(seconds=longest * random.uniform(0.5, 1.0))
