"""Tests of the HTTP interface that make sense on DuckDB alone, each with the reason."""

from __future__ import annotations

REASONS: dict[str, tuple[str, ...]] = {
    "local tokens are no sign-in at a workspace": (
        "tests/http/test_auth.py::test_a_local_token_is_a_bearer_by_itself",
        "tests/http/test_docs_api.py::test_every_example_answers_as_shown",
    ),
}
"""Reason -> beginnings of the ids of the tests."""


def reason_of(nodeid: str) -> str | None:
    """Why the test is left out at the workspace; None where it runs."""
    for reason, beginnings in REASONS.items():
        if nodeid.startswith(beginnings):
            return reason
    return None
