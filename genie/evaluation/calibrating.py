"""Confidence that is a probability: how often readings of the same evidence are right."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
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


def fitted(judged: Iterable[tuple[float, bool]]) -> list[tuple[float, float]]:
    """Isotonic regression by pooling adjacent violators over bins of evidence: where each bin
    begins, and how likely readings of it are right.

    Each bin counts one right and one wrong reading more than were seen (Laplace), so that nothing
    is ever certain.
    """
    pools: list[tuple[list[float], float, float]] = []
    for item in reliability(judged):
        pools.append(([item.low], item.right + 1.0, item.count + 2.0))
        while len(pools) > 1 and _share(pools[-2]) > _share(pools[-1]):
            second, first = pools.pop(), pools.pop()
            pools.append((first[0] + second[0], first[1] + second[1], first[2] + second[2]))
    return [(low, round(_share(pool), 2)) for pool in pools for low in pool[0]]


def _share(pool: tuple[Sequence[float], float, float]) -> float:
    return pool[1] / pool[2]
