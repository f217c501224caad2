"""Confidence that is a probability: how often readings of the same evidence are right."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

EDGES = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.55, 0.6, 0.7, 0.8, 0.9, 0.95, 1.0)
"""Bins of evidence and of confidence, the last one closed."""


@dataclass(frozen=True)
class Bin:
    """Answers of `low` up to `high`: how many, how many of them right, their mean confidence."""

    low: float
    high: float
    count: int
    right: int
    mean: float

    @property
    def share(self) -> float:
        return self.right / self.count if self.count else 0.0


def reliability(judged: Iterable[tuple[float, bool]]) -> list[Bin]:
    """The judged confidences in bins; empty bins are left out."""
    pairs = list(judged)
    found = []
    for low, high in zip(EDGES, EDGES[1:], strict=False):
        inside = [
            (confidence, right)
            for confidence, right in pairs
            if low <= confidence < high or confidence == high == EDGES[-1]
        ]
        if inside:
            mean = sum(confidence for confidence, _ in inside) / len(inside)
            found.append(Bin(low, high, len(inside), sum(ok for _, ok in inside), mean))
    return found


def calibration_error(judged: Iterable[tuple[float, bool]]) -> float:
    """The expected calibration error: how far confidence and share of right ones are apart, over
    the bins, weighted by their size. 0 for no answers.
    """
    bins = reliability(judged)
    total = sum(item.count for item in bins)
    if not total:
        return 0.0
    return sum(item.count * abs(item.mean - item.share) for item in bins) / total
