"""Plain data to YAML text, the same bytes for the same data.

Written here rather than by PyYAML, because every text must read back as the same text both by
YAML 1.1 tools (`on`, `1:30`) and by our own reader, and long texts should stay readable.
"""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Iterator, Mapping
from typing import Any

from semantic_layer.compiler.reading.nodes import number_text

WIDTH = 90
_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_PLAIN = re.compile(r"[A-Za-z_](?:[A-Za-z0-9_ .,()*/+<>=!%|'-]*[A-Za-z0-9_.,()*+<>=!%|'-])?")
_WORDS = frozenset(["y", "n", "yes", "no", "on", "off", "true", "false", "null", "none"])
"""Words some YAML reader takes for something else than text."""

_NO_BLOCK = re.compile("[\t\r\x85\u2028\u2029\ufeff]")
_ESCAPED = re.compile("[\x7f\x85\u2028\u2029\ufeff]")


def yaml_text(data: Mapping[str, Any]) -> str:
    """A document of mappings, lists, texts, numbers, truth values and nulls."""
    return "".join(f"{line}\n" if line else "\n" for line in _mapping(data, 0))


def _mapping(data: Mapping[str, Any], depth: int) -> Iterator[str]:
    pad = "  " * depth
    for key, value in data.items():
        name = key if _KEY.fullmatch(key) and key.lower() not in _WORDS else _quoted(key)
        yield from _entry(f"{pad}{name}:", value, depth + 1)


def _entry(head: str, value: Any, depth: int) -> Iterator[str]:
    """A key or dash with its value: beside it where that is one line, below it otherwise."""
    if isinstance(value, Mapping) and value:
        yield head
        yield from _mapping(value, depth)
    elif isinstance(value, list | tuple) and value:
        yield head
        yield from _sequence(value, depth)
    else:
        lines = _scalar(value, depth)
        yield f"{head} {lines[0]}"
        yield from lines[1:]


def _sequence(items: Any, depth: int) -> Iterator[str]:
    dash = "  " * depth + "-"
    for item in items:
        if isinstance(item, Mapping) and item:
            lines = _mapping(item, depth + 1)
            yield f"{dash} {next(lines).lstrip(' ')}"
            yield from lines
        else:
            yield from _entry(dash, item, depth + 1)


def _scalar(value: Any, depth: int) -> list[str]:
    if isinstance(value, str):
        return _text(value, depth)
    if value is None:
        return ["null"]
    if isinstance(value, bool):
        return ["true" if value else "false"]
    if isinstance(value, int | float):
        return [number_text(value)]
    return ["{}" if isinstance(value, Mapping) else "[]"]


def _text(text: str, depth: int) -> list[str]:
    block = "\n" in text and _block(text, depth)
    if block:
        return block
    if _PLAIN.fullmatch(text) and text.lower() not in _WORDS and len(text) <= WIDTH:
        return [text]
    folded = len(text) > WIDTH and _folded(text, depth)
    return folded or [_quoted(text)]


def _block(text: str, depth: int) -> list[str]:
    """A literal block; nothing for texts that one would change."""
    if text[0].isspace() or _NO_BLOCK.search(text):
        return []
    body = text.rstrip("\n")
    ends = len(text) - len(body)
    style = "|" + ("-" if ends == 0 else "+" if ends > 1 else "")
    pad = "  " * depth
    lines = [pad + line if line else "" for line in body.split("\n")]
    return [style, *lines, *[""] * (ends - 1)]


def _folded(text: str, depth: int) -> list[str]:
    """A folded block of one long line; nothing for texts that one would change."""
    if _NO_BLOCK.search(text) or text.split() != text.split(" "):
        return []
    lines = textwrap.wrap(text, WIDTH, break_long_words=False, break_on_hyphens=False)
    if " ".join(lines) != text:
        return []
    return [">-", *("  " * depth + line for line in lines)]


def _quoted(text: str) -> str:
    """Double quotes with JSON's escapes, which YAML shares."""
    quoted = json.dumps(text, ensure_ascii=False)
    return _ESCAPED.sub(lambda match: f"\\u{ord(match.group()):04x}", quoted)
