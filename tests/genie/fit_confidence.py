"""Fits confidence to golden questions and paraphrases: `python -m tests.genie.fit_confidence`
tells the table of genie/planning/calibration.py and the bins that it comes of.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import duckdb

from genie.evaluation.calibrating import calibration_error, fitted, reliability
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
    return got is not None and any(
        got == _rows(said.business, query) for query in said.golden.queries
    )


def _rows(business: Business, body: Mapping[str, Any]) -> Counter[tuple[str, ...]] | None:
    """The rows, numbers to nine digits; None for what is no query."""
    try:
        rows = business.rows(body)
    except (SemanticLayerError, duckdb.Error):
        return None
    return Counter(tuple(map(_cell, row)) for row in rows)


def _cell(value: Any) -> str:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return f"{value:.9g}" if number else str(value)


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
