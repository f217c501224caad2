"""SQL laid out for reading, never changed: the same tokens before and after, or nothing is done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlglot
import sqlparse
from sqlglot import Token, TokenType, exp
from sqlglot.errors import SqlglotError
from sqlparse.exceptions import SQLParseError

from queries.guard.text import Text
from semantic_layer.errors import SqlError

# Words that are written in capitals. Engines let some of them be names, so that is looked at too.
_CAPITALS = frozenset(
    (  # noqa: SIM905
        "SELECT FROM WHERE GROUP BY ORDER HAVING LIMIT UNION ALL DISTINCT AS ON AND OR NOT IN IS "
        "NULL CASE WHEN THEN ELSE END WITH JOIN INNER LEFT RIGHT FULL OUTER CROSS BETWEEN LIKE "
        "ILIKE EXISTS ASC DESC OFFSET USING OVER PARTITION INTERSECT EXCEPT QUALIFY CAST"
    ).split()
)
_UNKNOWN = "The statement could not be laid out without changing it, so it stays as it is."


@dataclass(frozen=True)
class Formatted:
    """The statement, and why it stayed as it was, where it did."""

    sql: str
    is_changed: bool
    message: str | None = None

    def body(self) -> dict[str, Any]:
        return {
            "formatted": self.sql,
            "query": self.sql,
            "changed": self.is_changed,
            "message": self.message,
        }


def formatted(sql: str, dialect: str) -> Formatted:
    """The statement in lines, its keywords in capitals. Raises SqlError for an open string or
    comment.
    """
    before = Text(sql, dialect)
    meant = _meaning(before)
    try:
        laid_out = sqlparse.format(sql, reindent=True, strip_whitespace=True).strip()
    except (SQLParseError, RecursionError):
        return Formatted(sql, False, "The statement is nested too deeply to be laid out.")
    if not _says(laid_out, dialect, meant):
        return Formatted(sql, False, _UNKNOWN)
    capital = _with_capitals(Text(laid_out, dialect))
    names = _names(sql, dialect)
    same = names is not None and _names(capital, dialect) == names
    found = capital if same and _says(capital, dialect, meant) else laid_out
    return Formatted(found, found != sql)


def _names(sql: str, dialect: str) -> list[str] | None:
    """Every name of the statement as written; None where it cannot be parsed."""
    try:
        trees = sqlglot.parse(Text(sql, dialect).readable, read=dialect)
    except (SqlglotError, RecursionError, ValueError, TypeError, AttributeError, LookupError):
        return None
    return [node.name for tree in trees if tree for node in tree.find_all(exp.Identifier)]


def _says(sql: str, dialect: str, meant: list[tuple[Any, ...]]) -> bool:
    try:
        return _meaning(Text(sql, dialect)) == meant
    except SqlError:
        return False


def _meaning(text: Text) -> list[tuple[Any, ...]]:
    """All that an engine could read out of the text: its tokens exactly as written, except for the
    case of words that are no names, its comments, and whether strings stand on one line.
    """
    found: list[tuple[Any, ...]] = []
    tokens = text.tokens
    for index, token in enumerate(tokens):
        written = text.sql[token.start : token.end + 1]
        plain = written.upper() if _is_keyword(tokens, index) else written
        comments = tuple(comment.strip() for comment in token.comments)
        after_line = index > 0 and "\n" in text.sql[tokens[index - 1].end + 1 : token.start]
        is_part = token.token_type == TokenType.STRING and _is_string(tokens, index - 1)
        found.append((token.token_type, plain, comments, after_line if is_part else None))
    return found


def _is_string(tokens: tuple[Token, ...], index: int) -> bool:
    return index >= 0 and tokens[index].token_type == TokenType.STRING


def _is_keyword(tokens: tuple[Token, ...], index: int) -> bool:
    """Whether the token is one of the words to write in capitals, and no name here."""
    token = tokens[index]
    words = token.text.upper().split()
    if (
        not words
        or not _CAPITALS.issuperset(words)
        or token.token_type
        in (
            TokenType.IDENTIFIER,
            TokenType.VAR,
            TokenType.STRING,
        )
    ):
        return False
    before = tokens[index - 1].text.upper() if index else ""
    after = tokens[index + 1].text if index + 1 < len(tokens) else ""
    return before not in (".", "AS") and after != "."


def _with_capitals(text: Text) -> str:
    parts, end = [], 0
    for index, token in enumerate(text.tokens):
        if _is_keyword(text.tokens, index):
            written = text.sql[token.start : token.end + 1]
            parts += [text.sql[end : token.start], written.upper()]
            end = token.end + 1
    return "".join((*parts, text.sql[end:]))
