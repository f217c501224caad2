"""One read-only statement that keeps to tables, or a refusal that says what and where.

By parse tree and allow-list: what the guard cannot read or does not know is refused. The
statement runs as the caller wrote it, never regenerated: the generator changes meanings here and
there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import sqlglot
from sqlglot import Token, TokenType, exp
from sqlglot.errors import ParseError, SqlglotError

from queries.guard.functions import (
    is_table_function,
    refusal_of_function,
    refusal_of_relation,
    table_functions,
)
from queries.guard.hints import hints
from queries.guard.kinds import Kind, TableName, check_start, split
from queries.guard.parameters import Marker, bind, find_markers, with_native_markers, with_values
from queries.guard.text import Text, is_text, is_word
from semantic_layer.errors import SqlError, StatementRefused

MAX_LENGTH = 10_000

_QUERIES = (exp.Query, exp.Pivot, exp.Values)
_NEVER = (
    exp.DDL,
    exp.DML,
    exp.Into,
    exp.Command,
    exp.Alter,
    exp.Analyze,
    exp.Attach,
    exp.Cache,
    exp.Comment,
    exp.Commit,
    exp.Declare,
    exp.Detach,
    exp.Drop,
    exp.Execute,
    exp.Export,
    exp.Grant,
    exp.Install,
    exp.Kill,
    exp.LoadData,
    exp.Lock,
    exp.Pragma,
    exp.QueryTransform,
    exp.Refresh,
    exp.Revoke,
    exp.Rollback,
    exp.Set,
    exp.Transaction,
    exp.TruncateTable,
    exp.Uncache,
    exp.Use,
)


@dataclass(frozen=True)
class CheckedStatement:
    """A statement that may run. `sql` is what to run: the caller's text with native parameter
    marks.

    `tables` are the relations it names, common table expressions left out; `parameters` the names
    of its parameters; `warnings` are `{message, line, column}`; `tree` is None for SHOW and
    DESCRIBE of a name.
    """

    sql: str
    dialect: str
    kind: Kind
    tables: tuple[TableName, ...] = ()
    parameters: tuple[str, ...] = ()
    warnings: tuple[dict[str, Any], ...] = ()
    tree: exp.Expr | None = field(default=None, compare=False)
    _text: Text = field(default=Text("", "duckdb"), compare=False, repr=False)
    _markers: tuple[Marker, ...] = field(default=(), compare=False, repr=False)

    def bind(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The values to run it with. Raises SqlError when one is missing or has no use."""
        return bind(self._text, self._markers, values)

    @property
    def text(self) -> Text:
        """What was checked, in tokens, with native parameter marks."""
        return self._text if self._text.sql == self.sql else Text(self.sql, self.dialect)

    @property
    def is_ordered(self) -> bool:
        """Whether the statement says in which order its rows come."""
        tree = self.tree
        return tree is not None and any(o.parent is tree for o in tree.find_all(exp.Order))


def check_statement(sql: str, dialect: str, *, max_length: int = MAX_LENGTH) -> CheckedStatement:
    """Read the statement and say that it may run.

    Raises StatementRefused for what is not allowed, SqlError for what cannot be read; both with
    `line` and `column` (from 1) in details where one place is to blame. Pure: nothing is
    executed.
    """
    text = Text(sql, dialect)
    _check_length(sql, max_length)
    _check_variables(text)
    _check_one(text)
    found = split(text)
    if found.query is None:
        named = () if found.table is None else (found.table,)
        _check_relations(named, text)
        return CheckedStatement(sql, dialect, found.kind, named, _text=text)
    query = found.query
    _check_one(query)
    check_start(query)
    markers = find_markers(query)
    _check_called_names(query)
    tree = _parse(Text(with_values(query, markers), dialect))
    _check_tree(tree, query)
    tables = tuple(dict.fromkeys(_tables(tree)))
    _check_relations(tables, query)
    return CheckedStatement(
        sql=with_native_markers(text, markers),
        dialect=dialect,
        kind=found.kind,
        tables=tables,
        parameters=tuple(dict.fromkeys(marker.name for marker in markers)),
        warnings=tuple(hints(tree, query)),
        tree=tree,
        _text=text,
        _markers=markers,
    )


def _check_length(sql: str, max_length: int) -> None:
    if len(sql) > max_length:
        raise StatementRefused(
            f"The statement has {len(sql)} characters; at most {max_length} are allowed.",
            code="STATEMENT_TOO_LONG",
        )
    if "\x00" in sql:
        raise StatementRefused("The statement holds a null character.")


def _check_variables(text: Text) -> None:
    """Spark replaces `${env:HOME}`, wherever it stands, before it reads a statement."""
    offset = text.sql.find("${") if text.dialect == "databricks" else -1
    if offset >= 0:
        raise text.refused(
            "`${` is not allowed: the warehouse would put a setting of its own there, in a text "
            "too. Send the text as a parameter.",
            offset,
        )


def _check_one(text: Text) -> None:
    """Exactly one statement; semicolons may only end it."""
    tokens = [token for token in text.tokens if token.token_type != TokenType.SEMICOLON]
    if not tokens:
        raise StatementRefused("There is no statement.", code="STATEMENT_EMPTY")
    for token in text.tokens:
        if token.token_type == TokenType.SEMICOLON and token.start < tokens[-1].start:
            after = next(other for other in tokens if other.start > token.start)
            raise text.refused("Send one statement at a time.", after.start)


def _parse(text: Text) -> exp.Expr:
    try:
        trees = [
            tree
            for tree in sqlglot.parse(text.readable, read=text.dialect)
            if tree is not None and not isinstance(tree, exp.Semicolon)
        ]
    except ParseError as error:
        raise _unreadable(error, text) from error
    except RecursionError as error:
        raise StatementRefused("The statement is nested too deeply.") from error
    except (SqlglotError, ValueError, TypeError, AttributeError, IndexError, KeyError) as error:
        # The parser trips over some malformed texts instead of reporting them.
        raise SqlError("The statement cannot be read.") from error
    if len(trees) != 1:
        raise StatementRefused("Send one statement at a time.")
    return trees[0]


def _unreadable(error: ParseError, text: Text) -> SqlError:
    """The parser's first complaint; its column is where the offending word ends."""
    first: dict[str, Any] = error.errors[0] if error.errors else {}
    line, end = first.get("line"), first.get("col")
    word = str(first.get("highlight") or "")
    if line is None or end is None:
        return SqlError("The statement cannot be read.")
    what = f"near {word!r}" if word.strip() else "at its end"
    return SqlError(
        f"The statement cannot be read {what}.",
        line=line,
        column=max(1, end - len(word.rpartition("\n")[2]) + 1),
    )


def _check_tree(tree: exp.Expr, text: Text) -> None:
    for node in tree.walk():
        if isinstance(node, _NEVER):
            raise text.refused(_never(node), _start(node))
        if isinstance(node, exp.CTE) and not isinstance(node.this, (*_QUERIES, exp.Table)):
            raise text.refused("Only a query may stand in WITH.", _start(node))
        function = _table_function(node)
        if function is not None:
            _check_table_function(function, text)
    if not isinstance(tree, _QUERIES):
        raise text.refused("Only a query is allowed here.", text.tokens[0].start)


def _never(node: exp.Expr) -> str:
    if isinstance(node, exp.Into):
        return "SELECT INTO is not allowed: statements may only read."
    if isinstance(node, exp.QueryTransform):
        return "TRANSFORM with a script is not allowed: statements may only read."
    if isinstance(node, exp.Lock):
        return "Locking rows is not allowed: statements may only read."
    if isinstance(node, exp.Command):
        return f"{node.name.upper()} is not allowed: statements may only read."
    return f"{type(node).__name__.upper()} is not allowed: statements may only read."


def _table_function(node: exp.Expr) -> exp.Expr | None:
    """The function that stands where a table may, if the node is such a place."""
    if isinstance(node, exp.Table | exp.Lateral) and isinstance(node.this, exp.Func):
        return node.this
    return None


def _check_table_function(function: exp.Expr, text: Text) -> None:
    start, end = function.meta.get("start"), function.meta.get("end")
    written = text.sql[start : end + 1].strip('"`') if start is not None and end is not None else ""
    names = {written, *_known_names(function)} - {""}
    if not any(is_table_function(name, text.dialect) for name in names):
        raise text.refused(
            f"The table function {written or sorted(names)[0].lower()} is not allowed. "
            f"Use a table, or one of {table_functions(text.dialect)} and the like.",
            start,
        )


def _known_names(function: exp.Expr) -> set[str]:
    if isinstance(function, exp.Anonymous):
        return {function.name}
    return set(function.sql_names()) if isinstance(function, exp.Func) else set()


def _check_called_names(text: Text) -> None:
    """No refused function may be called: any word before an opening bracket counts as a call."""
    for token, following in zip(text.tokens, text.tokens[1:], strict=False):
        if following.token_type != TokenType.L_PAREN or not is_word(token):
            continue
        reason = refusal_of_function(token.text, text.dialect)
        if reason is not None:
            raise text.refused(
                f"The function {token.text} is not allowed: it {reason}.", token.start
            )


def _check_relations(tables: tuple[TableName, ...], text: Text) -> None:
    for table in tables:
        written = [token for token in text.tokens if token.text == table.name]
        reason = refusal_of_relation(table.parts, text.dialect) or _refusal_of_text(written, text)
        if reason is not None:
            offset = written[0].start if written else None
            raise text.refused(f"This is not allowed: {reason}", offset)


def _refusal_of_text(written: list[Token], text: Text) -> str | None:
    """A text in the place of a table is a file to DuckDB, whose names are checked; here nothing."""
    if text.dialect == "duckdb" or not written or not all(map(is_text, written)):
        return None
    return f"{written[0].text!r} is a text, not a table. Names may stand in backticks."


def _tables(tree: exp.Expr) -> Iterator[TableName]:
    for node in tree.find_all(exp.Table):
        if isinstance(node.this, exp.Func) or not node.name:
            continue
        if not node.db and node.name.casefold() in _common_tables(node):
            continue
        yield TableName(node.name, node.db or None, node.catalog or None)


def _common_tables(node: exp.Expr) -> set[str]:
    """Names of the common table expressions that can be seen from here."""
    found: set[str] = set()
    ancestor = node.parent
    while ancestor is not None:
        if isinstance(ancestor, exp.With):
            found.update(cte.alias.casefold() for cte in ancestor.expressions)
        elif isinstance(ancestor, exp.Query):
            found.update(cte.alias.casefold() for cte in ancestor.ctes)
        ancestor = ancestor.parent
    return found


def _start(node: exp.Expr) -> int | None:
    """Where the node begins, as far as its parts remember."""
    starts = [n.meta["start"] for n in node.walk() if "start" in n.meta]
    return min(starts, default=None)
