"""Named parameters in a statement: `:name` and `$name` both count, in either dialect.

Found by tokens, so that nothing inside strings and comments is one, nor a cast (`::`), a slice
(`a[1:n]`), a struct (`{a: x}`), a prefix alias (`a: 1`) or a JSON path (`col:a.b`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlglot import Token, TokenType

from queries.guard.text import NAME_TOKENS, STRING_TOKENS, Text
from semantic_layer.errors import SqlError, did_you_mean

_MARKER = {"duckdb": "$", "databricks": ":"}
_OPERAND_ENDS = (
    NAME_TOKENS
    | STRING_TOKENS
    | {
        TokenType.NUMBER,
        TokenType.R_PAREN,
        TokenType.R_BRACKET,
        TokenType.R_BRACE,
    }
)


@dataclass(frozen=True)
class Marker:
    """One use of a parameter: its name and the offset of its sign."""

    name: str
    offset: int


def find_markers(text: Text) -> tuple[Marker, ...]:
    """All parameters of the statement in order. Raises SqlError for positional ones."""
    tokens = text.tokens
    found: list[Marker] = []
    for index, token in enumerate(tokens):
        following = tokens[index + 1] if index + 1 < len(tokens) else None
        if token.token_type == TokenType.PLACEHOLDER and _is_operand(tokens, index):
            raise _positional(text, token)
        if not _is_adjacent(token, following):
            continue
        assert following is not None
        if token.token_type == TokenType.PARAMETER and text.sql[token.start] == "$":
            if following.token_type == TokenType.NUMBER:
                raise _positional(text, token)
            found.append(Marker(following.text, token.start))
        elif token.token_type == TokenType.COLON and _is_operand(tokens, index):
            found.append(Marker(following.text, token.start))
    return tuple(found)


def with_native_markers(text: Text, markers: tuple[Marker, ...]) -> str:
    """The text with each parameter written as its engine wants; every other character stays where
    it is.
    """
    characters = list(text.sql)
    for marker in markers:
        characters[marker.offset] = _MARKER[text.dialect]
    return "".join(characters)


def with_values(text: Text, markers: tuple[Marker, ...]) -> str:
    """The text with a number in place of each parameter, as wide: for a parser that knows fewer
    marks.
    """
    sql = text.sql
    for marker in markers:
        end = marker.offset + 1 + len(marker.name)
        sql = f"{sql[: marker.offset]}{'1'.ljust(1 + len(marker.name))}{sql[end:]}"
    return sql


def bind(text: Text, markers: tuple[Marker, ...], values: Mapping[str, Any]) -> dict[str, Any]:
    """The value of each parameter of the statement.

    Raises SqlError for one without a value, with its place, and for a value the statement has no
    use for.
    """
    names = {marker.name for marker in markers}
    for marker in markers:
        if marker.name not in values:
            raise SqlError(
                f"The parameter {marker.name} has no value.",
                code="PARAMETER_MISSING",
                suggestions=did_you_mean(marker.name, values) or None,
                **text.place(marker.offset),
            )
    for name in values:
        if name not in names:
            raise SqlError(
                f"The statement has no parameter {name}: write :{name} where its value belongs.",
                code="PARAMETER_UNUSED",
                suggestions=did_you_mean(name, names) or None,
            )
    return {name: values[name] for name in sorted(names)}


def _is_adjacent(token: Token, following: Token | None) -> bool:
    if following is None or following.start != token.end + 1:
        return False
    if following.token_type == TokenType.NUMBER:
        return token.token_type == TokenType.PARAMETER
    return following.token_type != TokenType.IDENTIFIER and following.text.isidentifier()


def _is_operand(tokens: tuple[Token, ...], index: int) -> bool:
    """Whether a value may stand here: after an operator, a keyword or an opening bracket."""
    if index == 0:
        return False
    before, token = tokens[index - 1], tokens[index]
    if before.token_type == TokenType.L_BRACKET:
        # `a[:n]` is a slice, `[:n]` a list of one parameter.
        return not (index > 1 and tokens[index - 2].token_type in _OPERAND_ENDS)
    if before.token_type in NAME_TOKENS and before.end + 1 < token.start:
        # A word that is no keyword to the tokenizer may still be one to the parser: AT TIME ZONE
        # :zone.
        return before.token_type == TokenType.VAR
    return before.token_type not in _OPERAND_ENDS


def _positional(text: Text, token: Token) -> SqlError:
    return SqlError(
        "Parameters have names here: write :name instead of ? or $1.",
        code="PARAMETER_WITHOUT_NAME",
        **text.place(token.start),
    )
