"""JSON values to nodes: the same tree as YAML's, without places."""

from __future__ import annotations

from collections.abc import Mapping as AnyMapping
from typing import Any

from semantic_layer.compiler.reading.nodes import (
    MAX_DEPTH,
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
        return Scalar(value, plain=False)
    if value is None:
        return _NULL
    if isinstance(value, bool):
        return Scalar("true" if value else "false", plain=True)
    if isinstance(value, int | float):
        return Scalar(repr(value), plain=True)
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


def _mapping_of(value: AnyMapping[Any, Any], log: IssueLog, path: str, depth: int) -> Mapping:
    entries: dict[str, tuple[Scalar, Node]] = {}
    for key, content in value.items():
        if not isinstance(key, str):
            log.add(None, path, "INVALID_KEY", f"Key {key!r} must be text.")
            continue
        below = f"{path}.{key}" if path else key
        entries[key] = (Scalar(key, plain=False), node_of(content, log, below, depth + 1))
    return Mapping(entries)
