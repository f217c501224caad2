"""REQUIRE_ALL=1 makes a skipped test a failed one, and leaves expected failures alone."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from semantic_layer.embedded.environment import PROJECT

SUITE = """
import pytest

def test_passes():
    pass

@pytest.mark.skip(reason="no browser here")
def test_skips():
    pass

@pytest.mark.xfail(reason="known", strict=True)
def test_is_known_to_fail():
    raise AssertionError
"""


@pytest.mark.parametrize(
    ("require_all", "code", "summary"),
    [("1", 1, "1 passed, 1 xfailed, 1 error"), ("0", 0, "1 passed, 1 skipped, 1 xfailed")],
)
def test_skips_count_as_failures_only_when_asked(
    tmp_path: Path, require_all: str, code: int, summary: str
) -> None:
    (tmp_path / "test_suite.py").write_text(SUITE)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "tests.require_all", str(tmp_path)]
    done = subprocess.run(
        command,
        cwd=PROJECT,
        env={**os.environ, "REQUIRE_ALL": require_all},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == code, done.stdout
    assert summary in done.stdout.splitlines()[-1]
    assert ("REQUIRE_ALL=1 allows no skip" in done.stdout) == (require_all == "1")
