"""Aggregated branches -> one answer: full outer joins on the group-by tuple, then the metrics'
arithmetic."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlglot import exp

from semantic_layer.compiler import nodes, times
from semantic_layer.compiler.branch import Branch
from semantic_layer.compiler.expansion import leaf_name, leaf_number
from semantic_layer.compiler.filters import ref_number
from semantic_layer.compiler.frame import Frame
from semantic_layer.compiler.grouping import KeyColumn
from semantic_layer.compiler.nodes import column, conjunction
from semantic_layer.compiler.plan import Compute, Filter, Join, Node, Output
from semantic_layer.compiler.presence import PRESENT, settle
from semantic_layer.compiler.query_spec import FieldRef, Predicate
from semantic_layer.errors import QueryError

ANSWER = "answer"


def combine(
    branches: tuple[Branch, ...],
    frame: Frame,
    metrics: Sequence[str],
    expressions: dict[str, exp.Expr],
    after: Sequence[Predicate],
    name: str = ANSWER,
) -> Node:
    """The answer's rows: keys in order, then metrics; conditions on metrics applied last."""
    places = _Places(branches, frame.keys)
    placed = {metric: places.put(tree) for metric, tree in expressions.items()}
    node = joined(places.branches(), frame.keys)
    for predicate in after:
        node = Filter(node, _after_condition(predicate, branches, frame, placed))
    outputs = [Output(key.name, _shown(key, branches, frame)) for key in frame.keys]
    outputs += [Output(name, placed[name].copy()) for name in metrics]
    return Compute(node, name, tuple(outputs))


def joined(branches: tuple[Branch, ...], keys: tuple[KeyColumn, ...]) -> Node:
    """The branches side by side. Null keys match null keys; a row of one branch never vanishes."""
    node: Node = branches[0].node
    for position, branch in enumerate(branches[1:], start=1):
        if not keys:
            node = Join(node, branch.node, "cross")
            continue
        before = branches[:position]
        matches: list[exp.Expr] = [
            exp.NullSafeEQ(this=merged_key(key, before), expression=column(key.name, branch.name))
            for key in keys
        ]
        node = Join(node, branch.node, "full", conjunction(matches))
    return node


def merged_key(key: KeyColumn, branches: Sequence[Branch]) -> exp.Expr:
    """The key's value, from whichever branch has the row."""
    values: list[exp.Expr] = [column(key.name, branch.name) for branch in branches]
    if len(values) == 1:
        return values[0]
    return exp.Coalesce(this=values[0], expressions=values[1:])


def _shown(key: KeyColumn, branches: Sequence[Branch], frame: Frame) -> exp.Expr:
    """The key as the answer shows it: instants of a sub-daily bucket become local time again."""
    value = merged_key(key, branches)
    if key.kind != "time" or key.ref.grain is None or frame.zone in (None, times.UTC):
        return value
    if key.standard_grain is None or not key.standard_grain.is_subdaily:
        return value
    return nodes.ZoneShift(this=value, source=times.UTC, target=frame.zone, typed=True)


class _Places:
    """Where each leaf is found: its branch and column; and the branches that must tell their rows
    apart from nulls."""

    def __init__(self, branches: tuple[Branch, ...], keys: tuple[KeyColumn, ...]) -> None:
        self._branches = branches
        self._keys = keys
        self._leaves = {leaf.number: leaf.column for b in branches for leaf in b.leaves}
        self._owner = {leaf_name(leaf.number): b.name for b in branches for leaf in b.leaves}
        self._tested: set[str] = set()

    def put(self, tree: exp.Expr) -> exp.Expr:
        """The expansion with each leaf replaced by its column in its branch."""
        holder = exp.Paren(this=tree)
        self._tested |= settle(holder, self._others, self._owner)
        for found in list(holder.find_all(exp.Column)):
            number = leaf_number(found)
            if number is not None:
                found.replace(column(self._leaves[number], self._owner[found.name]))
        result: exp.Expr = holder.this
        result.pop()
        return result

    def _others(self, tree: exp.Expr) -> bool:
        """Whether a branch that the tree does not read can bring groups of its own."""
        read = {self._owner.get(found.name) for found in tree.find_all(exp.Column)}
        return bool(self._keys) and any(b.name not in read for b in self._branches)

    def branches(self) -> tuple[Branch, ...]:
        """The branches, with a column that says so where their presence is tested."""
        return tuple(
            _marked(b, self._keys) if b.name in self._tested else b for b in self._branches
        )


def _marked(branch: Branch, keys: tuple[KeyColumn, ...]) -> Branch:
    """The branch with a column that is true in each of its rows."""
    names = [*(key.name for key in keys), *(leaf.column for leaf in branch.leaves)]
    outputs = [Output(name, column(name, branch.name)) for name in names]
    outputs.append(Output(PRESENT, exp.Boolean(this=True)))
    return replace(branch, node=Compute(branch.node, branch.name, tuple(outputs)))


def _after_condition(
    predicate: Predicate,
    branches: tuple[Branch, ...],
    frame: Frame,
    metrics: dict[str, exp.Expr],
) -> exp.Expr:
    """A condition on metrics (and group-by columns) in terms of the joined branches."""
    holder = exp.Paren(this=predicate.tree.copy())
    for found in list(holder.find_all(exp.Column)):
        ref = predicate.refs[ref_number(found)]
        if isinstance(ref, FieldRef) and ref.name in metrics:
            value = metrics[ref.name].copy()
            found.replace(value if isinstance(value, exp.Column) else exp.Paren(this=value))
            continue
        key = next((k for k in frame.keys if k.answers_to(_written(ref))), None)
        if key is None:
            raise QueryError(
                f"This condition mixes a metric with '{ref.name}', which is not in group_by: add "
                f"it there, "
                "or write two conditions.",
                code="INVALID_FILTER",
                path=predicate.path,
            )
        found.replace(merged_key(key, branches))
    result: exp.Expr = frame.binder.bound(holder).this
    result.pop()
    return result


def _written(ref: object) -> str:
    return ref.column if isinstance(ref, FieldRef) else ""
