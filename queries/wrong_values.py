"""The engine could not compare a value of a filter with its field: which value it was, for whoever
asked. What type a field has often only the engine knows, so it is the one to notice.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from semantic_layer.compiler import mistyped
from semantic_layer.errors import QueryError, UserError

_BOUND = re.compile(r":p\d+\b")
_TRUTH = re.compile(r"\b(true|false)\b", re.IGNORECASE)


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

    def stands_in(self, fragment: str) -> bool:
        """Whether a part of the statement, its values written out, may hold this one."""
        if self.is_filter:
            return any(word in fragment for word in re.findall(r"[\w.]+", str(self.value)))
        said = str(self.value).lower() if isinstance(self.value, bool) else str(self.value)
        return re.search(rf"(?<![\w.]){re.escape(said)}(?![\w.])", fragment) is not None

    @property
    def is_truth(self) -> bool:
        """Written into the statement as it is, where other values are markers."""
        if self.is_filter:
            return _TRUTH.search(str(self.value)) is not None
        return isinstance(self.value, bool)

    @property
    def may_be_no_text(self) -> bool:
        return self.is_filter or not isinstance(self.value, str)


def wrong_value(error: UserError, query: Mapping[str, Any]) -> QueryError | None:
    """The error of the filter that the engine stumbled over; None where it was no filter's value.

    Adapters say `expected_type` of what cannot be converted or compared, and what they know of it:
    `value`, the text that cannot be converted; `from_column`, where a column's text was taken for
    something else; `fragment`, the part of the statement that it happened in.
    """
    details = error.details
    if "expected_type" not in details:
        return None
    compared = list(_compared(query.get("where") or (), "where"))
    expected, found = str(details["expected_type"]), []
    if "value" in details and "from_column" not in details:
        found = [one for one in compared if one.says(str(details["value"]))]
    if not found:
        found = _not_text(details, compared)
        if "value" in details:  # a column's text, which was to be of the value's type
            expected = "text"
    if not found:
        return None
    one = found[0] if len(found) == 1 else None
    said = (one.value if one.is_filter else repr(one.value)) if one else ""
    return mistyped(one.path if one else "where", expected, said)


def _not_text(details: Mapping[str, Any], compared: list[_Compared]) -> list[_Compared]:
    """The values that a column's text, or a column of another type, was compared with."""
    found = [one for one in compared if one.may_be_no_text]
    fragment = details.get("fragment")
    if "from_column" in details or fragment is None:
        return found if "from_column" in details or "value" not in details else []
    if "value" in details:  # in the statement's own text, where values are markers
        if _BOUND.search(fragment):
            return found
        return [one for one in found if one.is_truth] if _TRUTH.search(fragment) else []
    return [one for one in found if one.stands_in(fragment)]


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
