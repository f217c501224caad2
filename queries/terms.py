"""The names that a metric query uses: to find who depends on a metric or a dimension."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_LONGEST = 256


def terms_of(request: Mapping[str, Any]) -> list[str]:
    """Every name that occurs in the query's texts, sorted; more than it uses, never less."""
    found = {name for text in _texts(request) for name in _NAME.findall(text)}
    return sorted(name for name in found if len(name) <= _LONGEST)


def used_by(terms: Iterable[str], metrics: Iterable[str], dimensions: Iterable[str]) -> list[str]:
    """Which of the metrics and dimensions the terms mean, sorted.

    A dimension is also meant with a grain after it, and with the path to its model before it.
    """
    present = set(terms)
    wrapped = [f"__{term}__" for term in present]
    found = {name for name in metrics if name in present}
    found |= {name for name in dimensions if any(f"__{name}__" in term for term in wrapped)}
    return sorted(found)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _texts(inner)
