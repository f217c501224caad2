"""`var/demo.json`: where the demo answers and one token per role, for people and scripts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TypedDict

from semantic_layer.embedded.secret_files import write_private

ROLES = ("viewer", "analyst", "engineer", "admin")


class Demo(TypedDict):
    """The file's content. A token signs in at /api/auth/login and works as `Bearer` by itself."""

    url: str
    tokens: dict[str, str]


def read_demo(root: Path) -> Demo | None:
    """The demo that was loaded into this var/; None where none was, or only in part."""
    try:
        found = json.loads(_file(root).read_text())
        url, tokens = str(found["url"]), dict(found["tokens"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    if set(tokens) != set(ROLES):
        return None
    return Demo(url=url, tokens={role: str(tokens[role]) for role in ROLES})


def write_demo(root: Path, url: str, tokens: Mapping[str, str]) -> None:
    """Write it whole, mode 600: the tokens are secrets."""
    write_private(_file(root), json.dumps({"url": url, "tokens": dict(tokens)}, indent=2) + "\n")


def _file(root: Path) -> Path:
    return root / "demo.json"
