"""What kind a statement is, told by its first words: the parser keeps some kinds as raw text."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from sqlglot import Token, TokenType

from queries.guard.text import Text, is_word
from semantic_layer.errors import SqlError, did_you_mean

_QUERY_STARTS = frozenset({"SELECT", "WITH", "FROM", "VALUES", "TABLE", "PIVOT", "UNPIVOT", "("})
_EXPLAIN_OPTIONS = frozenset({"ANALYZE", "EXTENDED", "FORMATTED", "COST", "CODEGEN"})
_DESCRIBE_OPTIONS = frozenset({"EXTENDED", "FORMATTED", "TABLE"})
_DESCRIBE_OTHERS = frozenset({"CATALOG", "DATABASE", "FUNCTION", "SCHEMA", "VOLUME"})
_SHOWN = {
    "duckdb": (("TABLES",), ("ALL", "TABLES"), ("DATABASES",), ("SCHEMAS",), ("TABLES", "FROM")),
    "databricks": (
        ("CATALOGS",),
        ("COLUMNS",),
        ("CREATE", "TABLE"),
        ("DATABASES",),
        ("FUNCTIONS",),
        ("PARTITIONS",),
        ("SCHEMAS",),
        ("TABLES",),
        ("TBLPROPERTIES",),
        ("VIEWS",),
    ),
}
_SHOW_SIGNS = frozenset({TokenType.DOT, TokenType.STAR, TokenType.STRING, TokenType.IDENTIFIER})


_STATEMENT_STARTS = frozenset(
    (  # noqa: SIM905 - one name per line reads worse
        "ADD ALTER ANALYZE APPLY ATTACH BEGIN CACHE CALL CASE CHECKPOINT CLEAR CLONE COMMENT "
        "COMMIT CONVERT COPY CREATE DEALLOCATE DECLARE DELETE DENY DETACH DO DROP END EXECUTE "
        "EXPORT FETCH FOR FORCE FSCK GENERATE GET GRANT IF IMPORT INSERT INSTALL KILL LIST LOAD "
        "LOCK LOOP MERGE MSCK OPEN OPTIMIZE PRAGMA PREPARE PUT REFRESH REINDEX REMOVE RENAME "
        "REORG REPAIR REPEAT REPLACE RESET RESTORE RESTRICT RETURN REVOKE ROLLBACK SAVEPOINT SET "
        "SIGNAL START SYNC TRUNCATE UNCACHE UNDROP UNSET UPDATE USE VACUUM WHILE "
    ).split()
)


class Kind(StrEnum):
    """Kinds of statements that may run."""

    SELECT = "select"
    DESCRIBE = "describe"
    SHOW = "show"
    EXPLAIN = "explain"


@dataclass(frozen=True)
class TableName:
    """A relation the statement names, parts as written; None where the engine fills them in."""

    name: str
    schema: str | None = None
    catalog: str | None = None

    @property
    def parts(self) -> tuple[str, ...]:
        return tuple(part for part in (self.catalog, self.schema, self.name) if part is not None)


@dataclass(frozen=True)
class Split:
    """The kind, the query inside (None where there is none), and the relation named instead of
    it.
    """

    kind: Kind
    query: Text | None = None
    table: TableName | None = None


def split(text: Text) -> Split:
    """Tell the kind of one statement. Raises StatementRefused for SHOW and DESCRIBE of other
    things.
    """
    first = text.tokens[0].text.upper()
    if first == "EXPLAIN":
        return Split(Kind.EXPLAIN, _explained(text))
    if first in {"DESCRIBE", "DESC", "SUMMARIZE"}:
        return _described(text)
    if first == "SHOW":
        return _shown(text)
    return Split(Kind.SELECT, text)


def check_start(text: Text) -> None:
    """A query begins as queries do. Raises StatementRefused for other statements, SqlError for
    typos.
    """
    if _starts_query(text):
        return
    first = text.tokens[0]
    word = first.text.upper().partition(" ")[0]
    if word == "TABLE":
        raise text.refused("Write SELECT * FROM instead of TABLE.", first.start)
    if word in _STATEMENT_STARTS:
        raise text.refused(
            f"{word} is not allowed: only SELECT, DESCRIBE, SHOW and EXPLAIN are.", first.start
        )
    near = did_you_mean(word, _QUERY_STARTS | {"DESCRIBE", "SHOW", "EXPLAIN"}, 1)
    hint = f" Did you mean {near[0]}?" if near else ""
    raise SqlError(
        f"The statement cannot be read near {first.text!r}.{hint}", **text.place(first.start)
    )


def _rest(text: Text) -> Text:
    """What follows the first word; tokens are made anew, since the tokenizer keeps some rests
    whole.
    """
    end = text.tokens[0].end + 1
    blank = "".join(c if c == "\n" else " " for c in text.sql[:end])
    return Text(blank + text.sql[end:], text.dialect)


def _explained(text: Text) -> Text:
    rest = _rest(text)
    if rest.tokens and rest.tokens[0].text.upper() in _EXPLAIN_OPTIONS:
        rest = rest.from_token(1)
    if not rest.tokens or rest.tokens[0].text.upper() not in _QUERY_STARTS:
        raise text.refused("EXPLAIN is allowed before a query only.", text.tokens[0].start)
    return rest


def _described(text: Text) -> Split:
    rest = _rest(text)
    tokens = rest.tokens
    if tokens and tokens[0].text.upper() == "QUERY" and text.dialect == "databricks":
        rest = rest.from_token(1)
        tokens = rest.tokens
    if not tokens:
        return Split(Kind.DESCRIBE)
    return Split(Kind.DESCRIBE, rest) if _starts_query(rest) else _described_name(rest)


def _starts_query(text: Text) -> bool:
    first = text.tokens[0]
    word = first.text.upper()
    if first.token_type == TokenType.IDENTIFIER or word not in _QUERY_STARTS:
        return False
    # DESCRIBE TABLE name means a table on Databricks, the query TABLE name on DuckDB.
    return word != "TABLE" or text.dialect == "duckdb"


def _described_name(text: Text) -> Split:
    tokens, start = list(text.tokens), 0
    names_a_table = True
    while text.dialect == "databricks" and start < len(tokens) - 1:
        word = tokens[start].text.upper()
        if word not in _DESCRIBE_OPTIONS | _DESCRIBE_OTHERS or _is_dot(tokens[start + 1]):
            break
        names_a_table = names_a_table and word not in _DESCRIBE_OTHERS
        start += 1
    if [token.text.upper() for token in tokens[-2:]] == ["AS", "JSON"]:
        tokens = tokens[:-2]
    table = _dotted(text, tokens[start:])
    return Split(Kind.DESCRIBE, None, table if names_a_table else None)


def _shown(text: Text) -> Split:
    tokens = _rest(text).tokens
    words = tuple(token.text.upper() for token in tokens if is_word(token))
    for token in tokens:
        if not is_word(token) and token.token_type not in _SHOW_SIGNS:
            raise text.refused("Only names may follow SHOW.", token.start)
        if token.token_type == TokenType.IDENTIFIER and "/" in token.text:
            raise text.refused(
                f"No table is named {token.text!r}; files are not read.", token.start
            )
    shown = _SHOWN[text.dialect]
    if any(words[: len(start)] == start for start in shown):
        return Split(Kind.SHOW)
    allowed = ", ".join(" ".join(start) for start in shown)
    raise text.refused(
        f"This SHOW is not allowed. What may be shown: {allowed}.", tokens_start(text)
    )


def tokens_start(text: Text) -> int:
    """Offset of the statement's first word."""
    return text.tokens[0].start


def _dotted(text: Text, tokens: list[Token]) -> TableName:
    """The dotted name these tokens are, and nothing else."""
    parts = [token.text for token in tokens[::2]]
    well_formed = (
        len(tokens) % 2 == 1
        and len(parts) <= 3
        and all(_is_dot(token) for token in tokens[1::2])
        and all(map(is_word, tokens[::2]))
    )
    if not well_formed:
        offset = tokens[0].start if tokens else tokens_start(text)
        raise text.refused("Name one table here: catalog.schema.table.", offset)
    catalog, schema, name = [None] * (3 - len(parts)) + parts
    assert name is not None
    return TableName(name, schema, catalog)


def _is_dot(token: Token) -> bool:
    return token.token_type == TokenType.DOT
