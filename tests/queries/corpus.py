"""Statements that the guard must let pass, and statements that it must not."""

from __future__ import annotations

from pathlib import Path

import yaml

_HERE = Path(__file__).parent
HOSTILE: dict[str, dict[str, list[str]]] = yaml.safe_load((_HERE / "hostile.yaml").read_text())
"""Dialect -> group -> statements."""
FINE: dict[str, list[str]] = yaml.safe_load((_HERE / "fine.yaml").read_text())
"""Dialect -> statements."""
