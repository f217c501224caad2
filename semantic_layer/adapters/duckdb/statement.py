"""The engine's own reading of a statement, held against what statements may do.

A second guard behind the one in queries: that one reads SQL with another parser, and where two
parsers disagree a statement could slip through. This one walks the tree DuckDB itself built. The
engine's settings are the third line, but they must leave the attached files and the spill
directory readable, so functions that read files are refused here by name.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import duckdb

from semantic_layer.adapters.duckdb_surface import (
    RELATIONS_REFUSED,
    SCALAR_FUNCTIONS_REFUSED,
    SHOWN,
    TABLE_FUNCTIONS,
    looks_like_file,
)
from semantic_layer.errors import StatementRefused

_QUERY_NODES = frozenset({"SELECT_NODE", "SET_OPERATION_NODE", "RECURSIVE_CTE_NODE", "CTE_NODE"})
_WORD = re.compile(r"[a-z_][a-z0-9_]*")
_EXPLAIN = re.compile(
    r"\A(?:\s|--[^\n]*\n|/\*.*?\*/)*EXPLAIN\s+(?:ANALYZE\s+)?", re.IGNORECASE | re.DOTALL
)
_WRITES_IN_A_QUERY = re.compile(r"\b(?:insert|update|delete|merge|truncate|copy|attach|set)\b")


def check_statement(cursor: duckdb.DuckDBPyConnection, sql: str) -> str | None:
    """Refuse all but one read-only statement that keeps to the data.

    Gives the query inside that can be explained, blanked to its own place; None when the engine
    cannot explain it without running a part of it. Raises StatementRefused with the place; the
    engine's own syntax errors pass through untouched.
    """
    tree = _tree(cursor, sql)
    if tree is not None:
        _check_tree(tree, sql)
        return sql
    return _check_without_tree(cursor, sql)


def _check_without_tree(cursor: duckdb.DuckDBPyConnection, sql: str) -> str | None:
    statements = cursor.extract_statements(sql)
    if len(statements) != 1:
        found = "There is no" if not statements else f"There are {len(statements)}"
        plural = "s" if statements else ""
        raise StatementRefused(f"{found} statement{plural}: send exactly one.")
    kind = _kind(statements[0])
    if kind == duckdb.StatementType.EXPLAIN:
        explained = _EXPLAIN.sub(lambda match: _blank(match[0]), sql, count=1)
        if explained == sql:
            raise StatementRefused("Only EXPLAIN and EXPLAIN ANALYZE before a SELECT are allowed.")
        return check_statement(cursor, explained)
    if kind in {duckdb.StatementType.SELECT, duckdb.StatementType.MULTI}:
        # A PIVOT whose columns come from the data is several statements inside and has no tree.
        _check_words(sql)
        return None
    name = "This statement" if kind is None else str(kind).rpartition(".")[2].replace("_", " ")
    raise StatementRefused(f"{name} is not allowed: statements may only read.")


def _kind(statement: duckdb.Statement) -> duckdb.StatementType | None:
    try:
        return statement.type
    except ValueError:
        # Kinds newer than the driver's own list of them, such as UPDATE EXTENSIONS.
        return None


def _blank(text: str) -> str:
    """Spaces in place of the text, lines kept, so that places after it stay true."""
    return re.sub(r"[^\n]", " ", text)


def _tree(cursor: duckdb.DuckDBPyConnection, sql: str) -> Any:
    """The engine's tree of one SELECT; None for several statements and for what has no tree."""
    row = cursor.execute("SELECT json_serialize_sql($1)", [sql]).fetchone()
    read: dict[str, Any] = json.loads(row[0]) if row else {"error": True}
    return read["statements"] if not read["error"] and len(read["statements"]) == 1 else None


def _check_tree(tree: Any, sql: str) -> None:
    for node in _nodes(tree):
        reason = _reason(node)
        if reason is not None:
            raise StatementRefused(reason, **_place(node, sql))


def _nodes(value: Any) -> Iterator[dict[str, Any]]:
    """Every object of the tree, in order of the text. A loop, since trees may be deeper than
    Python's stack.
    """
    waiting = [value]
    while waiting:
        current = waiting.pop()
        if isinstance(current, dict):
            yield current
            waiting.extend(reversed(current.values()))
        elif isinstance(current, list):
            waiting.extend(reversed(current))


def _reason(node: dict[str, Any]) -> str | None:
    """Why this node of the engine's tree may not run; None when it may."""
    kind = str(node.get("type", ""))
    if kind.endswith("_NODE") and kind not in _QUERY_NODES:
        return f"{kind.partition('_')[0]} is not allowed: statements may only read."
    if kind == "TABLE_FUNCTION":
        name = str(node.get("function", {}).get("function_name", "")).casefold()
        if name not in TABLE_FUNCTIONS:
            return f"The table function {name} is not allowed."
    elif kind == "SHOW_REF" and node.get("show_type") == "SHOW_SPECIAL":
        name = str(node.get("table_name", "")).strip('"').casefold()
        if name not in SHOWN:
            return f"SHOW {name.upper()} is not allowed."
    elif kind == "BASE_TABLE":
        return _relation_reason(node)
    elif node.get("class") == "FUNCTION":
        name = str(node.get("function_name", "")).casefold()
        if name in SCALAR_FUNCTIONS_REFUSED:
            return f"The function {name} is not allowed: it {SCALAR_FUNCTIONS_REFUSED[name]}."
    return None


def _relation_reason(node: dict[str, Any]) -> str | None:
    parts = [str(part) for part in node.get("qualified_name", {}).get("path", ())]
    name = str(node.get("table_name", ""))
    if name.casefold() in RELATIONS_REFUSED:
        return f"{name} is not allowed: it shows the server's settings, files or statements."
    if looks_like_file(parts or [name]):
        return f"Reading files is not allowed: {name!r}. If it is a table, write its schema too."
    return None


def _place(node: dict[str, Any], sql: str) -> dict[str, Any]:
    """Line and column of a node; the engine counts bytes, and says 2^64 - 1 where it does not
    know.
    """
    location = node.get("query_location")
    encoded = sql.encode()
    if not isinstance(location, int) or location >= len(encoded):
        return {}
    before = encoded[:location].decode(errors="ignore")
    return {"line": before.count("\n") + 1, "column": len(before) - (before.rfind("\n") + 1) + 1}


def _check_words(sql: str) -> None:
    """For statements without a tree: no refused name may appear at all, not even in a string."""
    words = set(_WORD.findall(sql.casefold()))
    refused = words & (RELATIONS_REFUSED | set(SCALAR_FUNCTIONS_REFUSED))
    refused |= {word for word in words if word.startswith(("read_", "parquet_", "sniff_"))}
    refused |= words & {"glob", "getenv", "query", "query_table"}
    refused |= set(_WRITES_IN_A_QUERY.findall(sql.casefold()))
    if refused or re.search(
        r"from\s*[('\"]*[^\s]*(?:/|\.csv|\.parquet|\.json|\.duckdb)", sql, re.I
    ):
        named = ", ".join(sorted(refused)) or "a file name"
        raise StatementRefused(
            f"In a PIVOT whose columns are not listed with IN, this is not allowed: {named}."
        )
