"""One statement -> what it reads and what its columns are made of."""

from __future__ import annotations

import re
from dataclasses import dataclass

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import traverse_scope

from lineage.extract.inventory import Inventory, TableName, table_name
from lineage.extract.resolving import Output, Resolver, Source

MAX_LENGTH = 100_000
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")

# The parser and the optimizer trip over some texts instead of reporting them.
_FAILURES = (
    SqlglotError, RecursionError, ValueError, TypeError, AttributeError, KeyError, IndexError,
)  # fmt: skip


@dataclass(frozen=True)
class StatementLineage:
    """What a query reads. `outputs` are its columns in order, `conditions` the columns that decide
    which rows there are.

    `unresolved` says what of it is not known; outputs have reasons of their own.
    """

    tables: tuple[TableName, ...] = ()
    outputs: tuple[Output, ...] = ()
    conditions: frozenset[Source] = frozenset()
    unresolved: tuple[str, ...] = ()

    @property
    def reasons(self) -> tuple[str, ...]:
        """Everything that is not known, sorted."""
        of_outputs = {reason for output in self.outputs for reason in output.unresolved}
        return tuple(sorted({*self.unresolved, *of_outputs}))


def extract(sql: str, dialect: str, inventory: Inventory) -> StatementLineage:
    """The lineage of a query, or of the query in a CREATE VIEW or CREATE TABLE.

    Never raises for content: what cannot be read is unresolved. Names come in lower case.
    """
    if len(sql) > MAX_LENGTH:
        return StatementLineage(unresolved=("too long",))
    try:
        trees = [tree for tree in sqlglot.parse(sql, read=dialect) if tree is not None]
    except _FAILURES as error:
        return StatementLineage(unresolved=(f"cannot be read: {_first_line(error)}",))
    trees = [tree for tree in trees if not isinstance(tree, exp.Semicolon)]
    if len(trees) != 1:
        return StatementLineage(unresolved=("not one statement",))
    query, names = _query_of(trees[0])
    if query is None:
        tables = _tables_in(trees[0], inventory)
        return StatementLineage(tables, unresolved=(f"no query: {trees[0].key.upper()}",))
    _settle_names(query, inventory)
    tables = _tables_in(query, inventory)
    try:
        return _resolved(query, names, dialect, inventory, tables)
    except _FAILURES as error:
        return StatementLineage(tables, unresolved=(f"cannot be resolved: {_first_line(error)}",))


def _query_of(tree: exp.Expr) -> tuple[exp.Query | None, list[str]]:
    """The query that makes the rows, and the names that its columns get."""
    names: list[str] = []
    if isinstance(tree, exp.Create):
        if isinstance(tree.this, exp.Schema):
            names = [column.name.lower() for column in tree.this.expressions if column.name]
        tree = tree.expression or exp.Null()
    if isinstance(tree, exp.Subquery):
        tree = tree.unnest()
    return (tree if isinstance(tree, exp.Query) else None), names


def _resolved(
    query: exp.Query,
    names: list[str],
    dialect: str,
    inventory: Inventory,
    named: tuple[TableName, ...],
) -> StatementLineage:
    tree = qualify(
        query.copy(),
        dialect=dialect,
        catalog=inventory.catalog or None,
        db=inventory.schema if inventory.catalog else None,
        schema=inventory.schema_for(dialect),
        validate_qualify_columns=False,
        quote_identifiers=False,
        identify=False,
    )
    scopes = traverse_scope(tree)
    if not scopes:
        raise ValueError("no columns")
    resolver = Resolver(inventory, scopes)
    outputs = resolver.outputs(scopes[-1])
    conditions = resolver.conditions()
    if names and all(output.name != "*" for output in outputs):
        outputs = [
            Output(name, output.sources, output.unresolved)
            for name, output in zip(names, outputs, strict=False)
        ]
    followed = {
        full
        for scope in scopes
        for table in scope.tables
        if (full := table_name(table)) is not None
    }
    unresolved = set(conditions.unresolved) | (set() if outputs else {"no columns"})
    return StatementLineage(
        # What stands inside of a pivot or the like is named, though no scope leads to it.
        tuple(sorted(followed.union(named))),
        tuple(outputs),
        conditions.sources,
        tuple(sorted(unresolved)),
    )


def _settle_names(query: exp.Query, inventory: Inventory) -> None:
    """`a.b` is a table of a catalog's main schema where DuckDB finds no schema of that name."""
    for table in query.find_all(exp.Table):
        if table.catalog or not table.db or isinstance(table.this, exp.Func):
            continue
        here = TableName.of(inventory.catalog, table.db, table.name)
        there = TableName.of(table.db, "main", table.name)
        if inventory.columns(here) is None and inventory.columns(there) is not None:
            table.set("catalog", exp.to_identifier(table.db, quoted=True))
            table.set("db", exp.to_identifier("main"))


def _tables_in(tree: exp.Expr, inventory: Inventory) -> tuple[TableName, ...]:
    """Tables named anywhere, for a statement whose columns could not be followed."""
    ctes = {cte.alias.lower() for cte in tree.find_all(exp.CTE)}
    found = set()
    for table in tree.find_all(exp.Table):
        if isinstance(table.this, exp.Func) or not table.name:
            continue
        if not table.db and table.name.lower() in ctes:
            continue
        catalog = table.catalog or inventory.catalog
        schema = table.db or inventory.schema
        if catalog:
            found.add(TableName.of(catalog, schema, table.name))
    return tuple(sorted(found))


def _first_line(error: BaseException) -> str:
    lines = _COLOUR.sub("", str(error)).splitlines()
    return (lines[0] if lines else type(error).__name__)[:200]
