"""Times of calls, and how they are printed."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterable
from typing import Any

WIDTH = 52


def milliseconds(call: Callable[[], Any]) -> float:
    started = time.perf_counter()
    call()
    return (time.perf_counter() - started) * 1000


def timed(calls: Iterable[Callable[[], Any]]) -> list[float]:
    """Milliseconds of each call."""
    return [milliseconds(call) for call in calls]


def p95(times: list[float]) -> float:
    return sorted(times)[int(len(times) * 0.95)]


def heading(title: str) -> None:
    print(f"{title:<{WIDTH}}{'median ms':>10}{'p95 ms':>10}{'calls':>8}{'target':>16}")


def report(label: str, times: list[float], *, target: str = "") -> None:
    middle = statistics.median(times)
    print(
        f"{label:<{WIDTH}}{middle:>10.2f}{p95(times):>10.2f}{len(times):>8}{target:>16}", flush=True
    )


def fact(label: str, value: float, unit: str, *, target: str = "") -> None:
    """One figure that is no distribution."""
    print(f"{label:<{WIDTH}}{value:>10.1f}{unit:>10}{'':>8}{target:>16}", flush=True)
