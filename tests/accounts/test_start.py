"""Missing secrets are told by the system checks with a hint, never by a traceback or a default."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("missing", ["SECRET_KEY", "JWT_SIGNING_KEY"])
def test_a_missing_secret_is_told_with_what_to_do(missing: str, tmp_path: Path) -> None:
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("JWT")},
        "DJANGO_SETTINGS_MODULE": "semantic_layer.settings",
        "SECRET_KEY": "s" * 40,
        "JWT_SIGNING_KEY": "j" * 40,
        "VAR_DIR": str(tmp_path),
        missing: "",
    }
    result = subprocess.run(
        [sys.executable, "-m", "django", "check"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 1
    assert f"{missing} is not set" in result.stderr
    assert "HINT" in result.stderr
    assert "Traceback" not in result.stderr
