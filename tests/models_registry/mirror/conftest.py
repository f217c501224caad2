"""A volume in a folder of the test, and the whole of what it holds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from semantic_layer.adapters.local_volume import LocalVolume


@pytest.fixture
def store(tmp_path: Path, settings: Any) -> LocalVolume:
    """The service's volume, empty."""
    settings.VOLUME_FOLDER = tmp_path / "volumes"
    return LocalVolume(settings.VOLUME_FOLDER)
