"""The engine could not compare a value of a filter with its field: which value it was, for whoever
asked. What type a field has only the engine knows, so it is the one to notice.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from semantic_layer.errors import QueryError, UserError


@dataclass(frozen=True)
class _Compared:
    """A value of a structured filter, or a whole filter that is written as text."""

    path: str
    value: Any
    is_filter: bool

    def says(self, text: str) -> bool:
        if not isinstance(self.value, str):
            return False
        return f"'{text}'" in self.value if self.is_filter else self.value == text

    @property
    def may_be_no_text(self) -> bool:
        return self.is_filter or not isinstance(self.value, str)


def wrong_value(error: UserError, query: Mapping[str, Any]) -> QueryError | None:
    """The error of the filter that the engine stumbled over; None where it was no filter's value.

    Adapters say `expected_type` of a value that cannot be converted, and `value`, or `from_column`
    where a column's text was taken for something else.
    """
    details = error.details
    if "expected_type" not in details:
        return None
    compared = list(_compared(query.get("where") or (), "where"))
    expected = "text" if "from_column" in details else str(details["expected_type"])
    if "value" in details and "from_column" not in details:
        found = [one for one in compared if one.says(str(details["value"]))]
    else:
        found = [one for one in compared if one.may_be_no_text]
    if not found:
        return None
    one = found[0] if len(found) == 1 else None
    said = f": {one.value if one.is_filter else repr(one.value)}" if one else ""
    return QueryError(
        f"A filter compares a field of type {expected} with a value of another type{said}. Write "
        f"the value as {expected}.",
        code="INVALID_FILTER",
        path=one.path if one else "where",
        expected_type=expected,
    )


def _compared(node: Any, path: str) -> Iterator[_Compared]:
    if isinstance(node, str):
        yield _Compared(path, node, is_filter=True)
    elif isinstance(node, list | tuple):
        for number, item in enumerate(node):
            yield from _compared(item, f"{path}[{number}]")
    elif isinstance(node, Mapping):
        for word in ("and", "or", "not"):
            if word in node:
                yield from _compared(node[word], f"{path}.{word}")
        yield from _constants(node.get("value"), f"{path}.value")


def _constants(value: Any, path: str) -> Iterator[_Compared]:
    if isinstance(value, list | tuple):
        for number, item in enumerate(value):
            yield _Compared(f"{path}[{number}]", item, is_filter=False)
    elif value is not None:
        yield _Compared(path, value, is_filter=False)
