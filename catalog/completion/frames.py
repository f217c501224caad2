"""Follows unfinished SQL token by token: open parentheses, their clauses, and the relations named
so far.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import Enum, auto

from sqlglot.tokenizer_core import Token, TokenType

from catalog.completion.relations import NAMES, Projection, Relation, is_word, merged, resolved


class Clause(Enum):
    """The part of a query a token stands in, as far as completion tells them apart."""

    START = auto()
    WITH = auto()
    SELECT = auto()
    FROM = auto()
    EXPRESSION = auto()
    LIMIT = auto()


_CLAUSES: dict[TokenType, Clause] = {
    TokenType.WITH: Clause.WITH,
    TokenType.SELECT: Clause.SELECT,
    TokenType.FROM: Clause.FROM,
    TokenType.JOIN: Clause.FROM,
    TokenType.DESCRIBE: Clause.FROM,
    TokenType.SUMMARIZE: Clause.FROM,
    TokenType.ON: Clause.EXPRESSION,
    TokenType.USING: Clause.EXPRESSION,
    TokenType.WHERE: Clause.EXPRESSION,
    TokenType.GROUP_BY: Clause.EXPRESSION,
    TokenType.HAVING: Clause.EXPRESSION,
    TokenType.QUALIFY: Clause.EXPRESSION,
    TokenType.WINDOW: Clause.EXPRESSION,
    TokenType.ORDER_BY: Clause.EXPRESSION,
    TokenType.PARTITION_BY: Clause.EXPRESSION,
    TokenType.SORT_BY: Clause.EXPRESSION,
    TokenType.CLUSTER_BY: Clause.EXPRESSION,
    TokenType.DISTRIBUTE_BY: Clause.EXPRESSION,
    TokenType.LIMIT: Clause.LIMIT,
    TokenType.OFFSET: Clause.LIMIT,
    TokenType.UNION: Clause.START,
    TokenType.EXCEPT: Clause.START,
    TokenType.INTERSECT: Clause.START,
}
_NOT_ALIASES = frozenset({"POSITIONAL", "TABLESAMPLE"})
# Words that stand before a parenthesis in FROM and name neither a table nor a function.
_NO_NAMES = frozenset({TokenType.TABLE_SAMPLE, TokenType.PIVOT, TokenType.UNPIVOT})
_OPEN_QUERY = frozenset({TokenType.SELECT, TokenType.WITH, TokenType.FROM})


@dataclass
class Frame:
    """One open parenthesis (or the statement itself) and what was read in it."""

    in_parentheses: bool = False
    is_query: bool = False
    joins: bool = False
    clause: Clause = Clause.START
    wants_table: bool = False
    after_name: bool = False
    relations: list[Relation] = field(default_factory=list)
    ctes: dict[str, Relation] = field(default_factory=dict)
    cte: str | None = None
    projection: Projection = field(default_factory=Projection)
    projected: Relation | None = None
    words: list[str] = field(default_factory=list)


class Frames:
    """The stack of open parentheses. Feed it tokens in order; no order of tokens makes it fail."""

    def __init__(self) -> None:
        self._stack = [Frame(is_query=True)]
        self._previous: TokenType | None = None
        self._after_name = False

    @property
    def current(self) -> Frame:
        return self._stack[-1]

    def visible_ctes(self) -> dict[str, Relation]:
        """CTEs by folded name; an inner one hides an outer one of its name."""
        found: dict[str, Relation] = {}
        for frame in self._stack:
            found.update(frame.ctes)
        return found

    def visible_relations(self) -> tuple[Relation, ...]:
        """What the query at the cursor reads, innermost first, then what the queries around it
        read.
        """
        ctes = self.visible_ctes()
        return tuple(
            resolved(relation, ctes)
            for frame in reversed(self._stack)
            for relation in frame.relations
        )

    def step(self, token: Token) -> None:
        kind = token.token_type
        if kind == TokenType.SEMICOLON:
            self._stack = [Frame(is_query=True)]
        elif kind == TokenType.L_PAREN:
            self._open(token)
        elif kind == TokenType.R_PAREN:
            self._close()
        elif kind in _CLAUSES and self._begins_clause(kind):
            self._begin(kind)
        else:
            self._read(token)
        self._previous = kind
        self._after_name = is_word(token) and kind not in _NO_NAMES

    # ------------------------------------------------------------ parentheses

    def _open(self, token: Token) -> None:
        frame = self.current
        inner = Frame(in_parentheses=True, after_name=self._after_name)
        if frame.clause is Clause.FROM and frame.wants_table:
            inner.joins = inner.wants_table = True
            inner.clause = Clause.FROM
        elif frame.clause is Clause.FROM and inner.after_name and frame.relations:
            self._call_of_function(frame)
        elif frame.clause is Clause.SELECT:
            frame.projection.feed(token, self._previous)
        self._stack.append(inner)

    def _call_of_function(self, frame: Frame) -> None:
        """`FROM range(`: what looked like a table is a function. `FROM t AS a(`: a list of column
        names.
        """
        last = frame.relations[-1]
        if last.tables and last.is_called(last.tables[0][-1]):
            frame.relations[-1] = Relation(None)

    def _close(self) -> None:
        if len(self._stack) == 1:
            return
        inner = self._stack.pop()
        frame = self.current
        if inner.is_query:
            self._close_query(inner, frame)
        elif inner.joins:
            frame.relations.extend(inner.relations)
            frame.wants_table = False
        elif frame.clause is Clause.WITH and frame.cte is not None:
            frame.ctes[frame.cte.casefold()] = Relation(frame.cte, columns=tuple(inner.words))
        elif frame.clause is Clause.FROM and inner.after_name and inner.words:
            self._rename_columns(frame, inner.words)

    @staticmethod
    def _rename_columns(frame: Frame, names: list[str]) -> None:
        """`AS t(a, b)`; the arguments of a function, which has no name yet, are no columns."""
        if frame.relations and frame.relations[-1].name is not None:
            frame.relations[-1] = Relation(frame.relations[-1].name, columns=tuple(names))

    def _close_query(self, inner: Frame, frame: Frame) -> None:
        self._stack.append(inner)
        relation = self._projected(inner)
        self._stack.pop()
        if frame.clause is Clause.WITH and frame.cte is not None:
            renamed = frame.ctes[frame.cte.casefold()].columns
            frame.ctes[frame.cte.casefold()] = (
                Relation(frame.cte, columns=renamed)
                if renamed
                else replace(relation, name=frame.cte)
            )
        elif frame.clause is Clause.FROM and frame.wants_table:
            frame.relations.append(relation)
            frame.wants_table = False

    def _projected(self, frame: Frame) -> Relation:
        """What a query gives to the one around it: of a UNION, the first SELECT's columns."""
        if frame.projected is not None:
            return frame.projected
        frame.projection.end_item()
        ctes = self.visible_ctes()
        known = [resolved(relation, ctes) for relation in frame.relations]
        stars = frame.projection.stars
        if not stars and not frame.projection.names:
            stars = [()]  # DuckDB's `FROM t` without SELECT
        starred = [
            relation
            for path in stars
            for relation in known
            if not path or relation.is_called(path[-1])
        ]
        return merged(starred, frame.projection.names, None)

    # ------------------------------------------------------------ clauses

    def _begins_clause(self, kind: TokenType) -> bool:
        """Whether the keyword opens a clause: EXTRACT(x FROM y) and IS DISTINCT FROM do not."""
        frame = self.current
        first = self._previous == TokenType.L_PAREN and frame.in_parentheses
        if kind == TokenType.WITH:
            return first or frame.clause is Clause.START
        if kind == TokenType.FROM:
            return (frame.is_query and self._previous != TokenType.DISTINCT) or first
        if kind == TokenType.JOIN:
            return frame.is_query or frame.joins
        if kind == TokenType.EXCEPT:
            return self._previous != TokenType.STAR  # Databricks' `* EXCEPT (a)`
        return self._previous != TokenType.DOT

    def _begin(self, kind: TokenType) -> None:
        frame = self.current
        if kind in _OPEN_QUERY and not frame.is_query:
            self._turn_into_query(frame)
        if frame.clause is Clause.SELECT:
            frame.projection.end_item()
        frame.clause = _CLAUSES[kind]
        frame.wants_table = frame.clause is Clause.FROM
        if frame.clause is Clause.START and frame.is_query:
            frame.projected = self._projected(frame)
            frame.relations = []
            frame.projection = Projection()

    @staticmethod
    def _turn_into_query(frame: Frame) -> None:
        frame.is_query = True
        frame.joins = False
        frame.relations = []

    # ------------------------------------------------------------ inside a clause

    def _read(self, token: Token) -> None:
        frame = self.current
        if is_word(token):
            frame.words.append(token.text)
        if frame.clause is Clause.FROM:
            self._read_from(frame, token)
        elif frame.clause is Clause.WITH:
            self._read_with(frame, token)
        elif frame.clause is Clause.SELECT:
            frame.projection.feed(token, self._previous)

    def _read_with(self, frame: Frame, token: Token) -> None:
        introduces = (TokenType.WITH, TokenType.COMMA, TokenType.RECURSIVE)
        is_name = is_word(token) and token.token_type != TokenType.RECURSIVE
        if self._previous in introduces and is_name:
            frame.cte = token.text
            frame.ctes[token.text.casefold()] = Relation(token.text)

    def _read_from(self, frame: Frame, token: Token) -> None:
        kind = token.token_type
        if kind == TokenType.COMMA:
            frame.wants_table = True
        elif self._previous == TokenType.DOT and frame.relations and not frame.wants_table:
            self._extend_path(frame, token)
        elif frame.wants_table and kind == TokenType.STRING:
            frame.relations.append(Relation(None))  # DuckDB's FROM 'file': columns unknown
            frame.wants_table = False
        elif frame.wants_table and is_word(token) and kind != TokenType.LATERAL:
            frame.relations.append(Relation(token.text, tables=((token.text,),)))
            frame.wants_table = False
        elif not frame.wants_table and frame.relations and self._is_alias(token):
            frame.relations[-1] = replace(frame.relations[-1], name=token.text)

    def _extend_path(self, frame: Frame, token: Token) -> None:
        last = frame.relations[-1]
        if is_word(token) and last.tables:
            frame.relations[-1] = Relation(token.text, tables=((*last.tables[0], token.text),))

    def _is_alias(self, token: Token) -> bool:
        if self._previous == TokenType.ALIAS:
            return is_word(token)
        follows_table = self._after_name or self._previous == TokenType.R_PAREN
        return (
            token.token_type in NAMES and follows_table and token.text.upper() not in _NOT_ALIASES
        )
