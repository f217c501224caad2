"""Structured filters, three-valued as in SQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

Truth = bool | None


def holds(condition: Any, lookup: Callable[[str], Any]) -> Truth:
    """SQL's truth of a structured filter: None where it is unknown."""
    if isinstance(condition, (list, tuple)):
        return both([holds(item, lookup) for item in condition])
    if "and" in condition:
        return both([holds(item, lookup) for item in condition["and"]])
    if "or" in condition:
        truths = [holds(item, lookup) for item in condition["or"]]
        return True if True in truths else None if None in truths else False
    if "not" in condition:
        truth = holds(condition["not"], lookup)
        return None if truth is None else not truth
    left, right = lookup(condition["field"]), condition.get("value")
    if condition["op"] == "is_null":
        return left is None
    if condition["op"] == "not_null":
        return left is not None
    if left is None:
        return None
    if isinstance(left, datetime):
        right = moments(right)
    return COMPARE[condition["op"]](left, right)


def moments(value: Any) -> Any:
    return [moments(v) for v in value] if isinstance(value, list) else datetime.fromisoformat(value)


def both(truths: list[Truth]) -> Truth:
    return False if False in truths else None if None in truths else True


COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "in": lambda a, b: a in b,
    "not_in": lambda a, b: a not in b,
    "between": lambda a, b: b[0] <= a <= b[1],
    "starts_with": lambda a, b: a.startswith(b),
    "contains": lambda a, b: b in a,
}


def parts_of(conditions: Any) -> list[Any]:
    """The conjuncts of a list of conditions: each one must hold by itself."""
    found: list[Any] = []
    for item in conditions:
        found += parts_of(item["and"]) if "and" in item else [item]
    return found


def fields_in(condition: Any) -> Iterator[str]:
    """The names a structured filter mentions."""
    if isinstance(condition, (list, tuple)):
        for item in condition:
            yield from fields_in(item)
    elif "field" in condition:
        yield condition["field"]
    else:
        for item in condition.values():
            yield from fields_in(item)
