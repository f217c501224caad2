"""Statements that may answer differently though nothing changed: they are never kept.

By name, in either dialect, wherever a word stands that could be a call: a name too many costs a
cached answer, a name too few gives a wrong one. Views and macros of the warehouse that call one are
found through their definitions.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from sqlglot import TokenType, exp

from queries.guard.text import Text, is_text, is_word
from semantic_layer.errors import SqlError

CALLS = frozenset(
    (  # noqa: SIM905 - one name per line reads worse
        # the clock
        "now today curdate getdate sysdate get_current_time get_current_timestamp "
        "current_date current_time current_timestamp current_localtime current_localtimestamp "
        "localtime localtimestamp transaction_timestamp unix_timestamp age ago "
        "pg_conf_load_time pg_postmaster_start_time "
        # chance
        "random rand randn randstr uniform uuid uuidv4 uuidv7 gen_random_uuid shuffle setseed "
        # places and numbers handed out
        "nextval currval setval monotonically_increasing_id spark_partition_id "
        "current_query current_query_id current_connection_id current_transaction_id txid_current "
        # who asks, and from where
        "current_user session_user user current_role current_recipient is_member "
        "is_account_group_member current_catalog current_database current_schema current_schemas "
        "current_metastore current_timezone current_setting getvariable in_search_path "
        # what the engine says of itself
        "stats vector_type write_log sleep_ms pg_sleep error"
    ).split()
)
_WITHOUT_BRACKETS = frozenset(
    (  # noqa: SIM905
        "current_date current_time current_timestamp localtime localtimestamp current_user "
        "session_user current_role current_catalog current_schema current_timezone"
    ).split()
)
_SAMPLES = frozenset({"TABLESAMPLE", "SAMPLE"})
_MOMENTS = frozenset({"now", "today", "tomorrow", "yesterday"})
_TYPES = frozenset({"DATE", "TIMESTAMP", "TIMESTAMP_NTZ", "TIMESTAMP_LTZ"})
_WORD = re.compile(r"[^\W\d]\w*")
_CALL = re.compile(r"([^\W\d]\w*)[\"`]?\s*\(")


def why_volatile(
    text: Text, tree: exp.Expr | None = None, tainted: frozenset[str] = frozenset()
) -> str | None:
    """What makes the statement volatile, as the end of a sentence; None where nothing does.

    `tainted` are views and macros that are volatile themselves, in lower case.
    """
    found = _word_of(text, tainted)
    if found is None and tree is not None:
        found = next((name for node in tree.walk() for name in _called(node) & CALLS), None)
    return found


@lru_cache(maxsize=2048)
def why_compiled_is_volatile(sql: str, dialect: str, tainted: frozenset[str]) -> str | None:
    """The same of compiled SQL, whose text repeats: its values are parameters."""
    try:
        return why_volatile(Text(sql, dialect), None, tainted)
    except SqlError:
        return "its text cannot be read"


def tainted_names(definitions: Mapping[str, str]) -> frozenset[str]:
    """The views and macros among these (name -> text) that reach a volatile function, in whatever
    number of steps.
    """
    words = {name.casefold(): _words(text) for name, text in definitions.items()}
    found = {name.casefold() for name, text in definitions.items() if _is_volatile(text)}
    while True:
        more = {name for name, said in words.items() if name not in found and said & found}
        if not more:
            return frozenset(found)
        found |= more


def _words(text: str) -> set[str]:
    return {word.casefold() for word in _WORD.findall(text)}


def _is_volatile(text: str) -> bool:
    """Of a definition, whatever dialect it is kept in: strings and comments count too."""
    called = {word.casefold() for word in _CALL.findall(text)}
    samples = {word.casefold() for word in _SAMPLES}
    return bool(called & CALLS or _words(text) & (_WITHOUT_BRACKETS | samples))


def _word_of(text: Text, tainted: frozenset[str]) -> str | None:
    tokens = text.tokens
    for index, token in enumerate(tokens):
        if is_text(token):
            if _is_moment(token.text) and index and tokens[index - 1].text.upper() in _TYPES:
                return f"it says {token.text!r}"
            continue
        name = token.text.casefold()
        if name in tainted:
            return f"{token.text} is volatile itself"
        if not is_word(token) and token.token_type != TokenType.IDENTIFIER:
            continue
        called = index + 1 < len(tokens) and tokens[index + 1].token_type == TokenType.L_PAREN
        if name in _WITHOUT_BRACKETS or (called and name in CALLS):
            return f"it calls {name}"
        if token.text.upper() in _SAMPLES and not _repeats(text):
            return "it takes a sample"
    return None


def _is_moment(literal: str) -> bool:
    words = literal.split()
    return bool(words) and words[0].casefold() in _MOMENTS


def _repeats(text: Text) -> bool:
    return any(token.text.upper() == "REPEATABLE" for token in text.tokens)


def _called(node: exp.Expr) -> set[str]:
    if isinstance(node, exp.Anonymous):
        return {node.name.casefold()}
    if isinstance(node, exp.Func):
        return {name.casefold() for name in node.sql_names()}
    return set()
