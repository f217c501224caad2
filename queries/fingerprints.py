"""Hashes of results: whether two runs gave the same rows."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

MAX_ROWS = 2_000
"""Above it hashing would cost more than it tells."""
_DIGITS = 12
"""An engine that adds floating points in parallel repeats no more of them."""
_PLAIN = frozenset({str, bool, type(None)})


@dataclass(frozen=True)
class ResultDigest:
    """Two hashes of the rows: of them in whatever order, and in the order given."""

    rows_sha256: str
    sequence_sha256: str

    def body(self) -> dict[str, str]:
        return {"rows_sha256": self.rows_sha256, "sequence_sha256": self.sequence_sha256}


def digest_of(rows: Sequence[Mapping[str, Any]]) -> ResultDigest | None:
    """Hashes of JSON rows; None where there are too many of them."""
    if len(rows) > MAX_ROWS:
        return None
    written = [
        orjson.dumps([v if type(v) in _PLAIN else _plain(v) for v in row.values()]) for row in rows
    ]
    return ResultDigest(_hash(sorted(written)), _hash(written))


def _hash(written: Sequence[bytes]) -> str:
    # JSON has no line ends of its own, so rows cannot run into each other.
    return hashlib.sha256(b"\n".join(written)).hexdigest()


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        return f"{value:.{_DIGITS}g}"
    if isinstance(value, int) and not -(2**63) <= value < 2**64:
        return str(value)
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    return value
