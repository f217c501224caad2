"""A statement as text and tokens, and places in it as people count them."""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import sqlglot
from sqlglot import Token, TokenType
from sqlglot.errors import SqlglotError, TokenError

from semantic_layer.errors import InternalError, SqlError, StatementRefused

DIALECTS = ("duckdb", "databricks")

# It warns of every statement it keeps as raw text; the guard refuses or reads those itself.
logging.getLogger("sqlglot").setLevel(logging.ERROR)


@dataclass(frozen=True)
class Text:
    """One statement in one dialect."""

    sql: str
    dialect: str

    def __post_init__(self) -> None:
        if self.dialect not in DIALECTS:
            raise InternalError(f"The guard does not know the dialect {self.dialect!r}.")

    @cached_property
    def readable(self) -> str:
        """The text as the tokenizer needs it, character for character in the same place.

        It takes `$a,$` of `$a,$b` for the opening of a dollar-quoted string; `@` is an operator
        to it, and does no harm. The statement that runs keeps its `$`.
        """
        if self.dialect != "duckdb":
            return self.sql
        return _DOLLAR_NAME.sub("@", self.sql)

    @cached_property
    def tokens(self) -> tuple[Token, ...]:
        """Raises SqlError where the text is not even made of tokens: an open string or comment."""
        try:
            return tuple(sqlglot.tokenize(self.readable, read=self.dialect))
        except TokenError as error:
            raise SqlError(
                "The statement cannot be read: a string, a quoted name or a comment is not closed.",
                **self._unclosed(),
            ) from error
        except (SqlglotError, RecursionError, ValueError, IndexError) as error:
            raise SqlError("The statement cannot be read.") from error

    def place(self, offset: int | None) -> dict[str, Any]:
        """`{line, column}` from 1 of a character offset; empty when there is none."""
        if offset is None or not 0 <= offset <= len(self.sql):
            return {}
        before = self.sql[:offset]
        return {
            "line": before.count("\n") + 1,
            "column": offset - (before.rfind("\n") + 1) + 1,
        }

    def refused(self, message: str, offset: int | None = None) -> StatementRefused:
        """The refusal of what stands at this offset."""
        return StatementRefused(message, **self.place(offset))

    def from_token(self, index: int) -> Text:
        """The same text with everything before a token blanked, so that places stay true."""
        start = self.tokens[index].start if index < len(self.tokens) else len(self.sql)
        kept = "".join(c if c == "\n" else " " for c in self.sql[:start])
        return Text(kept + self.sql[start:], self.dialect)

    def squeezed(self) -> str:
        """The text with each run of white space between tokens as one character.

        Nothing else changes: comments stay, and so does whether there was a line end, which
        decides whether two strings are one.
        """
        found: list[str] = []
        end = 0
        for token in self.tokens:
            found += (_squeezed(self.sql[end : token.start]), self.sql[token.start : token.end + 1])
            end = token.end + 1
        return "".join((*found, _squeezed(self.sql[end:]))).strip()

    def _unclosed(self) -> dict[str, Any]:
        """Where the quote or comment that never ends begins: the place up to which tokens can be
        made.
        """
        for quote in ("'", '"', "`", "/*", "$$"):
            offset = self.sql.rfind(quote)
            if offset >= 0 and self._has_tokens(self.readable[:offset]):
                return self.place(offset)
        return {}

    def _has_tokens(self, sql: str) -> bool:
        try:
            sqlglot.tokenize(sql, read=self.dialect)
        except SqlglotError:
            return False
        return True


def _squeezed(gap: str) -> str:
    if not gap or gap.strip():
        return gap
    return "\n" if "\n" in gap or "\r" in gap else " "


_DOLLAR_NAME = re.compile(r"(?<![\w$])\$(?=[A-Za-z_]\w*(?![\w$]))")

NAME_TOKENS = frozenset({TokenType.VAR, TokenType.IDENTIFIER})
STRING_TOKENS = frozenset(
    {
        TokenType.STRING,
        TokenType.HEREDOC_STRING,
        TokenType.RAW_STRING,
        TokenType.NATIONAL_STRING,
        TokenType.BYTE_STRING,
        TokenType.UNICODE_STRING,
    }
)


def is_text(token: Token) -> bool:
    """A string of whatever form."""
    return token.token_type in STRING_TOKENS


def is_word(token: Token) -> bool:
    """A name or keyword, not a string, number or sign."""
    if token.token_type in NAME_TOKENS:
        return True
    return not is_text(token) and token.text[:1].isalpha()
