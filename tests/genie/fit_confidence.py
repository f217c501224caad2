"""Fits confidence to golden questions and paraphrases: `python -m tests.genie.fit_confidence`
tells the table of genie/planning/calibration.py and the bins that it comes of.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import duckdb

from genie.evaluation.calibrating import calibration_error, reliability
from genie.evaluation.rows import same_rows
from genie.planning.asking import Plan
from semantic_layer.errors import SemanticLayerError
from tests.genie.business import Business
from tests.genie.paraphrases import Said, paraphrases


@lru_cache(maxsize=1)
def judged() -> tuple[tuple[Plan, bool], ...]:
    """Every plan with a best reading and no other as good, and whether its rows are the right
    ones."""
    found = []
    for said in paraphrases():
        plan = said.business.plan(said.golden.question, *said.golden.after)
        if plan.frame is not None and not plan.tied:
            found.append((plan, _is_right(said, plan)))
    return tuple(found)


def _is_right(said: Said, plan: Plan) -> bool:
    assert plan.frame is not None
    got = _rows(said.business, plan.frame.body())
    wanted = (_rows(said.business, query) for query in said.golden.queries)
    return got is not None and any(rows is not None and same_rows(got, rows) for rows in wanted)


def _rows(business: Business, body: Mapping[str, Any]) -> list[tuple[Any, ...]] | None:
    """The rows; None for what is no query."""
    try:
        return business.rows(body)
    except (SemanticLayerError, duckdb.Error):
        return None


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


def main() -> None:
    pairs = [(plan.evidence, right) for plan, right in judged()]
    said = [
        f"{item.low:.2f} to {item.high:.2f}: {item.right} of {item.count} right"
        for item in reliability(pairs)
    ]
    error = calibration_error((plan.confidence, right) for plan, right in judged())
    said.append(f"TABLE = {tuple(fitted(pairs))}")
    said.append(f"Expected calibration error with the table as it is: {error:.3f}")
    sys.stdout.write("\n".join(said) + "\n")


if __name__ == "__main__":
    main()
