"""Which paths a volume store takes."""

from __future__ import annotations

import re

from semantic_layer.errors import Malformed

_PART = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.\-]{0,254}")


def checked_path(path: str) -> str:
    """The path itself where every part is plain; else Malformed, as it could leave the base."""
    parts = path.split("/")
    if not all(_PART.fullmatch(part) for part in parts):
        raise Malformed(f"{path!r} is not a relative path of plain names.", path=path)
    return path
