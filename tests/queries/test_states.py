"""The state machine of query runs."""

from __future__ import annotations

import itertools

import pytest

from queries.states import QueryState, sources_of, step
from semantic_layer.errors import InternalError

S = QueryState
ALLOWED = {
    (S.QUEUED, S.RUNNING),
    (S.QUEUED, S.FAILED),
    (S.QUEUED, S.CANCELLED),
    (S.RUNNING, S.COMPLETED),
    (S.RUNNING, S.FAILED),
    (S.RUNNING, S.CANCELLED),
    (S.RUNNING, S.QUEUED),
    (S.COMPLETED, S.EXPIRED),
}


@pytest.mark.parametrize(("current", "following"), list(itertools.product(S, S)))
def test_only_the_drawn_steps_are_allowed(current: QueryState, following: QueryState) -> None:
    if (current, following) in ALLOWED:
        assert step(current, following) is following
    else:
        with pytest.raises(InternalError):
            step(current, following)


def test_sources_are_the_steps_read_backwards() -> None:
    assert {(source, state) for state in S for source in sources_of(state)} == ALLOWED
