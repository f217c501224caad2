"""The kernel's pure parts import alone: no framework and no driver comes along."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = ("django", "rest_framework", "celery", "duckdb", "pyarrow", "pandas", "redis", "databricks")


@pytest.mark.parametrize(
    "module", ["semantic_layer.errors", "semantic_layer.ports", "semantic_layer.compiler"]
)
def test_a_pure_part_loads_nothing_heavy(module: str) -> None:
    program = f"import sys, {module}\nprint(','.join(m for m in {HEAVY!r} if m in sys.modules))"
    found = subprocess.run(
        [sys.executable, "-I", "-c", f"import sys; sys.path.insert(0, '.')\n{program}"],
        env={"PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert found.stdout.strip() == ""


def test_the_web_application_loads_nothing_heavy_that_few_use() -> None:
    """The connector and the SDK cost 200 MB, PDFs 20: they load with their first use only."""
    program = (
        "import os, sys\n"
        "os.environ['DJANGO_SETTINGS_MODULE'] = 'tests.settings'\n"
        "import django; django.setup()\n"
        "import semantic_layer.urls\n"
        "heavy = ('databricks', 'pandas', 'openpyxl', 'fpdf')\n"
        "print(','.join(name for name in heavy if name in sys.modules))"
    )
    found = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert found.stdout.strip() == ""
