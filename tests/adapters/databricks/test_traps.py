"""docs/databricks.md names a test for each trap of the driver and the SDK: every one exists."""

from __future__ import annotations

import ast
import re
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[3]
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")


def test_every_test_that_the_document_names_is_there() -> None:
    document = (PROJECT / "docs" / "databricks.md").read_text(encoding="utf-8")
    named = NAMED.findall(document)
    assert len(named) >= 20
    for file, name in named:
        tree = ast.parse((PROJECT / file).read_text(encoding="utf-8"))
        functions = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
        assert name in functions, f"{file} has no {name}"
