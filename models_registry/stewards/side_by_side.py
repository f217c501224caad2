"""Two texts next to each other, line for line. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from models_registry.diffs import DiffLine, diff_lines


@dataclass(frozen=True)
class Pair:
    """A line of each text; one is None where the other text has a line more. With `skipped`, the
    pair stands for unchanged lines that are left out.
    """

    before: DiffLine | None = None
    after: DiffLine | None = None
    skipped: str = ""


def side_by_side(before: str, after: str) -> list[Pair]:
    """Changed lines with some lines around them; empty where the texts are the same."""
    found: list[Pair] = []
    block: list[DiffLine] = []
    for line in diff_lines(before, after):
        if line.change in ("removed", "added"):
            block.append(line)
            continue
        found.extend(_pairs(block))
        block = []
        is_skipped = line.change == "skipped"
        found.append(Pair(skipped=line.text) if is_skipped else Pair(line, line))
    return [*found, *_pairs(block)]


def _pairs(block: Sequence[DiffLine]) -> Iterator[Pair]:
    old = [line for line in block if line.change == "removed"]
    new = [line for line in block if line.change == "added"]
    for place in range(max(len(old), len(new))):
        yield Pair(
            old[place] if place < len(old) else None, new[place] if place < len(new) else None
        )
