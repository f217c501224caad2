"""requirements.txt brings everything that the running service imports, not just what tests need."""

from __future__ import annotations

import importlib.metadata as metadata
import os
import subprocess
import sys

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from semantic_layer.embedded.environment import PROJECT

# Imported by others when they happen to be there, and not missed when they are not.
OPTIONAL = {"greenlet", "mypy_extensions", "_distutils_hack", "setuptools", "pip"}

SCRIPT = """
import sys
import semantic_layer.wsgi, kombu.transport.redis, gunicorn.app.wsgiapp, celery.bin.celery
import duckdb, pyarrow, semantic_layer.management.commands.load_demo
from django.urls import get_resolver
get_resolver().url_patterns
print(*sorted({name.partition(".")[0] for name in sys.modules}))
"""


def closure() -> set[str]:
    """Distributions that pip installs for requirements.txt, by canonical name."""
    lines = (PROJECT / "requirements.txt").read_text().splitlines()
    waiting = [Requirement(line) for line in lines if line and line[0] not in "#-"]
    found: set[tuple[str, str]] = set()
    while waiting:
        requirement = waiting.pop()
        name = canonicalize_name(requirement.name)
        for extra in {"", *requirement.extras}:
            if (name, extra) in found:
                continue
            found.add((name, extra))
            for line in metadata.requires(name) or ():
                needed = Requirement(line)
                if needed.marker is None or needed.marker.evaluate({"extra": extra}):
                    waiting.append(needed)
    return {name for name, _ in found}


def test_what_runs_imports_only_what_is_required() -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        cwd=PROJECT,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "semantic_layer.settings"},
        capture_output=True,
        text=True,
        check=True,
    )
    distributions = metadata.packages_distributions()
    required = closure()
    missing = {
        module: names
        for module in done.stdout.split()
        if (names := [canonicalize_name(name) for name in distributions.get(module, ())])
        and not required & set(names)
    }
    assert missing.keys() <= OPTIONAL, missing
