"""The plan in words: sources, joins, grains, and on which side of an aggregate each filter went."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, time
from typing import Any

from sqlglot import exp

from semantic_layer.compiler.dialects import render
from semantic_layer.compiler.filters import conjuncts
from semantic_layer.compiler.plan import (
    Aggregate,
    Compute,
    Filter,
    Join,
    Limit,
    Node,
    Output,
    Shared,
    Sort,
    Source,
    TimeSpine,
)

_PLAIN_NAME = re.compile(r'"([A-Za-z_][A-Za-z0-9_]*)"')
_PARAMETER = re.compile(r"\$(p[0-9]+)\b")
_BEFORE, _AFTER = "before aggregation", "after aggregation"

Step = dict[str, Any]


def explain(plan: Node, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The plan as a tree of JSON values, and the same as indented text; values are written out."""
    tree = _Explainer(parameters).step(plan)
    return {"tree": tree, "text": "\n".join(_drawn(tree))}


class _Explainer:
    def __init__(self, parameters: Mapping[str, Any]) -> None:
        self._values = parameters
        self._told: set[str] = set()

    def step(self, node: Node) -> Step:
        """What one node does, with the steps it reads as `inputs`."""
        said, inputs = self._said(node)
        return {**said, "inputs": [self.step(item) for item in inputs]} if inputs else said

    def _said(self, node: Node) -> tuple[Step, list[Node]]:
        if isinstance(node, Source):
            return {"step": "read", "table": ".".join(node.table), "as": node.alias}, []
        if isinstance(node, TimeSpine):
            return self._spine(node)
        if isinstance(node, Join):
            return self._joined(node)
        if isinstance(node, Filter):
            return self._filtered(node)
        if isinstance(node, Aggregate):
            grain, values = self._columns(node.keys), self._columns(node.values)
            said = {"step": "aggregate", "name": node.name, "grain": grain, "values": values}
            return said, [node.input]
        if isinstance(node, Compute):
            columns = self._columns(node.columns)
            return {"step": "compute", "name": node.name, "columns": columns}, [node.input]
        if isinstance(node, Shared):
            return self._shared(node)
        if isinstance(node, Sort):
            order = [f"{k.column}{' descending' if k.descending else ''}" for k in node.keys]
            return {"step": "sort", "by": order}, [node.input]
        assert isinstance(node, Limit)
        return {"step": "limit", "rows": node.count}, [node.input]

    def _shared(self, node: Shared) -> tuple[Step, list[Node]]:
        """The first to read it shows how it is made."""
        name = node.input.name
        if name in self._told:
            return {"step": "again", "name": name}, []
        self._told.add(name)
        return self._said(node.input)

    def _filtered(self, node: Filter) -> tuple[Step, list[Node]]:
        """Filters one upon the other are one step, each condition a line of its own."""
        conditions: list[str] = []
        inner: Node = node
        while isinstance(inner, Filter):
            conditions[:0] = [self._text(part) for part in conjuncts(inner.condition)]
            inner = inner.input
        when = _AFTER if _is_aggregated(inner) else _BEFORE
        return {"step": "filter", "when": when, "conditions": conditions}, [inner]

    def _spine(self, node: TimeSpine) -> tuple[Step, list[Node]]:
        said: Step = {"step": "time spine", "grain": node.grain.value, "as": node.alias}
        if node.table:
            return {**said, "table": ".".join(node.table)}, []
        assert node.start is not None
        assert node.end is not None
        said |= {"from": self._text(node.start), "before": self._text(node.end)}
        return said, [node.source] if node.source is not None else []

    def _joined(self, node: Join) -> tuple[Step, list[Node]]:
        """Joins onto one start are one step: a list says more than a staircase."""
        joins: list[Step] = []
        inputs: list[Node] = []
        left: Node = node
        while isinstance(left, Join):
            on = conjuncts(left.on) if left.on is not None else []
            joins.append({"kind": left.kind, "on": [self._match(part) for part in on]})
            inputs.append(left.right)
            left = left.left
        return {"step": "join", "joins": joins[::-1]}, [left, *inputs[::-1]]

    def _match(self, part: exp.Expr) -> str:
        """Aggregates meet on columns of one name; the name says it."""
        if isinstance(part, exp.NullSafeEQ) and isinstance(part.expression, exp.Column):
            return f"{part.expression.name} (nulls match nulls)"
        return self._text(part)

    def _columns(self, outputs: Sequence[Output]) -> dict[str, str]:
        return {output.name: self._text(output.expr) for output in outputs}

    def _text(self, expr: exp.Expr) -> str:
        text = _PLAIN_NAME.sub(r"\1", render(expr.copy(), "duckdb", pretty=False))
        return _PARAMETER.sub(lambda found: _value(self._values[found.group(1)]), text)


def _is_aggregated(node: Node) -> bool:
    if isinstance(node, Aggregate):
        return True
    if isinstance(node, Join):
        return _is_aggregated(node.left)
    return isinstance(node, (Filter, Compute, Shared)) and _is_aggregated(node.input)


def _value(value: Any) -> str:
    if isinstance(value, datetime) and value.time() == time.min:
        value = value.date()
    return str(value) if isinstance(value, (int, float)) else f"'{value}'"


# ---------------------------------------------------------------- as text


def _drawn(step: Step, join: Step | None = None) -> list[str]:
    """The step in its first line, more about it below, then its inputs as branches. `join` is how
    it meets the inputs before it."""
    inputs = step.get("inputs", ())
    arrival = f"{join['kind']} join " if join else ""
    details = [f"on {part}" for part in join["on"]] if join else []
    lines = [arrival + _TITLES[step["step"]](step)]
    lines += [f"{'│' if inputs else ' '}    {line}" for line in details + _details(step)]
    for number, item in enumerate(inputs):
        branch = _drawn(item, step["joins"][number - 1] if number else None)
        last = number == len(inputs) - 1
        lines.append(f"{'└─' if last else '├─'} {branch[0]}")
        lines += [f"{'  ' if last else '│ '} {line}" for line in branch[1:]]
    return lines


def _details(step: Step) -> list[str]:
    """What does not fit the first line: values and conditions, one each."""
    if step["step"] == "filter":
        return list(step["conditions"])
    named = step.get("columns", {})
    if step["step"] == "aggregate":
        named = {**step["grain"], **step["values"]}
    return [f"{name} = {text}" for name, text in named.items() if not _is_same(name, text)]


def _is_same(name: str, text: str) -> bool:
    """Whether a column is only passed on."""
    return text.rpartition(".")[2] == name or (
        text.startswith("COALESCE(")
        and all(part.rpartition(".")[2] == name for part in text[9:-1].split(", "))
    )


def _aggregate_title(step: Step) -> str:
    keys = ", ".join(step["grain"])
    return f"{step['name']}: {f'one row per {keys}' if keys else 'one row in all'}"


def _spine_title(step: Step) -> str:
    if "table" in step:
        return f"time spine {step['table']}, by {step['grain']}, as {step['as']}"
    reach = f"from {step['from']} to before {step['before']}"
    return f"each {step['grain']} {reach}, as {step['as']}"


_TITLES: dict[str, Callable[[Step], str]] = {
    "read": lambda s: f"table {s['table']} as {s['as']}",
    "time spine": _spine_title,
    "join": lambda s: "join",
    "filter": lambda s: f"keep rows, {s['when']}, where",
    "aggregate": _aggregate_title,
    "compute": lambda s: f"{s['name']}: {', '.join(s['columns'])}",
    "again": lambda s: f"{s['name']}, as above",
    "sort": lambda s: f"sort by {', '.join(s['by'])}",
    "limit": lambda s: f"the first {s['rows']} rows",
}
