"""Two texts side by side as lines that say what happened to them. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher

CONTEXT_LINES = 3


@dataclass(frozen=True)
class DiffLine:
    """`change` is same, added, removed or skipped; a number is None where the text has no such
    line.
    """

    change: str
    before: int | None
    after: int | None
    text: str


def diff_lines(before: str, after: str, *, context: int = CONTEXT_LINES) -> list[DiffLine]:
    """Changed lines of two texts with some lines around them; empty when they are the same."""
    old, new = before.splitlines(), after.splitlines()
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    found: list[DiffLine] = []
    end = 0
    for group in matcher.get_grouped_opcodes(context):
        skipped = group[0][1] - end
        if skipped:
            found.append(DiffLine("skipped", None, None, f"{skipped} unchanged lines"))
        for tag, i1, i2, j1, j2 in group:
            if tag == "equal":
                found.extend(_same(old, i1, i2, j1))
                continue
            found.extend(DiffLine("removed", i + 1, None, old[i]) for i in range(i1, i2))
            found.extend(DiffLine("added", None, j + 1, new[j]) for j in range(j1, j2))
        end = group[-1][2]
    if found and len(old) > end:
        found.append(DiffLine("skipped", None, None, f"{len(old) - end} unchanged lines"))
    return found


def _same(old: list[str], start: int, end: int, new_start: int) -> Iterator[DiffLine]:
    for offset in range(end - start):
        line = start + offset
        yield DiffLine("same", line + 1, new_start + offset + 1, old[line])
