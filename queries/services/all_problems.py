"""Every problem of a metric query: what was refused is left out, and the rest looked at again."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from semantic_layer.errors import QueryError, SemanticLayerError

MOST = 20
_LISTS = ("metrics", "group_by", "where", "order_by")
_SINGLE = frozenset({"time_range", "time_zone"})
_ITEM = re.compile(r"(\w+)\[(\d+)\]")
_WITHOUT_METRICS = frozenset({"UNKNOWN_FIELD", "INVALID_FILTER"})
"""What is wrong whatever the metrics are; the rest may only seem so once no metric is left."""


def with_all_problems(
    error: QueryError, body: Mapping[str, Any], check: Callable[[Mapping[str, Any]], object]
) -> QueryError:
    """The error, with the query's other problems after its own in `details.errors`.

    `check` reads and compiles a body, and raises QueryError at the first problem.
    """
    rest = _Rest(body)
    problems = error.details["errors"]
    found = error
    while len(problems) < MOST and rest.leave_out(found.path):
        try:
            check(rest.body())
        except QueryError as other:
            if rest.has_lost_its_metrics and other.code not in _WITHOUT_METRICS:
                break
            found = other
            problems.extend(
                {**problem, "path": rest.original(problem["path"])}
                for problem in other.details["errors"]
            )
        except SemanticLayerError:
            break
        else:
            break
    return error


class _Rest:
    """A query's body, less what was left out; items keep the numbers they had."""

    def __init__(self, body: Mapping[str, Any]) -> None:
        self._body = dict(body)
        self._items: dict[str, list[tuple[int, Any]]] = {}
        for key in _LISTS:
            value = body.get(key) or []
            items = [value] if isinstance(value, str | Mapping) else value
            if key == "metrics":
                items = dict.fromkeys(items)  # as the planner counts them
            self._items[key] = list(enumerate(items))

    @property
    def has_lost_its_metrics(self) -> bool:
        return bool(self._body.get("metrics")) and not self._items["metrics"]

    def body(self) -> dict[str, Any]:
        return {**self._body, **{key: [v for _, v in kept] for key, kept in self._items.items()}}

    def original(self, path: str) -> str:
        """The path in the body as it was asked."""
        match = _ITEM.match(path)
        if match is None or match[1] not in self._items:
            return path
        number = self._items[match[1]][int(match[2])][0]
        return f"{match[1]}[{number}]{path[match.end() :]}"

    def leave_out(self, path: str) -> bool:
        """Take the part at this path out of the rest, and what orders by it; whether it could."""
        match = _ITEM.match(path)
        if match is not None and match[1] in self._items:
            kept = self._items[match[1]]
            if int(match[2]) >= len(kept):
                return False
            _, item = kept.pop(int(match[2]))
            if match[1] in ("metrics", "group_by"):
                ordered = self._items["order_by"]
                ordered[:] = [(n, by) for n, by in ordered if _name(by) != _name(item)]
            return bool(self._items["metrics"] or self._items["group_by"])
        key = path.partition(".")[0]
        return key in _SINGLE and self._body.pop(key, None) is not None


def _name(item: Any) -> str:
    text = item.get("name", "") if isinstance(item, Mapping) else item
    return str(text).strip().removeprefix("-")
