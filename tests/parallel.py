"""Which tests stay together, and which begin, when processes share the suite (`pytest -n 2`).

A module's tests share its fixtures, so they run in one process, in order. All tests on Spark run
in one process: two Java machines would need the memory of a larger computer. What takes minutes
begins, so that no process ends long before the others; a module whose tests share nothing is
handed out test by test.
"""

from __future__ import annotations

import os
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

SPARK = "spark"
SPARK_FOLDERS = ("tests/spark/", "tests/databricks/")
LONG = (
    "tests/http/test_openapi_conformance.py",
    SPARK,
    "tests/runtime/test_up.py",
    "tests/runtime/test_backup.py",
)
SPREAD = ("tests/oracle/test_random_worlds.py",)


class TogetherScheduling(LoadScopeScheduling):
    """Hands out whole groups."""

    def _split_scope(self, nodeid: str) -> str:
        return group(nodeid)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> TogetherScheduling:
    """pytest-xdist's hook, in the process that hands out."""
    return TogetherScheduling(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long ones first; a process that runs alone keeps pytest's order."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        items.sort(key=lambda item: _rank(group(item.nodeid)))


def group(nodeid: str) -> str:
    """The tests that run in one process, one after the other."""
    module = nodeid.partition("::")[0]
    if module in SPREAD:
        return nodeid
    return SPARK if module.startswith(SPARK_FOLDERS) else module


def _rank(name: str) -> int:
    return LONG.index(name) if name in LONG else len(LONG)
