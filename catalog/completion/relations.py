"""What the SQL before the cursor reads: tables, CTEs and subqueries with the columns they bring."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from sqlglot.tokenizer_core import Token, TokenType

Path = tuple[str, ...]

NAMES = frozenset({TokenType.VAR, TokenType.IDENTIFIER})
OPERAND_ENDS = NAMES | {
    TokenType.NUMBER,
    TokenType.STRING,
    TokenType.R_PAREN,
    TokenType.R_BRACKET,
    TokenType.END,
    TokenType.TRUE,
    TokenType.FALSE,
    TokenType.NULL,
}


@dataclass(frozen=True)
class Relation:
    """One thing in FROM: the catalog's tables whose columns it has, and the columns the SQL itself
    names.

    Flat on purpose: a chain of `SELECT *` over CTEs must not grow with every level.
    """

    name: str | None
    tables: tuple[Path, ...] = ()
    columns: tuple[str, ...] = ()

    def is_called(self, name: str) -> bool:
        return self.name is not None and self.name.casefold() == name.casefold()


def merged(relations: Iterable[Relation], columns: Iterable[str], name: str | None) -> Relation:
    """The relation that has the given columns and, by a star, all of the given relations'."""
    tables: dict[Path, None] = {}
    names = dict.fromkeys(columns)
    for relation in relations:
        tables.update(dict.fromkeys(relation.tables))
        names.update(dict.fromkeys(relation.columns))
    return Relation(name, tuple(tables), tuple(names))


def resolved(relation: Relation, ctes: Mapping[str, Relation]) -> Relation:
    """The CTE that a one-part table name means, under the alias it has here; else the relation
    itself.
    """
    if len(relation.tables) != 1 or len(relation.tables[0]) != 1:
        return relation
    cte = ctes.get(relation.tables[0][0].casefold())
    return relation if cte is None else replace(cte, name=relation.name)


def is_word(token: Token) -> bool:
    """A name, or a keyword that may serve as one (`date`, `year`)."""
    return token.token_type in NAMES or token.text.isidentifier()


@dataclass
class Projection:
    """Reads a SELECT list token by token and keeps the names of its columns."""

    names: list[str] = field(default_factory=list)
    stars: list[Path] = field(default_factory=list)
    _name: str | None = None
    _path: list[str] = field(default_factory=list)
    _started: bool = False

    def feed(self, token: Token, previous: TokenType | None) -> None:
        kind = token.token_type
        if kind == TokenType.COMMA:
            self.end_item()
        elif kind == TokenType.STAR and (not self._started or previous == TokenType.DOT):
            self.stars.append(tuple(self._path))
            self._name, self._started = None, True
        elif kind == TokenType.DISTINCT and not self._started:
            return
        elif kind not in (TokenType.DOT, TokenType.ALIAS):
            self._name = token.text if self._names_item(token, previous) else None
            self._path = [*self._path, token.text] if self._name else []
            self._started = True

    def end_item(self) -> None:
        """A comma or the end of the list: what was the item's last name is the column's."""
        if self._name is not None:
            self.names.append(self._name)
        self._name, self._path, self._started = None, [], False

    def _names_item(self, token: Token, previous: TokenType | None) -> bool:
        """After AS, as the last part of a plain path, or as an alias without AS."""
        if previous == TokenType.ALIAS or previous == TokenType.DOT:
            return is_word(token)
        if not self._started:
            return is_word(token) and token.token_type not in (TokenType.CASE, TokenType.NOT)
        return token.token_type in NAMES and previous in OPERAND_ENDS
