"""The compiler is pure: a bare interpreter imports it without Django or any driver."""

from __future__ import annotations

import subprocess
import sys

FORBIDDEN = (
    "django",
    "rest_framework",
    "celery",
    "duckdb",
    "pyarrow",
    "redis",
    "psycopg",
    "requests",
)

SCRIPT = """
import sys
import semantic_layer.compiler
print(*sorted(sys.modules))
"""


def test_importing_the_compiler_loads_nothing_else() -> None:
    done = subprocess.run(
        [sys.executable, "-S", "-c", f"import sys; sys.path += {sys.path!r}\n{SCRIPT}"],
        env={},
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = {name.partition(".")[0] for name in done.stdout.split()}
    assert "sqlglot" in loaded
    assert not loaded.intersection(FORBIDDEN)
