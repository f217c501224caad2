"""The plan in words: which tables are read, joined, filtered and aggregated, in what order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlglot import exp

from semantic_layer.compiler.dialects import render
from semantic_layer.compiler.plan import (
    Aggregate,
    Compute,
    Filter,
    Join,
    Limit,
    Node,
    Output,
    Sort,
    Source,
    TimeSpine,
)


def explain(plan: Node) -> dict[str, Any]:
    """The plan as a tree of JSON values, and the same as indented text."""
    tree = _describe(plan)
    return {"tree": tree, "text": "\n".join(_lines(tree, 0))}


def _describe(node: Node) -> dict[str, Any]:
    step, inputs = _step(node)
    return {**step, "inputs": [_describe(item) for item in inputs]} if inputs else step


def _step(node: Node) -> tuple[dict[str, Any], list[Node]]:
    """What one node does, and the nodes it reads."""
    if isinstance(node, Source):
        return {"step": "read", "table": ".".join(node.table), "as": node.alias}, []
    if isinstance(node, TimeSpine):
        table = ".".join(node.table) or "generated"
        return {"step": "time spine", "table": table, "grain": node.grain.value}, []
    if isinstance(node, Join):
        return {"step": f"{node.kind} join", "on": _text(node.on)}, [node.left, node.right]
    if isinstance(node, Filter):
        return {"step": "filter", "condition": _text(node.condition)}, [node.input]
    if isinstance(node, Aggregate):
        keys, values = _names(node.keys), _columns(node.values)
        return {"step": "aggregate", "name": node.name, "by": keys, "values": values}, [node.input]
    if isinstance(node, Compute):
        columns = _columns(node.columns)
        return {"step": "compute", "name": node.name, "columns": columns}, [node.input]
    if isinstance(node, Sort):
        order = [f"{k.column}{' descending' if k.descending else ''}" for k in node.keys]
        return {"step": "sort", "by": order}, [node.input]
    assert isinstance(node, Limit)
    return {"step": "limit", "rows": node.count}, [node.input]


def _names(outputs: Sequence[Output]) -> list[str]:
    return [output.name for output in outputs]


def _columns(outputs: Sequence[Output]) -> dict[str, str]:
    return {output.name: _text(output.expr) or "" for output in outputs}


def _text(expr: exp.Expr | None) -> str | None:
    return render(expr.copy(), "duckdb", pretty=False) if expr is not None else None


def _lines(step: dict[str, Any], depth: int) -> list[str]:
    details = [f"{k}={_plain(v)}" for k, v in step.items() if k not in ("step", "inputs") and v]
    lines = [f"{'  ' * depth}{step['step']}{': ' if details else ''}{'; '.join(details)}"]
    for item in step.get("inputs", ()):
        lines += _lines(item, depth + 1)
    return lines


def _plain(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} = {text}" for name, text in value.items())
    return ", ".join(value) if isinstance(value, list) else str(value)
