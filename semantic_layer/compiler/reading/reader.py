"""The strict reader: a node and a shape in, checked values out, every problem noted at its place.

Nothing is dropped silently: a key that is neither of the shape nor foreign is an error with a
suggestion.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from collections.abc import Mapping as AnyMapping
from dataclasses import dataclass
from typing import Any

from semantic_layer.compiler.reading.nodes import (
    MAX_FREE_DEPTH,
    IssueLog,
    Mapping,
    Node,
    Scalar,
    Sequence,
    describe,
    is_null,
    number,
    plain_value,
    truth,
)
from semantic_layer.compiler.reading.shapes import (
    Anything,
    Choice,
    Free,
    Kind,
    Many,
    Number,
    Part,
    Shape,
    Text,
    Truth,
)
from semantic_layer.compiler.spec import Position
from semantic_layer.errors import did_you_mean


class _Bad:
    """The value could not be read; its issue is in the log."""


BAD = _Bad()
_NO_VALUE = (None, BAD)


@dataclass(frozen=True, slots=True)
class Unread:
    """A part that is read later, with where it stands."""

    node: Node
    path: str
    kind: Part


@dataclass(frozen=True, slots=True)
class Record:
    """A mapping read by its shape: only keys that are present, not null and well typed."""

    node: Mapping
    path: str
    values: dict[str, Any]
    log: IssueLog

    def get(self, key: str, default: Any = None) -> Any:
        return self.values.get(key, default)

    @property
    def at(self) -> Position | None:
        return self.log.position(self.node)

    def node_of(self, key: str) -> Node:
        """The node under a key; the mapping's own for keys that a shorthand stood for or that are
        absent."""
        entry = self.node.entries.get(key)
        return self.node if entry is None else entry[1]

    def path_of(self, key: str) -> str:
        return f"{self.path}.{key}" if self.path else key

    def spoilt(self, key: str) -> bool:
        """Whether something stands under a key that could not be read."""
        return self.node.get(key) is not None and key not in self.values

    def all_read(self, key: str) -> bool:
        """Whether what stands under a key was read in full, every item of a list included."""
        node = self.node.get(key)
        value = self.values.get(key)
        if isinstance(node, Sequence):
            return isinstance(value, tuple) and len(value) == len(node.items)
        return node is None or value is not None

    def issue(self, key: str, code: str, message: str, severity: str = "error") -> None:
        """Note a problem with the value under `key` (of the mapping itself for "")."""
        node = self.node_of(key) if key else self.node
        self.log.add(node, self.path_of(key) if key else self.path, code, message, severity)


class Reader:
    """Reads nodes by shapes into records; one per source."""

    def __init__(self, shapes: AnyMapping[str, Shape], log: IssueLog) -> None:
        self.shapes = shapes
        self.log = log

    def read(self, node: Node, kind: Kind, path: str) -> Any:
        """The value of a node; BAD when an issue was noted instead."""
        return _READERS[type(kind)](self, node, kind, path)

    def record(self, unread: Unread) -> Record | None:
        """Read a part that was left for later; what is required may be missing from it."""
        return self._read_record(unread.node, unread.kind, unread.path)[0]

    def wrong(self, node: Node, path: str, expected: str) -> _Bad:
        self.log.add(node, path, "WRONG_TYPE", f"Expected {expected}, found {describe(node)}.")
        return BAD

    def _text(self, node: Node, kind: Text, path: str) -> Any:
        if not isinstance(node, Scalar) or is_null(node):
            hint = _jinja_hint(node)
            return self.wrong(node, path, f"text{hint}")
        if kind.pattern is not None and not re.fullmatch(kind.pattern, node.text):
            self.log.add(node, path, "INVALID_TEXT", f"'{node.text}' does not fit {kind.pattern}.")
            return BAD
        return node.text

    def _truth(self, node: Node, kind: Truth, path: str) -> Any:
        value = truth(node)
        return self.wrong(node, path, "true or false") if value is None else value

    def _number(self, node: Node, kind: Number, path: str) -> Any:
        value = number(node)
        expected = "a whole number" if kind.whole else "a number"
        if value is None or (kind.whole and not isinstance(value, int)):
            return self.wrong(node, path, expected)
        low, high = kind.minimum, kind.maximum
        if (low is not None and value < low) or (high is not None and value > high):
            bounds = f"at least {low:g}" if high is None else f"between {low:g} and {high:g}"
            self.log.add(node, path, "OUT_OF_RANGE", f"Must be {bounds}, found {value}.")
            return BAD
        return value

    def _choice(self, node: Node, kind: Choice, path: str) -> Any:
        if not isinstance(node, Scalar):
            return self.wrong(node, path, f"{kind.what} ({', '.join(kind.words)})")
        word = node.text.lower()
        if word in kind.words:
            return word
        hint = suggestion(kind.synonyms.get(word, word), kind.words, "One of")
        self.log.add(node, path, kind.code, f"'{node.text}' is not {kind.what}. {hint}")
        return BAD

    def _many(self, node: Node, kind: Many, path: str) -> Any:
        if isinstance(node, Sequence):
            items = [
                self.read(item, kind.item, f"{path}[{i}]") for i, item in enumerate(node.items)
            ]
            return tuple(item for item in items if item is not BAD)
        if kind.single:
            item = self.read(node, kind.item, path)
            return BAD if item is BAD else (item,)
        return self.wrong(node, path, "a list")

    def _part(self, node: Node, kind: Part, path: str) -> Any:
        if kind.truth and truth(node) is False:
            return None
        return Unread(node, path, kind) if kind.later else self._mapping(node, kind, path)

    def _mapping(self, node: Node, kind: Part, path: str) -> Any:
        record, complete = self._read_record(node, kind, path)
        return record if complete else BAD

    def _read_record(self, node: Node, kind: Part, path: str) -> tuple[Record | None, bool]:
        """The record of a mapping, and whether all it requires is there and good."""
        shape = self.shapes[kind.shape]
        mapping = _spelt_out(node, kind)
        if mapping is None:
            expected = f"a mapping ({shape.name})"
            self.wrong(node, path, f"text or {expected}" if kind.short else expected)
            return None, False
        self._report_flaws(mapping, path)
        values = {
            name: self._value(key, value, shape, f"{path}.{name}" if path else name)
            for name, (key, value) in mapping.entries.items()
        }
        good = {
            name: value for name, value in values.items() if value is not None and value is not BAD
        }
        complete = self._require(mapping, shape, path, values)
        return Record(mapping, path, good, self.log), complete

    def _value(self, key: Scalar, node: Node, shape: Shape, path: str) -> Any:
        """What stands under one key; None when it is null or not ours."""
        known = shape.keys.get(key.text)
        if known is not None:
            return None if is_null(node) else self.read(node, known.kind, path)
        if key.text in shape.foreign:
            return self._anything(node, Anything(), path)
        if shape.open:
            return self._free(node, Free(), path)
        self._unknown_key(key, shape, path)
        return None

    def _require(self, node: Mapping, shape: Shape, path: str, values: dict[str, Any]) -> bool:
        """Note required keys that are missing or empty; whether all are there and good."""
        for name in shape.required:
            if values.get(name) is None:
                entry = node.entries.get(name)
                below = f"{path}.{name}" if path else name
                state = "missing" if entry is None else "empty"
                at = node if entry is None else entry[0]
                self.log.add(at, below, "MISSING_KEY", f"'{name}' is {state} ({shape.name}).")
        return all(values.get(name, BAD) not in _NO_VALUE for name in shape.required)

    def _unknown_key(self, key: Scalar, shape: Shape, path: str) -> None:
        hint = suggestion(key.text, shape.keys, "Known here:")
        self.log.add(key, path, "UNKNOWN_KEY", f"Unknown key '{key.text}' in {shape.name}. {hint}")

    def _free(self, node: Node, kind: Free, path: str, depth: int = 1) -> Any:
        if isinstance(node, Scalar):
            return plain_value(node)
        if depth > MAX_FREE_DEPTH:
            message = f"Nested deeper than {MAX_FREE_DEPTH} levels: keep it flatter."
            self.log.add(node, path, "TOO_DEEP", message)
            return BAD
        if isinstance(node, Sequence):
            items = enumerate(node.items)
            return [self._free(item, kind, f"{path}[{i}]", depth + 1) for i, item in items]
        self._report_flaws(node, path)
        return {
            k: self._free(v, kind, f"{path}.{k}", depth + 1) for k, (_, v) in node.entries.items()
        }

    def _anything(self, node: Node, kind: Anything, path: str) -> None:
        """Pass over what other tools own; only its broken YAML is told."""
        self._free(node, Free(), path)

    def _report_flaws(self, node: Mapping, path: str) -> None:
        for flaw in node.flaws:
            self.log.add_at(flaw.line, flaw.column, path, flaw.code, flaw.message)


_READERS: AnyMapping[type[Any], Callable[[Reader, Node, Any, str], Any]] = {
    Text: Reader._text,
    Truth: Reader._truth,
    Number: Reader._number,
    Choice: Reader._choice,
    Many: Reader._many,
    Part: Reader._part,
    Free: Reader._free,
    Anything: Reader._anything,
}


def suggestion(word: str, known: Iterable[str], otherwise: str) -> str:
    """`Did you mean 'x'?`, or the whole choice when nothing is near."""
    names = list(known)
    near = did_you_mean(word, names, 1)
    return f"Did you mean '{near[0]}'?" if near else f"{otherwise} {', '.join(names)}."


def _spelt_out(node: Node, kind: Part) -> Mapping | None:
    """The mapping a node is or stands for; None when it is neither."""
    if isinstance(node, Mapping):
        return node
    if not isinstance(node, Scalar):
        return None
    if kind.short is not None:
        key = Scalar(kind.short, True, node.line, node.column)
        return Mapping({kind.short: (key, node)}, node.line, node.column)
    return Mapping({}, node.line, node.column) if kind.truth and truth(node) else None


def _jinja_hint(node: Node) -> str:
    """`{{ ... }}` without quotes is read by YAML as a mapping inside a mapping."""
    written = isinstance(node, Mapping) and any(f.code == "INVALID_KEY" for f in node.flaws)
    return " (put a value with {{ ... }} in quotes)" if written else ""
