"""Documents as trees of nodes that know where they were written.

YAML and JSON both become these nodes (yaml_nodes.py, json_nodes.py), so that everything after them
is written once. A scalar keeps its text: what it means is for the reader, who knows what a key
expects, to say. That is why `version: 1.10` stays "1.10" and `on` stays "on".
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from math import isfinite

from semantic_layer.compiler.spec import Position
from semantic_layer.errors import Issue

MAX_DEPTH = 64
"""Levels of nesting; real documents have fewer than ten."""

MAX_BYTES = 5 * 1024 * 1024
"""Size of one document source (the API's upload limit); bigger ones are refused unread."""

MAX_ISSUES = 1000
"""Issues kept per reading: enough to mend anything by hand, small enough to send."""

MAX_KEY = 250
"""Characters of a key."""

MAX_NUMBER = 10**31
"""Bound of numbers, so that each prints back as it was written."""

MAX_FREE_DEPTH = 20
"""Levels of nesting inside metadata."""

CONTROL = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What no document may contain: YAML cannot carry it."""

_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]{0,30})")
_NUMBER = re.compile(r"[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]{1,3})?")
_NULLS = frozenset(("", "~", "null", "Null", "NULL"))
_TRUE = frozenset(("true", "True", "TRUE"))
_FALSE = frozenset(("false", "False", "FALSE"))


@dataclass(frozen=True, slots=True)
class Scalar:
    """One value. `plain` means: written without quotes, so it may be a number, a truth value or
    null.

    `line` and `column` count from 1 and are None for JSON bodies. `content_column` is where the
    text itself starts when it lies on one line unescaped, so that column N of the text is at
    `content_column + N - 1`. `written` is its source where the text does not lie there as it is.
    """

    text: str
    plain: bool
    line: int | None = None
    column: int | None = None
    content_column: int | None = None
    written: str | None = None

    @property
    def source(self) -> str | None:
        """What stands in the file from `column` on."""
        if self.content_column is None or self.column is None:
            return self.written
        return " " * (self.content_column - self.column) + self.text


@dataclass(frozen=True, slots=True)
class Sequence:
    """A list of nodes."""

    items: tuple[Node, ...]
    line: int | None = None
    column: int | None = None


@dataclass(frozen=True, slots=True)
class Flaw:
    """A problem found while composing; reported when the reader comes by and knows the path."""

    line: int | None
    column: int | None
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Mapping:
    """Keys to values, in order of writing, each with the node of the key itself."""

    entries: dict[str, tuple[Scalar, Node]]
    line: int | None = None
    column: int | None = None
    flaws: tuple[Flaw, ...] = ()

    def get(self, key: str) -> Node | None:
        """The value under `key`; None when it is absent or null."""
        entry = self.entries.get(key)
        return None if entry is None or is_null(entry[1]) else entry[1]


Node = Scalar | Sequence | Mapping


def is_null(node: Node) -> bool:
    """Whether the node is a YAML or JSON null: `key:` with nothing after it is one."""
    return isinstance(node, Scalar) and node.plain and node.text in _NULLS


def truth(node: Node) -> bool | None:
    """YAML 1.2's truth values only: `yes`, `on` and `off` are words, not booleans."""
    if not isinstance(node, Scalar) or not node.plain:
        return None
    if node.text in _TRUE:
        return True
    return False if node.text in _FALSE else None


def number(node: Node) -> int | float | None:
    """The number a plain scalar spells, read for a key that wants a number."""
    if not isinstance(node, Scalar) or not node.plain or not _NUMBER.fullmatch(node.text):
        return None
    if _INTEGER.fullmatch(node.text):
        return int(node.text)
    value = float(node.text)
    return value if isfinite(value) else None


def plain_value(node: Scalar) -> bool | int | float | str | None:
    """What a scalar means where nothing particular is expected (free metadata).

    A number counts as one only when it prints back the same, so `1.10` and `007` stay text.
    """
    if not node.plain:
        return node.text
    if node.text in _NULLS:
        return None
    known = truth(node)
    if known is not None:
        return known
    value = number(node)
    if value is None or node.text not in (repr(value), number_text(value)):
        return node.text
    return value


def number_text(value: float) -> str:
    """A number as every YAML reader takes it for one: `5.0e-07`, since 1.1 wants the point."""
    mantissa, e, exponent = repr(value).partition("e")
    return f"{mantissa}.0e{exponent}" if e and "." not in mantissa else repr(value)


def describe(node: Node) -> str:
    """What was found, for messages: `a list`, `a mapping`, `the text 'x'`, `true`, `12`."""
    if isinstance(node, Sequence):
        return "a list"
    if isinstance(node, Mapping):
        return "a mapping"
    shown = node.text if len(node.text) <= 40 else node.text[:37] + "..."
    if not node.plain:
        return f"the text '{shown}'"
    if node.text in _NULLS:
        return "nothing"
    return shown if isinstance(plain_value(node), bool | int | float) else f"the text '{shown}'"


@dataclass
class IssueLog:
    """Collects the problems of one source; the only mutable thing in reading."""

    file: str | None
    checks_fragments: bool = True
    """Whether expressions and filters are parsed; without it, that is left to the graph."""

    issues: list[Issue] = field(default_factory=list)
    errors: int = 0
    dropped: int = 0

    def position(self, node: Node) -> Position | None:
        """The place of a node as the spec keeps it; None in JSON bodies."""
        if node.line is None or node.column is None:
            return None
        written = node.source if isinstance(node, Scalar) else None
        return Position(self.file, node.line, node.column, written)

    def add(
        self, at: Node | None, path: str, code: str, message: str, severity: str = "error"
    ) -> None:
        """Note a problem at a node."""
        line, column = (None, None) if at is None else (at.line, at.column)
        self.add_at(line, column, path, code, message, severity)

    def add_at(
        self,
        line: int | None,
        column: int | None,
        path: str,
        code: str,
        message: str,
        severity: str = "error",
    ) -> None:
        """Note a problem at a place; past MAX_ISSUES only their number is kept."""
        self.errors += severity == "error"
        if len(self.issues) >= MAX_ISSUES:
            self.dropped += 1
            return
        self.issues.append(Issue(self.file, line, column, path, code, message, severity))

    def all(self) -> tuple[Issue, ...]:
        """The issues in order of place, with a last one that counts those left out."""
        found = sorted(
            set(self.issues), key=lambda i: (i.line or 0, i.column or 0, i.path, i.message)
        )
        if self.dropped:
            message = f"{self.dropped} more problems are not listed: mend these first."
            found.append(Issue(self.file, None, None, "", "TOO_MANY_PROBLEMS", message))
        return tuple(found)
