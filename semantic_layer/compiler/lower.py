"""Plan -> one dialect-neutral sqlglot tree.

A node that can be said in the SELECT of its input is folded into it: joins and filters of raw
rows, the aggregate over them, and what is computed from the aggregate (its columns are put in
place). Anything else becomes a named WITH query, in the order it is needed. Takes no decision on
meaning.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from sqlglot import exp

from semantic_layer.compiler import nodes
from semantic_layer.compiler.nodes import conjunction, table
from semantic_layer.compiler.plan import (
    Aggregate,
    Compute,
    Filter,
    Join,
    Node,
    Output,
    Shared,
    Sort,
    SortKey,
    Source,
    TimeSpine,
)


@dataclass
class _Block:
    """A SELECT under construction. `columns` None: raw rows, columns still belong to the tables."""

    source: exp.Expr
    joins: list[exp.Join] = field(default_factory=list)
    where: list[exp.Expr] = field(default_factory=list)
    columns: dict[str, exp.Expr] | None = None
    name: str = ""
    keys: tuple[Output, ...] | None = None
    having: list[exp.Expr] = field(default_factory=list)
    sort: tuple[SortKey, ...] = ()
    limit: int | None = None


def lower(plan: Node) -> exp.Select:
    """The whole statement. Never fails, except for a bug."""
    lowering = _Lowering({name.casefold() for name in _plain_tables(plan)})
    select = _select(lowering.block(plan))
    for name, query in lowering.ctes.items():
        select.with_(exp.Identifier(this=name, quoted=True), as_=query, append=True, copy=False)
    return select


def _plain_tables(node: Node) -> Iterator[str]:
    """The tables named without a schema: a WITH query of such a name would hide the table."""
    if isinstance(node, (Source, TimeSpine)):
        if len(node.table) == 1:
            yield node.table[0]
        if isinstance(node, TimeSpine) and node.source is not None:
            yield from _plain_tables(node.source)
    elif isinstance(node, Join):
        yield from _plain_tables(node.left)
        yield from _plain_tables(node.right)
    else:
        yield from _plain_tables(node.input)


class _Lowering:
    def __init__(self, tables: set[str]) -> None:
        self.ctes: dict[str, exp.Select] = {}
        self._tables = tables

    def block(self, node: Node) -> _Block:
        if isinstance(node, Source):
            return _Block(table(node.table, node.alias))
        if isinstance(node, TimeSpine):
            return _Block(self._spine(node))
        if isinstance(node, Join):
            return self._join(node)
        if isinstance(node, Filter):
            return self._filter(node)
        if isinstance(node, Aggregate):
            return self._aggregate(node)
        if isinstance(node, Compute):
            return self._compute(node)
        if isinstance(node, Shared):
            return _Block(self._shared(node))
        block = self.block(node.input)
        if isinstance(node, Sort):
            block.sort = node.keys
        else:
            block.limit = node.count
        return block

    def _raw(self, node: Node) -> _Block:
        """A block whose rows can be joined and filtered further."""
        block = self.block(node)
        if block.columns is None:
            return block
        return _Block(self._named(block))

    def _isolated(self, block: _Block, alias: str) -> _Block:
        """Rows filtered before a full join meets them: afterwards it would be too late."""
        if block.columns is not None or not block.where or block.joins:
            return block
        query = _select(block)
        query.set("expressions", [exp.Star()])
        name = self._free(f"{alias}__rows")
        self.ctes.setdefault(name, query)
        return _Block(table((name,), alias))

    def _named(self, block: _Block) -> exp.Expr:
        """The block as a WITH query, and a reference to it."""
        name = self._free(block.name)
        self.ctes.setdefault(name, _select(block))
        return table((name,), block.name)

    def _shared(self, node: Shared) -> exp.Expr:
        name = self._free(node.input.name)
        if name not in self.ctes:
            self._named(self.block(node.input))
        return table((name,), node.alias)

    def _free(self, name: str) -> str:
        """The name, or a longer one where a table has it; engines do not tell case apart."""
        while name.casefold() in self._tables:
            name = f"{name}_"
        return name

    def _spine(self, node: TimeSpine) -> exp.Expr:
        if node.table:
            return table(node.table, node.alias)
        series = nodes.Series(start=node.start, end=node.end, unit=node.grain, column=node.column)
        if node.source is not None:
            bounds = self._raw(node.source)
            bounds.columns = {"first": node.start or exp.Null(), "last": node.end or exp.Null()}
            series.set("start", nodes.column("first"))
            series.set("end", nodes.column("last"))
            series.set("source", exp.Subquery(this=_select(bounds)))
        return exp.Alias(this=series, alias=exp.Identifier(this=node.alias, quoted=True))

    def _join(self, node: Join) -> _Block:
        left = self._raw(node.left)
        right = self.block(node.right)
        if node.kind == "full":
            left = self._isolated(left, _alias(node.left))
            right = self._isolated(right, _alias(node.right))
        item = right.source if right.columns is None else self._named(right)
        kind, side = ("CROSS", None) if node.kind == "cross" else ("", node.kind.upper())
        join = exp.Join(this=item)
        if side == "INNER" or kind == "CROSS":
            join.set("kind", side or kind)
        else:
            join.set("side", side)
            if side == "FULL":
                join.set("kind", "OUTER")
        if node.on is not None:
            join.set("on", node.on)
        left.joins.append(join)
        return left

    def _filter(self, node: Filter) -> _Block:
        block = self.block(node.input)
        if block.columns is None:
            block.where.append(node.condition)
        elif block.keys is not None:
            block.having.append(_inlined(node.condition, block))
        else:
            block.where.append(_inlined(node.condition, block))
        return block

    def _aggregate(self, node: Aggregate) -> _Block:
        block = self._raw(node.input)
        block.columns = {o.name: o.expr for o in (*node.keys, *node.values)}
        block.keys = node.keys
        block.name = node.name
        return block

    def _compute(self, node: Compute) -> _Block:
        block = self.block(node.input)
        block.columns = {o.name: _inlined(o.expr, block) for o in node.columns}
        block.name = node.name
        return block


def _inlined(expr: exp.Expr, block: _Block) -> exp.Expr:
    """The expression with the block's own columns replaced by what they stand for."""
    if block.columns is None:
        return expr
    if isinstance(expr, exp.Column):
        found = _definition(expr, block)
        return found.copy() if found is not None else expr
    for column in list(expr.find_all(exp.Column)):
        found = _definition(column, block)
        if found is not None:
            column.replace(_bracketed(found.copy(), column.parent))
    return expr


def _definition(column: exp.Column, block: _Block) -> exp.Expr | None:
    if block.columns is None or column.table != block.name:
        return None
    return block.columns.get(column.name)


def _bracketed(expr: exp.Expr, parent: exp.Expr | None) -> exp.Expr:
    """In brackets when put where an operator could tear it apart."""
    tight = isinstance(expr, (exp.Binary, nodes.Ratio, nodes.Remainder, nodes.TimeAdd, exp.Not))
    if tight and isinstance(parent, (exp.Binary, exp.Unary, nodes.Ratio, nodes.Remainder)):
        return exp.Paren(this=expr)
    return expr


def _alias(node: Node) -> str:
    """The alias of a table, filtered or not; other nodes are never isolated by it."""
    if isinstance(node, Filter):
        return _alias(node.input)
    return node.alias if isinstance(node, (Source, TimeSpine)) else ""


def _select(block: _Block) -> exp.Select:
    select = exp.Select()
    columns = block.columns or {}
    projections = [
        exp.Alias(this=expr, alias=exp.Identifier(this=name, quoted=True))
        if not (isinstance(expr, exp.Column) and expr.name == name)
        else expr
        for name, expr in columns.items()
    ]
    select.set("expressions", projections)
    select.set("from_", exp.From(this=block.source))
    if block.joins:
        select.set("joins", block.joins)
    if block.where:
        select.set("where", exp.Where(this=conjunction(block.where)))
    if block.keys:
        select.set("group", exp.Group(expressions=_group(block.keys, columns)))
    if block.having:
        select.set("having", exp.Having(this=conjunction(block.having)))
    if block.sort:
        select.set("order", exp.Order(expressions=[_ordered(key) for key in block.sort]))
    if block.limit is not None:
        select.set("limit", exp.Limit(expression=exp.Literal.number(block.limit)))
    return select


def _group(keys: tuple[Output, ...], columns: dict[str, exp.Expr]) -> list[exp.Expr]:
    """By position where the key stands unchanged in the select list, else by its expression."""
    positions = {name: n for n, name in enumerate(columns, start=1)}
    return [
        exp.Literal.number(positions[key.name])
        if key.name in positions and columns[key.name] == key.expr
        else key.expr.copy()
        for key in keys
    ]


def _ordered(key: SortKey) -> exp.Ordered:
    return exp.Ordered(
        this=nodes.column(key.column), desc=key.descending, nulls_first=key.nulls_first
    )
