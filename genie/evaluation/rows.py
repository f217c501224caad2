"""Whether two answers hold the same rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

_DIGITS = 9


def same_rows(one: Iterable[Sequence[Any]], other: Iterable[Sequence[Any]]) -> bool:
    """The same values, whatever the columns are called and the rows' order is."""
    return Counter(map(_cells, one)) == Counter(map(_cells, other))


def _cells(row: Sequence[Any]) -> tuple[str, ...]:
    return tuple(map(_cell, row))


def _cell(value: Any) -> str:
    """Numbers to some digits, since the same number may be summed in another order."""
    if isinstance(value, bool) or value is None:
        return str(value)
    try:
        return f"{Decimal(str(value)):.{_DIGITS}g}"
    except InvalidOperation:
        return str(value)
