"""Checks of single values: expressions, conditions, time zones."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from sqlglot import exp

from semantic_layer.compiler.expressions import ExpressionError, parse_expression
from semantic_layer.compiler.filters import parse_filter
from semantic_layer.compiler.reading.nodes import Scalar
from semantic_layer.compiler.reading.reader import Record
from semantic_layer.compiler.spec import Filter
from semantic_layer.errors import QueryError

_PLACE = re.compile(r"[. ]*Line (\d+), Col: (\d+)")


def check_expression(record: Record, key: str = "expr") -> exp.Expr | None:
    """The checked tree of an expression; a problem is noted at its column where that is known."""
    text = record.get(key)
    if text is None or not record.log.checks_fragments:
        return None
    try:
        return parse_expression(text)
    except ExpressionError as error:
        message = str(error)
    node = record.node_of(key)
    line, column = place_in(record, key, message)
    place = _PLACE.search(message)
    if place is not None:
        message = _PLACE.sub("", message)
        if isinstance(node, Scalar) and node.content_column is not None and place.group(1) == "1":
            column = node.content_column + max(int(place.group(2)) - 1, 0)
    record.log.add_at(line, column, record.path_of(key), "INVALID_EXPRESSION", message)
    return None


def check_filter(condition: Filter, record: Record, *, row_rule: bool = False) -> None:
    """Note it when a condition cannot be parsed; `row_rule` allows values that name the user."""
    if not record.log.checks_fragments:
        return
    source = _with_user(condition.source) if row_rule else condition.source
    try:
        parse_filter(source, "filter")
    except QueryError as error:
        line, column = place_in(record, "where_sql_template", error.message)
        record.log.add_at(line, column, record.path, "INVALID_FILTER", error.message)


def place_in(record: Record, key: str, message: str) -> tuple[int | None, int | None]:
    """Line and column of the word a message quotes, in the text under a key."""
    at = record.log.position(record.node_of(key))
    at = at.named_in(message) if at is not None else None
    return (at.line, at.column) if at is not None else (None, None)


def _with_user(tree: Any) -> Any:
    """A row rule with somebody's values in place of `user.email` and `user.groups`."""
    if isinstance(tree, Mapping):
        return {key: _with_user(value) for key, value in tree.items()}
    if isinstance(tree, list):
        return [_with_user(item) for item in tree]
    return (
        {"user.email": "a@b", "user.groups": ["a"]}.get(tree, tree)
        if isinstance(tree, str)
        else tree
    )


def check_time_zone(record: Record, name: str) -> None:
    """Note it when a time zone is not one of the tz database."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        message = f"'{name}' is no time zone: write one such as UTC or America/New_York."
        record.issue("time_zone", "INVALID_TIME_ZONE", message)
