"""Columns of a qualified tree -> the table columns they are made of, scope by scope."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sqlglot import exp
from sqlglot.optimizer.scope import Scope

from lineage.extract.inventory import Inventory, TableName, table_name

_CONDITIONS = (
    "where", "group", "having", "qualify", "order", "distinct", "sort", "cluster", "distribute",
    "connect", "windows",
)  # fmt: skip


@dataclass(frozen=True, order=True)
class Source:
    """A column of a table; `path` is the part of it that is read, where it is a struct
    (`address.city`)."""

    table: TableName
    column: str
    path: str = ""


@dataclass(frozen=True)
class Found:
    """What an expression is made of, and why that may not be all of it.

    A reason is a kind that everybody may read, a colon, and what may name what others do not see.
    """

    sources: frozenset[Source] = frozenset()
    unresolved: frozenset[str] = frozenset()

    def __or__(self, other: Found) -> Found:
        return Found(self.sources | other.sources, self.unresolved | other.unresolved)


NOTHING = Found()


@dataclass(frozen=True)
class Output:
    """A column of a statement's answer. `unresolved` says why sources may be missing."""

    name: str
    sources: frozenset[Source] = frozenset()
    unresolved: frozenset[str] = frozenset()


@dataclass
class Resolver:
    """Follows columns from the root of one statement down to tables."""

    inventory: Inventory
    scopes: Sequence[Scope]
    _outputs: dict[int, list[Output]] = field(default_factory=dict)
    _recursive: dict[int, list[Output]] = field(default_factory=dict)
    _by_expression: dict[int, Scope] = field(init=False)
    _walked: frozenset[int] = field(init=False)

    def __post_init__(self) -> None:
        self._by_expression = {id(scope.expression): scope for scope in self.scopes}
        self._walked = frozenset(map(id, self.scopes))

    def outputs(self, scope: Scope) -> list[Output]:
        """The columns that a query's scope answers with, in order."""
        key = id(scope.expression)
        if key not in self._outputs:
            self._outputs[key] = self._read(scope)
        return self._outputs[key]

    def conditions(self) -> Found:
        """What decides which rows there are: filters, joins, groups and order, anywhere."""
        found = NOTHING
        for scope in self.scopes:
            outputs = {output.name: output for output in self.outputs(scope)}
            for tree in _deciding(scope.expression):
                found |= self.sources_of(tree, scope, outputs)
        return found

    def sources_of(
        self, tree: exp.Expr, scope: Scope, named: Mapping[str, Output] | None = None
    ) -> Found:
        """What the expression is made of, subqueries in it included.

        `named` are the scope's own outputs, where the expression may use them: after SELECT.
        """
        found = NOTHING
        for node in tree.walk(prune=lambda node: isinstance(node, exp.Query)):
            if isinstance(node, exp.Query):
                inner = self._by_expression.get(id(node.unnest()))
                for output in self.outputs(inner) if inner is not None else ():
                    found |= Found(output.sources, output.unresolved)
            elif isinstance(node, exp.Column):
                own = None if named is None or node.table else named.get(node.name.lower())
                if own is not None:
                    found |= Found(own.sources, own.unresolved)
                else:
                    found |= self._column(node, scope)
            elif isinstance(node, exp.Columns):
                found |= Found(unresolved=frozenset({"columns by pattern: COLUMNS(...)"}))
        return found

    # ------------------------------------------------------------ queries

    def _read(self, scope: Scope) -> list[Output]:
        expression = scope.expression
        if isinstance(expression, exp.SetOperation):
            return self._set_operation(scope, expression)
        if isinstance(expression, exp.UDTF):
            return self._table_function(scope, expression)
        if isinstance(expression, exp.Query):
            return [self._projection(item, scope) for item in expression.selects]
        return []

    def _projection(self, item: exp.Expr, scope: Scope) -> Output:
        if item.is_star:
            return Output("*", unresolved=frozenset({_star_reason(item, scope)}))
        found = self.sources_of(item, scope)
        return Output(item.alias_or_name.lower(), found.sources, found.unresolved)

    def _set_operation(self, scope: Scope, expression: exp.SetOperation) -> list[Output]:
        left, right = scope.set_operation_scopes
        first = self.outputs(left)
        merge = _merged_by_name if expression.args.get("by_name") else _merged
        if not _is_recursive(expression):
            return merge(first, self.outputs(right))
        known = first
        # Each round follows the recursion one step further; it ends when nothing new comes.
        while True:
            self._recursive[id(left.expression)] = known
            self._outputs = {}
            after = merge(known, self.outputs(right))
            if after == known:
                return known
            known = after

    def _table_function(self, scope: Scope, expression: exp.UDTF) -> list[Output]:
        """Every column of UNNEST, EXPLODE and the like is made of what went in."""
        inner = scope.sources.get("")
        if isinstance(inner, Scope):
            outputs = self.outputs(inner)
        elif isinstance(expression.this, exp.Subquery):
            nested = self._by_expression.get(id(expression.this.unnest()))
            outputs = self.outputs(nested) if nested is not None else []
        else:
            found = NOTHING
            for part in [expression.this, *expression.expressions]:
                if isinstance(part, exp.Expr):
                    found |= self.sources_of(part, scope)
            return [Output("*", found.sources, found.unresolved)]
        names = [name.lower() for name in expression.alias_column_names]
        names += [output.name for output in outputs[len(names) :]]
        return [
            Output(name, output.sources, output.unresolved)
            for name, output in zip(names, outputs, strict=False)
        ]

    # ------------------------------------------------------------ columns

    def _column(self, column: exp.Column, scope: Scope) -> Found:
        name = column.name.lower()
        if not column.table:
            return self._joined(column, scope)
        place: Scope | None = scope
        while place is not None:
            source = place.sources.get(column.table)
            if source is not None:
                return self._from_source(source, column)
            pivoted = _pivoted(place, column.table)
            if pivoted is not None:
                return self._from_pivot(pivoted, name)
            place = place.parent
        return Found(unresolved=frozenset({f"unknown table: {column.table}.{name}"}))

    def _joined(self, column: exp.Column, scope: Scope) -> Found:
        """A column without its table: known only where USING makes one of both sides' columns."""
        name = column.name.lower()
        if any(name in (u.name.lower() for u in used) for used in _using(scope.expression)):
            sides = NOTHING
            for alias, source in scope.sources.items():
                one = self._from_source(source, exp.column(name, alias))
                sides |= NOTHING if one.unresolved else one
            if sides.sources:
                return sides
        return Found(unresolved=frozenset({f"ambiguous column: {name}"}))

    def _from_source(self, source: exp.Expr | Scope, column: exp.Column) -> Found:
        name = column.name.lower()
        if isinstance(source, Scope):
            return _named(self._outputs_seen(source), name)
        if not isinstance(source, exp.Table):
            return Found(unresolved=frozenset({f"unknown source: {name}"}))
        table = table_name(source)
        if table is None:
            return Found(unresolved=frozenset({f"{_written(source)}, column {name}"}))
        known = self.inventory.columns(table)
        if known is not None and name not in known:
            if source.args.get("pivots"):
                return self._from_pivot(source, name)
            return Found(unresolved=frozenset({f"no such column: {table}.{name}"}))
        return Found(frozenset({Source(table, name, _path(column))}))

    def _outputs_seen(self, source: Scope) -> list[Output]:
        """Outputs of a source; of a recursive query inside itself, those known so far."""
        key = id(source.expression)
        if key in self._recursive and id(source) not in self._walked:
            return self._recursive[key]
        return self.outputs(self._by_expression.get(key, source))

    def _from_pivot(self, table: exp.Table, name: str) -> Found:
        """A pivot passes other columns on; its new ones are made of what it aggregates and by
        what."""
        full = table_name(table)
        known = self.inventory.columns(full) if full is not None else None
        if full is None or known is None:
            return Found(unresolved=frozenset({f"pivot: {name} over {full or '?'}"}))
        if name in known:
            return Found(frozenset({Source(full, name)}))
        used = {
            column.name.lower()
            for pivot in table.args.get("pivots") or ()
            for column in pivot.find_all(exp.Column)
        }
        return Found(frozenset(Source(full, column) for column in used if column in known))


def _using(expression: exp.Expr) -> list[list[exp.Expr]]:
    return [join.args.get("using") or [] for join in expression.find_all(exp.Join)]


def _deciding(expression: exp.Expr) -> Iterator[exp.Expr]:
    group = expression.args.get("group")
    if isinstance(expression, exp.Query) and group is not None and group.args.get("all"):
        aggregates = (exp.AggFunc, exp.Filter)
        yield from (item for item in expression.selects if not item.find(*aggregates))
    for key in _CONDITIONS:
        value = expression.args.get(key)
        for part in value if isinstance(value, list) else [value]:
            if isinstance(part, exp.Expr):
                yield part
    yield from _join_conditions(expression)


def _join_conditions(node: exp.Expr) -> Iterator[exp.Expr]:
    """ON of each join, those inside of brackets in FROM too."""
    from_ = node.args.get("from_")
    inside = [from_.this] if isinstance(from_, exp.From) else []
    for join in node.args.get("joins") or ():
        inside.append(join.this)
        if join.args.get("on") is not None:
            yield join.args["on"]
        # In brackets the optimizer leaves USING as it is; the columns are those of both sides.
        yield from (exp.column(name.name) for name in join.args.get("using") or ())
    if isinstance(node, exp.Subquery):
        inside.append(node.this)
    for one in inside:
        if isinstance(one, exp.Table | exp.Subquery):
            yield from _join_conditions(one)


def _named(outputs: Iterable[Output], name: str) -> Found:
    star = None
    for output in outputs:
        if output.name == name:
            return Found(output.sources, output.unresolved)
        if output.name == "*":
            star = output
    if star is None:
        return Found(unresolved=frozenset({f"no such column: {name}"}))
    return Found(star.sources, star.unresolved)


def _merged(first: list[Output], second: list[Output]) -> list[Output]:
    if any(output.name == "*" for output in (*first, *second)):
        return _merged_by_name(first, second)
    return [
        Output(a.name, a.sources | b.sources, a.unresolved | b.unresolved)
        for a, b in zip(first, second, strict=False)
    ]


def _merged_by_name(first: list[Output], second: list[Output]) -> list[Output]:
    found = {output.name: output for output in first}
    for output in second:
        before = found.get(output.name, Output(output.name))
        found[output.name] = Output(
            output.name, before.sources | output.sources, before.unresolved | output.unresolved
        )
    return list(found.values())


def _is_recursive(expression: exp.Expr) -> bool:
    cte = expression.parent
    return isinstance(cte, exp.CTE) and bool(cte.parent and cte.parent.args.get("recursive"))


def _pivoted(scope: Scope, alias: str) -> exp.Table | None:
    for table in scope.tables:
        if any(pivot.alias == alias for pivot in table.args.get("pivots") or ()):
            return table
    return None


def _path(column: exp.Column) -> str:
    """The fields that are read of a struct, as far as they are written down."""
    names: list[str] = []
    node: exp.Expr = column
    while isinstance(node.parent, exp.Dot) and node.parent.this is node:
        node = node.parent
        names.append(node.name.lower())
    return ".".join(names)


def _written(source: exp.Table) -> str:
    this = source.this
    if isinstance(this, exp.Func):
        return f"table function: {this.name or this.sql_name()}".lower()
    return f"unknown catalog: of {source.name}"


def _star_reason(item: exp.Expr, scope: Scope) -> str:
    tables = [source for source in scope.sources.values() if isinstance(source, exp.Table)]
    names = sorted(_written(t) if table_name(t) is None else t.name for t in tables)
    return f"unknown columns: of {', '.join(names) or 'what * stands for'}"
