"""The adapter's own look at a statement: one, and one that only reads.

A second guard behind the one in queries, and a coarse one: what a person may read is decided by
Unity Catalog, whose answer depends on the credential that the statement runs with.
"""

from __future__ import annotations

from sqlglot import Token, TokenType
from sqlglot.dialects.dialect import Dialect
from sqlglot.errors import TokenError

from semantic_layer.errors import SqlError, StatementRefused

_BEGINNINGS = frozenset(
    {"SELECT", "WITH", "FROM", "VALUES", "TABLE", "SHOW", "DESCRIBE", "DESC", "EXPLAIN", "("}
)
_EXPLAINABLE = frozenset({"SELECT", "WITH", "FROM", "VALUES", "TABLE", "("})
_WRITING = frozenset({"INSERT", "UPDATE", "DELETE", "MERGE"})
"""What may follow WITH or FROM, outside of any bracket."""
_BEFORE_A_NAME = frozenset({TokenType.DOT, TokenType.ALIAS, TokenType.COMMA})
_MARKS = (TokenType.COLON, TokenType.PARAMETER)


def check_statement(sql: str) -> bool:
    """Refuse all but one statement that reads; whether EXPLAIN can be put before it.

    Raises StatementRefused, or SqlError where it cannot even be cut into words.
    """
    if "${" in sql:  # Spark would put a setting of its own there, even in a text
        raise StatementRefused("`${` is not allowed: send such a text as a parameter.")
    tokens = _tokens(sql)
    ends = [index for index, token in enumerate(tokens) if token.token_type == TokenType.SEMICOLON]
    if ends and ends[0] != len(tokens) - 1:
        raise StatementRefused("There are several statements: send exactly one.")
    words = [token.text.upper() for token in tokens]
    if not words or words[0] == ";":
        raise StatementRefused("There is no statement: send exactly one.")
    if words[0] not in _BEGINNINGS:
        raise StatementRefused("Only statements that read are allowed: SELECT, SHOW, DESCRIBE.")
    _refuse_writing(tokens)
    return words[0] in _EXPLAINABLE


def marker_names(sql: str) -> frozenset[str]:
    """Names that may be parameters of the statement, `:name`; more than there are does no harm."""
    tokens = _tokens(sql)
    return frozenset(
        following.text
        for token, following in zip(tokens, tokens[1:], strict=False)
        if token.token_type in _MARKS
        and following.start == token.end + 1
        and following.text.isidentifier()
    )


def _tokens(sql: str) -> list[Token]:
    try:
        return Dialect.get_or_raise("databricks").tokenize(sql)
    except TokenError as error:
        raise SqlError("The statement cannot be read: a quote or comment has no end.") from error


def _refuse_writing(tokens: list[Token]) -> None:
    depth = 0
    before: Token | None = None
    for token in tokens:
        if token.token_type == TokenType.L_PAREN:
            depth += 1
        elif token.token_type == TokenType.R_PAREN:
            depth -= 1
        elif depth == 0 and token.text.upper() in _WRITING and not _is_a_name(token, before):
            raise StatementRefused("Only statements that read are allowed.")
        before = token


def _is_a_name(token: Token, before: Token | None) -> bool:
    """A column called `update`, quoted or after a dot, changes nothing."""
    quoted = token.token_type in (TokenType.IDENTIFIER, TokenType.STRING)
    return quoted or (before is not None and before.token_type in _BEFORE_A_NAME)
