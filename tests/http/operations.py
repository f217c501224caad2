"""The operations of the pinned OpenAPI document: what is tried on one is tried on all."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

PINNED = Path(__file__).parents[1] / "architecture" / "openapi.json"
OPERATIONS: dict[str, dict[str, Any]] = json.loads(PINNED.read_text(encoding="utf-8"))["paths"]
"""Path -> method in small letters -> operation."""
