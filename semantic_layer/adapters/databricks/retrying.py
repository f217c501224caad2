"""Asking again where that is harmless and there is time for it, with jitter."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic
from typing import TypeVar

from semantic_layer.adapters.databricks.failures import Unanswered

T = TypeVar("T")

FIRST_PAUSE_S = 0.2
LONGEST_PAUSE_S = 5.0
_NO_TIME_S = 0.05
LOST_ATTEMPTS = 4
"""How often a request that got no answer at all is sent. One that the workspace turned away (429,
503) is sent for as long as there is time: a warehouse takes minutes to start."""


@dataclass(frozen=True)
class Patience:
    """Until when (monotonic seconds), and how to wait: `pause` raises where waiting is over."""

    until: float
    pause: Callable[[float], None]

    @property
    def left_s(self) -> float:
        return self.until - monotonic()


def patiently(ask: Callable[[], T], patience: Patience, *, harmless: bool) -> T:
    """The answer. `harmless`: a request that may have arrived can be sent again; else only one that
    was turned away is.

    Raises Unanswered, the last one, as soon as the next try would come too late: it says so.
    """
    tried = 0
    while True:
        try:
            return ask()
        except Unanswered as failure:
            tried += 1
            pause = _pause(failure, tried)
            is_worth_it = _is_worth_it(failure, tried, harmless=harmless)
            failure.is_out_of_time = patience.left_s <= (pause if is_worth_it else _NO_TIME_S)
            if failure.is_out_of_time or not is_worth_it:
                raise
        patience.pause(pause)


def _is_worth_it(failure: Unanswered, tried: int, *, harmless: bool) -> bool:
    return failure.was_turned_away or (harmless and tried < LOST_ATTEMPTS)


def _pause(failure: Unanswered, tried: int) -> float:
    """What the workspace asked for and a bit, or twice as long each time."""
    if failure.retry_after_s is not None:
        return failure.retry_after_s + random.uniform(0, 0.25 + failure.retry_after_s / 10)
    longest = min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2.0 ** (tried - 1))
    return random.uniform(longest / 2, longest)
