"""Which tests stay together, and which begin, when processes share the suite (`pytest -n 2`).

A module's tests share its fixtures, so they run in one process, in order. All tests on Spark run
in one process: two Java machines would need the memory of a larger computer. What takes minutes
begins, so that no process ends long before the others.
"""

from __future__ import annotations

import pytest

SPARK = "spark"
SPARK_FIXTURES = frozenset({"spark", "whole_workspace"})
LONG = (
    "tests/http/test_openapi_conformance.py",
    SPARK,
    "tests/oracle/test_random_worlds.py",
    "tests/runtime/test_up.py",
    "tests/runtime/test_backup.py",
)


@pytest.hookimpl(tryfirst=True)  # before pytest-xdist reads the groups
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Name each test's group, and sort by it; one process alone keeps pytest's order."""
    if not config.getoption("loadgroup", default=False):
        return
    for item in items:
        item.add_marker(pytest.mark.xdist_group(_group(item)))
    items.sort(key=_rank)


def _group(item: pytest.Item) -> str:
    if SPARK_FIXTURES & set(getattr(item, "fixturenames", ())):
        return SPARK
    return item.nodeid.partition("::")[0]


def _rank(item: pytest.Item) -> int:
    group = _group(item)
    return LONG.index(group) if group in LONG else len(LONG)
