"""Which tests stay together when several processes share the suite (`pytest -n 2`).

A module's tests share its fixtures, so they run in one process, in order. All tests on Spark run
in one process: two Java machines would need the memory of a larger computer.
"""

from __future__ import annotations

import pytest

SPARK_FIXTURES = frozenset({"spark", "whole_workspace"})


@pytest.hookimpl(tryfirst=True)  # before pytest-xdist reads them
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Name each test's group; without `-n` nothing reads it."""
    for item in items:
        fixtures = set(getattr(item, "fixturenames", ()))
        module = item.nodeid.partition("::")[0]
        group = "spark" if fixtures & SPARK_FIXTURES else module
        item.add_marker(pytest.mark.xdist_group(group))
