"""Names of result columns, for every warehouse alike."""

from __future__ import annotations

from semantic_layer.ports import ResultColumn


def unique_columns(names: list[str], types: list[str]) -> tuple[ResultColumn, ...]:
    """Columns whose names differ: a second `a` becomes `a_2`, or the next number no column has."""
    taken, found = set(names), []
    seen: set[str] = set()
    for name, kind in zip(names, types, strict=True):
        unique, number = name, 1
        while unique in seen:
            number += 1
            candidate = f"{name}_{number}"
            unique = candidate if candidate not in taken else unique
        seen.add(unique)
        taken.add(unique)
        found.append(ResultColumn(unique, kind))
    return tuple(found)
