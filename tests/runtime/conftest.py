"""A short folder for servers: pytest's tmp_path can be too long for a Unix socket."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from semantic_layer.embedded.folders import Folders


@pytest.fixture
def folders() -> Iterator[Folders]:
    root = Path(tempfile.mkdtemp(prefix="slr-"))
    root.chmod(0o755)
    made = Folders(root)
    made.make()
    yield made
    shutil.rmtree(root, ignore_errors=True)
