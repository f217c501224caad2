"""Dotted names as people write them: `catalog.schema.table`, quoted where a part needs it."""

from __future__ import annotations

import re

_PART = re.compile(r'`((?:[^`]|``)*)`|"((?:[^"]|"")*)"|([^.`"]+)')


def split_name(text: str) -> tuple[str, ...]:
    """The parts of a dotted name; empty when it is none.

    A part with dots in it stands in backticks or double quotes: shop.gold.`odd.name`.
    """
    parts: list[str] = []
    at = 0
    while True:
        found = _PART.match(text, at)
        if found is None:
            return ()
        ticked, double, plain = found.groups()
        if ticked is not None:
            parts.append(ticked.replace("``", "`"))
        elif double is not None:
            parts.append(double.replace('""', '"'))
        else:
            parts.append(plain)
        at = found.end()
        if at == len(text):
            return tuple(parts) if all(parts) else ()
        if text[at] != ".":
            return ()
        at += 1
