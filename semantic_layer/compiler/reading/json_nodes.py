"""JSON values to nodes: the same tree as YAML's, without places."""

from __future__ import annotations

from collections.abc import Mapping as AnyMapping
from typing import Any

from semantic_layer.compiler.reading.nodes import (
    CONTROL,
    MAX_DEPTH,
    MAX_KEY,
    MAX_NUMBER,
    IssueLog,
    Mapping,
    Node,
    Scalar,
    Sequence,
)

_NULL = Scalar("null", plain=True)


def node_of(value: Any, log: IssueLog, path: str = "", depth: int = 1) -> Node:
    """One JSON value as a node. What JSON does not have is reported and read as null."""
    if isinstance(value, str):
        return _text_of(value, log, path)
    if value is None:
        return _NULL
    if isinstance(value, bool):
        return Scalar("true" if value else "false", plain=True)
    if isinstance(value, int | float):
        return _number_of(value, log, path)
    if depth > MAX_DEPTH:
        log.add(None, path, "TOO_DEEP", f"Nested deeper than {MAX_DEPTH} levels.")
        return _NULL
    if isinstance(value, AnyMapping):
        return _mapping_of(value, log, path, depth)
    if isinstance(value, list | tuple):
        items = (node_of(v, log, f"{path}[{i}]", depth + 1) for i, v in enumerate(value))
        return Sequence(tuple(items))
    log.add(None, path, "WRONG_TYPE", f"A {type(value).__name__} is not a JSON value.")
    return _NULL


def _text_of(value: str, log: IssueLog, path: str) -> Scalar:
    unprintable = CONTROL.search(value)
    if unprintable is not None:
        message = f"Character U+{ord(unprintable.group()):04X} is not allowed: remove it."
        log.add(None, path, "CONTROL_CHARACTER", message)
        return _NULL
    return Scalar(value, plain=False)


def _number_of(value: float, log: IssueLog, path: str) -> Scalar:
    if not -MAX_NUMBER < value < MAX_NUMBER:
        log.add(None, path, "OUT_OF_RANGE", "The number is too large, or no number at all.")
        return _NULL
    return Scalar(repr(value), plain=True)


def _mapping_of(value: AnyMapping[Any, Any], log: IssueLog, path: str, depth: int) -> Mapping:
    entries: dict[str, tuple[Scalar, Node]] = {}
    for key, content in value.items():
        if not isinstance(key, str) or len(key) > MAX_KEY or CONTROL.search(key):
            message = f"A key must be text of at most {MAX_KEY} printable characters."
            log.add(None, path, "INVALID_KEY", message)
            continue
        below = f"{path}.{key}" if path else key
        entries[key] = (Scalar(key, plain=False), node_of(content, log, below, depth + 1))
    return Mapping(entries)
