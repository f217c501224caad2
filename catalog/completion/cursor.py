"""What the place of the cursor asks for, read from the SQL before it.

The SQL is unfinished by nature, so it is tokenised, never parsed: a stack of open parentheses, the
clause each of them is in, and the relations named so far are enough, and no input can make it fail.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from sqlglot.dialects.dialect import Dialect
from sqlglot.errors import TokenError
from sqlglot.tokenizer_core import Token, TokenType

from catalog.completion.frames import Clause, Frame, Frames
from catalog.completion.relations import OPERAND_ENDS, Path, Relation, is_word

# Stands for the word being typed; found again as the last token unless the cursor is inside a
# string or comment.
_MARK = "zqcursorqz"
_LAST_WORD = re.compile(r"[\w$]*\Z")
_IDENTIFIER_QUOTES = ('"', "`")


class Expect(StrEnum):
    """What may stand at the cursor."""

    ANYTHING = "anything"
    TABLE = "table"
    COLUMN = "column"
    KEYWORD = "keyword"
    NOTHING = "nothing"


@dataclass(frozen=True)
class Cursor:
    """The word at the cursor, what qualifies it, and what is in reach.

    `stem` is the part of the prefix before the word, kept as typed; `path` holds the names before
    the word's last dot, from the prefix and the context; `relations` are innermost first; `ctes`
    are those a FROM may name.
    """

    expect: Expect
    word: str = ""
    stem: str = ""
    path: Path = ()
    quoted: bool = False
    relations: tuple[Relation, ...] = ()
    ctes: tuple[Relation, ...] = ()


def read_cursor(context: str, prefix: str, dialect: str) -> Cursor:
    """Where the cursor stands, given the SQL before it and the text typed last.

    The context may or may not already end with the prefix: editors do either. Never raises.
    """
    word = _last_word(prefix)
    stem = prefix[: len(prefix) - len(word)]
    tokens, quoted = _tokens(_head(context, prefix, stem) + stem + _MARK, dialect)
    if quoted:  # a quoted name may hold any character: `"Order Da` is one word
        inner = tokens[-1].text.removesuffix(_MARK)
        word, stem = inner + word, stem.removesuffix(inner)
    elif not tokens or tokens[-1].text != _MARK:
        return Cursor(Expect.NOTHING)
    path, before = _path(tokens[:-1])
    if path is None:
        return Cursor(Expect.NOTHING)
    frames = Frames()
    for token in before:
        frames.step(token)
    return Cursor(
        expect=_expected(before, frames),
        word=word,
        stem=stem,
        path=path,
        quoted=quoted,
        relations=frames.visible_relations(),
        ctes=tuple(frames.visible_ctes().values()),
    )


def _last_word(prefix: str) -> str:
    found = _LAST_WORD.search(prefix)
    return found.group() if found else ""


def _head(context: str, prefix: str, stem: str) -> str:
    """The context, ready to be continued, without what of the prefix it already ends with.

    That is all of the prefix, or some of what comes before its last word (`gold.`, a quote).
    """
    stems = (stem[:end] for end in range(len(stem), 0, -1) if not _is_word_character(stem[end - 1]))
    for typed in (prefix, *stems):
        if typed and context[-len(typed) :].lower() == typed.lower():
            head = context[: -len(typed)]
            if not _is_word_character(head[-1:]):
                return head
    return context + " " if _is_word_character(context[-1:]) else context


def _is_word_character(character: str) -> bool:
    return character.isalnum() or character in ("_", "$")


def _tokens(text: str, dialect: str) -> tuple[list[Token], bool]:
    """Tokens of the text, and whether the mark stands in a quoted identifier that is still open."""
    tokenizer = Dialect.get_or_raise(dialect)
    try:
        return list(tokenizer.tokenize(text)), False
    except TokenError:
        pass  # open at the end: a string, a comment, or an identifier, which can be completed
    for quote in _IDENTIFIER_QUOTES:
        try:
            tokens = list(tokenizer.tokenize(text + quote))
        except TokenError:
            continue
        if (
            tokens
            and tokens[-1].token_type == TokenType.IDENTIFIER
            and tokens[-1].text.endswith(_MARK)
        ):
            return tokens, True
    return [], False


def _path(tokens: list[Token]) -> tuple[Path | None, list[Token]]:
    """The names before the word (`gold.flights.`) and the tokens before them; None where a dot
    follows no name.
    """
    names: list[str] = []
    end = len(tokens)
    while end and tokens[end - 1].token_type == TokenType.DOT:
        if end < 2 or not is_word(tokens[end - 2]):
            return None, []
        names.append(tokens[end - 2].text)
        end -= 2
    return tuple(reversed(names)), tokens[:end]


def _expected(before: list[Token], frames: Frames) -> Expect:
    frame = frames.current
    previous = before[-1].token_type if before else None
    if previous == TokenType.PARAMETER:
        return Expect.NOTHING
    if previous == TokenType.DCOLON:
        return Expect.KEYWORD
    if frame.clause is Clause.FROM:
        return _in_from(frame, previous)
    if frame.clause is Clause.WITH:
        return Expect.KEYWORD if previous in OPERAND_ENDS else Expect.NOTHING
    if frame.clause is Clause.LIMIT:
        return Expect.KEYWORD
    if frame.clause is Clause.START and not frame.in_parentheses:
        return Expect.ANYTHING
    return _in_expression(before, frame, previous)


def _in_from(frame: Frame, previous: TokenType | None) -> Expect:
    if frame.wants_table:
        # `FROM (` opens a subquery as often as a join.
        return Expect.ANYTHING if previous == TokenType.L_PAREN else Expect.TABLE
    return Expect.NOTHING if previous == TokenType.ALIAS else Expect.KEYWORD


def _in_expression(before: list[Token], frame: Frame, previous: TokenType | None) -> Expect:
    if previous == TokenType.ALIAS:
        # `x AS <new name>` asks for nothing, `CAST(x AS <type>` for a type.
        return Expect.NOTHING if frame.clause is Clause.SELECT else Expect.KEYWORD
    if previous in OPERAND_ENDS:
        return Expect.KEYWORD
    if previous == TokenType.STAR and (len(before) < 2 or not _is_operand(before[-2])):
        return Expect.KEYWORD
    return Expect.COLUMN


def _is_operand(token: Token) -> bool:
    return token.token_type in OPERAND_ENDS
