"""How likely a reading is right, by its evidence: the product of a factor for each liberty taken.

The table is isotonic regression over the golden questions of two businesses and paraphrases of
them; `python -m tests.genie.fit_confidence` prints it anew, and a test holds it to them.
"""

from __future__ import annotations

from bisect import bisect_right

TABLE = (
    (0.1, 0.1), (0.2, 0.1), (0.3, 0.1), (0.6, 0.88), (0.7, 0.88), (0.8, 0.95), (0.9, 0.95),
    (0.95, 0.99),
)  # fmt: skip
"""From this evidence on, so likely."""
SURE = 0.8
"""A question is answered where its reading is right at least as likely as this; else the person is
asked."""


def probability(evidence: float) -> float:
    """How likely a reading of such evidence is right."""
    place = bisect_right([low for low, _ in TABLE], evidence) - 1
    return TABLE[max(place, 0)][1]
