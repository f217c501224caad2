"""Random worlds: compiled SQL on DuckDB gives the rows of the reference, or both refuse.

Each part has a seed of its own and runs in whichever process is free. `tests.oracle.search` looks
for longer, and makes a case small.
"""

from __future__ import annotations

import pytest

from tests.oracle.questions import QUESTIONS
from tests.oracle.rounds import play

PARTS = 5
WORLDS = 2000 // QUESTIONS // PARTS


@pytest.mark.timeout(600)  # half a minute of CPU, on a machine that others may use as well
@pytest.mark.parametrize("seed", range(PARTS))
def test_compiled_rows_equal_the_reference(seed: int) -> None:
    found = play(seed, WORLDS)
    assert not found.differences, "\n\n".join(found.differences)
    assert found.outcomes["answered"] > found.outcomes["refused"] > 0
