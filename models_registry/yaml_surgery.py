"""Small changes of a YAML text that leave every other character as it is. Pure.

Works on the places of the parsed nodes. What cannot be done safely raises Unsupported: callers read
the result again before they trust it, and have another way.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

from semantic_layer.compiler.reading.yaml_text import yaml_text

_FLOW_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_.]*")
_ESCAPED = re.compile("[\x7f\x85\u2028\u2029\ufeff]")
_WORDS = frozenset(("y", "n", "yes", "no", "on", "off", "true", "false", "null", "none"))

MappingNode = yaml.MappingNode
SequenceNode = yaml.SequenceNode
Node = Any  # a node of PyYAML, whose type hints know neither flow style nor the parts


class Unsupported(Exception):
    """This change is not made in the text; write the text anew."""


@dataclass(frozen=True)
class _Splice:
    start: int
    end: int
    text: str


def entry(mapping: Node | None, key: str) -> tuple[Node, Node] | None:
    """Key and value node under a key; None where there is none."""
    if not isinstance(mapping, MappingNode):
        return None
    return next(((k, v) for k, v in mapping.value if k.value == key), None)


def value(mapping: Node | None, key: str) -> Node | None:
    """The value node under a key."""
    found = entry(mapping, key)
    return found[1] if found else None


def items(sequence: Node | None) -> Iterator[Node]:
    """Items of a sequence node; nothing for other nodes."""
    if isinstance(sequence, SequenceNode):
        yield from sequence.value


class Surgery:
    """Changes of one text, collected and made together."""

    def __init__(self, text: str) -> None:
        self.text = text
        # The C loader recurses without a bound: only texts that our reader took come here.
        self.roots: list[Node] = list(yaml.compose_all(text, Loader=yaml.CSafeLoader))
        self._splices: list[_Splice] = []

    def result(self) -> str:
        """The text with all changes. Raises Unsupported when two of them meet."""
        done, end = [], 0
        for splice in sorted(self._splices, key=lambda item: (item.start, item.end)):
            if splice.start < end:
                raise Unsupported
            done += [self.text[end : splice.start], splice.text]
            end = splice.end
        return "".join((*done, self.text[end:]))

    # ------------------------------------------------------------ mappings

    def set_value(self, mapping: Node, key: str, new: Any) -> None:
        """Another value under a key that is there."""
        found = entry(mapping, key)
        if found is None:
            raise Unsupported
        key_node, old = found
        if mapping.flow_style:
            self._splice(old.start_mark.index, self._end(old), _flow(new))
            return
        lines = _block({key: new}, mapping.start_mark.column)
        if "\n" in lines and self._has_comment(self._entry_end(key_node, old)):
            # A comment behind several lines would become part of the last one.
            lines = f"{key}: {_quoted(new) if isinstance(new, str) else _flow(new)}"
        if _is_empty(old):
            after_colon = self._after_colon(key_node)
            self._splice(after_colon, after_colon, lines.partition(":")[2])
        elif "\n" not in lines and isinstance(old, yaml.ScalarNode) and not _is_block(old):
            text = lines.partition(": ")[2]
            self._splice(old.start_mark.index, self._end(old), text)
        else:
            after_colon = self._after_colon(key_node)
            self._splice(after_colon, self._end(old), lines.partition(":")[2])

    def add_key(self, mapping: Node, key: str, new: Any) -> None:
        """A new key behind the others."""
        if not isinstance(mapping, MappingNode):
            raise Unsupported
        if mapping.flow_style:
            self._into_flow(mapping, f"{key}: {_flow(new)}")
            return
        at = self._line_end(self._end(mapping))
        pad = " " * mapping.start_mark.column
        self._splice(at, at, f"\n{pad}{_block({key: new}, mapping.start_mark.column)}")

    def remove_key(self, mapping: Node, key: str) -> None:
        """A key and its value out of the text, comments on their lines too."""
        if not isinstance(mapping, MappingNode) or len(mapping.value) < 2:
            raise Unsupported
        spans = [(k.start_mark.index, self._entry_end(k, v)) for k, v in mapping.value]
        index = next((i for i, (k, _) in enumerate(mapping.value) if k.value == key), None)
        if index is None:
            raise Unsupported
        self._remove(spans, index, in_flow=bool(mapping.flow_style))

    # ------------------------------------------------------------ sequences

    def add_item(self, sequence: Node, new: Any) -> None:
        """A new item behind the others."""
        if not isinstance(sequence, SequenceNode):
            raise Unsupported
        if sequence.flow_style:
            self._into_flow(sequence, _flow(new))
            return
        at = self._line_end(self._end(sequence))
        column = sequence.start_mark.column
        self._splice(at, at, f"\n{' ' * column}- {_item(new, column + 2)}")

    def set_item(self, sequence: Node, item: Node, new: Any) -> None:
        """Another item in the place of one."""
        start, end = item.start_mark.index, self._end(item)
        text = _flow(new) if sequence.flow_style else _item(new, item.start_mark.column)
        if not sequence.flow_style and isinstance(item, MappingNode) and item.flow_style:
            text = _flow(new)
        self._splice(start, end, text)

    def remove_item(self, sequence: Node, item: Node) -> None:
        """An item out of the text."""
        if not isinstance(sequence, SequenceNode) or len(sequence.value) < 2:
            raise Unsupported
        index = sequence.value.index(item)
        in_flow = bool(sequence.flow_style)
        spans = [
            (node.start_mark.index if in_flow else self._dash(node), self._end(node))
            for node in sequence.value
        ]
        self._remove(spans, index, in_flow=in_flow)

    # ------------------------------------------------------------ places

    def _splice(self, start: int, end: int, text: str) -> None:
        self._splices.append(_Splice(start, end, text))

    def _remove(self, spans: list[tuple[int, int]], index: int, *, in_flow: bool) -> None:
        start, end = spans[index]
        line_start = self.text.rfind("\n", 0, start) + 1
        if in_flow and index + 1 == len(spans):
            self._splice(spans[index - 1][1], end, "")
        elif in_flow or self.text[line_start:start].strip():
            # The first key of a list item shares its line with the dash, which stays.
            if index + 1 == len(spans):
                raise Unsupported
            self._splice(start, spans[index + 1][0], "")
        else:
            self._splice(line_start, min(self._line_end(end) + 1, len(self.text)), "")

    def _into_flow(self, node: MappingNode | SequenceNode, text: str) -> None:
        if not node.value:
            at = node.start_mark.index + 1
            self._splice(at, at, text)
            return
        at = self._end(self._last(node))
        self._splice(at, at, f", {text}")

    def _end(self, node: Node) -> int:
        """Where the node's own text ends: parsers count blank lines and comments behind it in."""
        if isinstance(node, yaml.ScalarNode):
            start, end = node.start_mark.index, node.end_mark.index
            return start + len(self.text[start:end].rstrip()) if _is_block(node) else end
        if node.flow_style:
            return int(node.end_mark.index)
        if isinstance(node, MappingNode) and node.value:
            return self._entry_end(*node.value[-1])
        return self._end(self._last(node))

    def _entry_end(self, key: Node, node: Node) -> int:
        return self._after_colon(key) if _is_empty(node) else self._end(node)

    def _last(self, node: Node) -> Node:
        if not node.value:
            raise Unsupported
        last = node.value[-1]
        return last[1] if isinstance(node, MappingNode) else last

    def _after_colon(self, key: Node) -> int:
        end = int(key.end_mark.index)
        colon = self.text.find(":", end)
        if colon < 0 or self.text[end:colon].strip():
            raise Unsupported
        return colon + 1

    def _dash(self, item: Node) -> int:
        start = int(item.start_mark.index)
        dash = self.text.rfind("-", 0, start)
        if dash < 0 or self.text[dash + 1 : start].strip():
            raise Unsupported
        return dash

    def _has_comment(self, index: int) -> bool:
        return bool(self.text[index : self._line_end(index)].strip())

    def _line_end(self, index: int) -> int:
        found = self.text.find("\n", index)
        end = len(self.text) if found < 0 else found
        return end - 1 if self.text[end - 1 : end] == "\r" else end


def _is_empty(node: Node) -> bool:
    return isinstance(node, yaml.ScalarNode) and node.style is None and node.value == ""


def _is_block(node: Node) -> bool:
    return isinstance(node, yaml.ScalarNode) and node.style in ("|", ">")


def _block(data: dict[str, Any], column: int) -> str:
    """Entries of a block mapping, all lines but the first indented."""
    return _indented(yaml_text(data), column)


def _item(new: Any, column: int) -> str:
    """A list item without its dash, its further lines below its first character."""
    if isinstance(new, dict) and new:
        return _block(new, column)
    return _indented(yaml_text({"_": new}).removeprefix("_:").lstrip(" "), column)


def _indented(text: str, column: int) -> str:
    pad = " " * column
    lines = text.rstrip("\n").split("\n")
    return "\n".join((lines[0], *(pad + line if line else "" for line in lines[1:])))


def _flow(new: Any) -> str:
    """A value on one line, as it stands between brackets."""
    if isinstance(new, dict):
        return "{" + ", ".join(f"{_flow(k)}: {_flow(v)}" for k, v in new.items()) + "}"
    if isinstance(new, list | tuple):
        return "[" + ", ".join(_flow(item) for item in new) + "]"
    if isinstance(new, str):
        is_plain = _FLOW_PLAIN.fullmatch(new) and new.lower() not in _WORDS
        return new if is_plain else _quoted(new)
    return yaml_text({"_": new}).removeprefix("_: ").rstrip("\n")


def _quoted(text: str) -> str:
    """Double quotes with JSON's escapes, which YAML shares; YAML folds some more characters."""
    quoted = json.dumps(text, ensure_ascii=False)
    return _ESCAPED.sub(lambda match: f"\\u{ord(match.group()):04x}", quoted)
