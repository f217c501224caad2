"""YAML text to nodes: composed here from libyaml's events.

PyYAML's own composer recurses in C without a bound (a hundred thousand `[` end the process) and
resolves YAML 1.1 types; this one counts depth and what aliases expand to, keeps texts as written
and reports duplicate keys. Every problem is an issue with its place; nothing is raised for content.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from semantic_layer.compiler.reading.json_nodes import node_of
from semantic_layer.compiler.reading.nodes import (
    CONTROL,
    MAX_BYTES,
    MAX_DEPTH,
    MAX_KEY,
    Flaw,
    IssueLog,
    Mapping,
    Node,
    Scalar,
    Sequence,
)

MAX_ALIAS_NODES = 20_000
"""Nodes that aliases may add by repetition in one source; a YAML bomb needs millions."""

_NEXT_DOCUMENT = re.compile(r"^---(?=\s|$)", re.MULTILINE)
_KNOWN_TAGS = frozenset(("!", *(f"tag:yaml.org,2002:{kind}" for kind in ("str", "seq", "map"))))

_HINTS = (
    ("found character that cannot start any token", "Quote the value."),
    (
        "mapping values are not allowed",
        "Quote the value if it contains ': ', or mend the indentation.",
    ),
    ("did not find expected key", "Check the indentation here and in the lines above."),
    ("did not find expected '-' indicator", "Check the indentation of this list."),
    ("could not find expected ':'", "A key needs ': ' after it; text on several lines needs '|'."),
    ("found unexpected end of stream", "Close the quote that was opened here."),
    ("found unexpected document indicator", "Close the quote that was opened here."),
    ("found incompatible YAML document", "Remove the %YAML line."),
    ("did not find expected ',' or", "Close the bracket, or quote a value that begins with one."),
    (
        "found unknown escape character",
        "Use single quotes: a backslash is special in double quotes.",
    ),
    ("found undefined alias", "Quote the value: a leading '*' means an alias."),
    ("found duplicate anchor", "Give each anchor its own name."),
)


class _Refused(Exception):
    """Ends the composing of a source whose problem is already in the log."""


def read_yaml(text: str, log: IssueLog) -> list[Node]:
    """The documents of one source, empty ones left out; problems go to the log.

    After a syntax error reading goes on at the next `---`, so that each document tells its own.
    """
    if len(text) > MAX_BYTES or len(text.encode("utf-8", "replace")) > MAX_BYTES:
        log.add_at(None, None, "", "TOO_LARGE", f"Larger than {MAX_BYTES // 1024**2} MB: split it.")
        return []
    text = text.removeprefix("\ufeff")
    unprintable = CONTROL.search(text)
    if unprintable is not None:
        line, column = _place(text, unprintable.start())
        log.add_at(line, column, "", "CONTROL_CHARACTER", _not_allowed(unprintable))
        return []
    documents: list[Node] = []
    start = 0
    while start is not None and start < len(text):
        start = _read_from(text, start, documents, log)  # type: ignore[assignment]
    return documents


def _not_allowed(found: re.Match[str]) -> str:
    return f"Character U+{ord(found.group()):04X} is not allowed: remove it."


def _read_from(text: str, start: int, documents: list[Node], log: IssueLog) -> int | None:
    """Compose from `start` on; where to go on after a syntax error, None when all is read."""
    first_line = text.count("\n", 0, start)
    composer = _Composer(log, first_line)
    try:
        for node in composer.documents(text[start:] if start else text):
            documents.append(node)
    except _Refused:
        return None
    except yaml.MarkedYAMLError as error:
        if not start and text.lstrip()[:1] == "{":
            as_json = _json_document(text, log)
            if as_json is not None:
                documents[:] = [as_json]
                return None
        line = _report(error, text, first_line, log)
        following = _NEXT_DOCUMENT.search(text, _offset_of_line(text, line + 1))
        return following.start() if following else None
    return None


def _json_document(text: str, log: IssueLog) -> Node | None:
    """JSON that is not YAML (escaped surrogate pairs): read as JSON, without places."""
    try:
        return node_of(json.loads(text), log)
    except (ValueError, RecursionError):
        return None


@dataclass
class _Composer:
    """Events to nodes for one stream."""

    log: IssueLog
    first_line: int
    anchors: dict[str, tuple[Node, int]] = field(default_factory=dict)
    open_anchors: set[str] = field(default_factory=set)
    repeated: int = 0
    weight: int = 0
    text: str = ""

    def documents(self, text: str) -> Iterator[Node]:
        self.text = text
        events = iter(yaml.parse(text, Loader=yaml.CSafeLoader))
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                self.anchors.clear()
                node = self._node(next(events), events, 1)
                if not (isinstance(node, Scalar) and node.plain and not node.text):
                    yield node

    def _node(self, event: Any, events: Iterator[Any], depth: int) -> Node:
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event)
        self.weight += 1
        before = self.weight
        if event.anchor:
            self.anchors.pop(event.anchor, None)
            self.open_anchors.add(event.anchor)
        node = self._content(event, events, depth)
        if event.anchor:
            self.open_anchors.discard(event.anchor)
            self.anchors[event.anchor] = (node, self.weight - before + 1)
        return node

    def _content(self, event: Any, events: Iterator[Any], depth: int) -> Node:
        line, column = self._place(event)
        tag = event.tag
        if tag is not None and tag not in _KNOWN_TAGS:
            self._refuse(event, "YAML_TAG", f"Tag {tag} is not supported: remove it.")
        if isinstance(event, yaml.ScalarEvent):
            if event.style == '"' and (escaped := CONTROL.search(event.value)):
                self._refuse(event, "CONTROL_CHARACTER", _not_allowed(escaped))
            return _scalar(event, line, column, self.text)
        if depth > MAX_DEPTH:
            message = f"Nested deeper than {MAX_DEPTH} levels."
            self._refuse(event, "TOO_DEEP", message)
        if isinstance(event, yaml.SequenceStartEvent):
            items = []
            while not isinstance(item := next(events), yaml.SequenceEndEvent):
                items.append(self._node(item, events, depth + 1))
            return Sequence(tuple(items), line, column)
        return self._mapping(events, line, column, depth)

    def _mapping(self, events: Iterator[Any], line: int, column: int, depth: int) -> Mapping:
        entries: dict[str, tuple[Scalar, Node]] = {}
        merged: list[Node] = []
        flaws: list[Flaw] = []
        while not isinstance(event := next(events), yaml.MappingEndEvent):
            key = self._node(event, events, depth + 1)
            value = self._node(next(events), events, depth + 1)
            if not isinstance(key, Scalar) or len(key.text) > MAX_KEY:
                hint = "A key must be plain text; quote a value that begins with '{{' or '['."
                flaws.append(Flaw(key.line, key.column, "INVALID_KEY", hint))
            elif key.plain and key.text == "<<":
                merged.append(value)
            elif key.text in entries:
                flaws.append(_duplicate(key, entries[key.text][0]))
            else:
                entries[key.text] = (key, value)
        flaws.extend(_merge(entries, merged))
        return Mapping(entries, line, column, tuple(flaws))

    def _alias(self, event: Any) -> Node:
        if event.anchor in self.open_anchors:
            self._refuse(event, "YAML_ALIAS", f"Anchor '{event.anchor}' contains itself.")
        if event.anchor not in self.anchors:
            message = f"No anchor '&{event.anchor}' above: quote the value if '*' is meant as text."
            self._refuse(event, "YAML_ALIAS", message)
        node, weight = self.anchors[event.anchor]
        self.repeated += weight
        self.weight += weight
        if self.repeated > MAX_ALIAS_NODES:
            self._refuse(event, "YAML_ALIAS", "Aliases expand to too much: write the values out.")
        return node

    def _refuse(self, event: Any, code: str, message: str) -> None:
        self.log.add_at(*self._place(event), "", code, message)
        raise _Refused

    def _place(self, event: Any) -> tuple[int, int]:
        mark = event.start_mark
        return self.first_line + mark.line + 1, mark.column + 1


def _duplicate(key: Scalar, first: Scalar) -> Flaw:
    message = (
        f"Key '{key.text}' is written twice, first at line {first.line}, column {first.column}:"
        " remove one."
    )
    return Flaw(key.line, key.column, "DUPLICATE_KEY", message)


def _merge(entries: dict[str, tuple[Scalar, Node]], merged: list[Node]) -> Iterator[Flaw]:
    """YAML's `<<`: keys of the mappings named, where the mapping has none of its own."""
    for value in merged:
        for source in value.items if isinstance(value, Sequence) else (value,):
            if isinstance(source, Mapping):
                entries.update({k: v for k, v in source.entries.items() if k not in entries})
            else:
                message = "'<<' takes mappings to merge."
                yield Flaw(source.line, source.column, "INVALID_KEY", message)


def _scalar(event: Any, line: int, column: int, source: str) -> Scalar:
    """A scalar event as a node; an explicit `!!str` counts as quoted."""
    style, text = event.style, event.value
    start, end = event.start_mark, event.end_mark
    quotes = 2 if style in ("'", '"') else 0
    verbatim = (
        style not in ("|", ">")
        and event.tag is None
        and start.line == end.line
        and end.index - start.index == len(text) + quotes
    )
    content = column + quotes // 2 if verbatim else None
    written = None if verbatim else source[start.index : end.index]
    return Scalar(text, not style and event.tag is None, line, column, content, written)


def _report(error: yaml.MarkedYAMLError, text: str, first_line: int, log: IssueLog) -> int:
    """Log a syntax error with what to do about it; its line."""
    mark = error.problem_mark or error.context_mark
    problem = error.problem or "not valid YAML"
    if error.context == "while scanning a quoted scalar":
        mark = error.context_mark
    line = first_line + (mark.line if mark else 0) + 1
    column = (mark.column if mark else 0) + 1
    written = text[_offset_of_line(text, line) :].partition("\n")[0]
    log.add_at(
        line, column, "", "YAML_SYNTAX", f"{_sentence(problem)} {_hint(problem, written, column)}"
    )
    return line


def _hint(problem: str, written: str, column: int) -> str:
    if written[column - 1 : column] == "\t" or written[
        : len(written) - len(written.lstrip())
    ].count("\t"):
        return "Indent with spaces: YAML does not allow tabs."
    if "{{" in written:
        return "Put a value with {{ ... }} in quotes."
    return next((hint for words, hint in _HINTS if words in problem), "Check the text around here.")


def _sentence(problem: str) -> str:
    return problem[:1].upper() + problem[1:] + "."


def _place(text: str, offset: int) -> tuple[int, int]:
    """Line and column, from 1, of an offset."""
    before = text[:offset]
    return before.count("\n") + 1, offset - (before.rfind("\n") + 1) + 1


def _offset_of_line(text: str, line: int) -> int:
    """Where line `line` (from 1) begins."""
    offset = 0
    for _ in range(line - 1):
        found = text.find("\n", offset)
        if found < 0:
            return len(text)
        offset = found + 1
    return offset
