"""Formatting lays SQL out and changes nothing that an engine could read."""

from __future__ import annotations

from itertools import chain
from typing import Any

import duckdb
import pytest
import sqlparse
from hypothesis import given, settings
from hypothesis import strategies as st

from queries.formatting import formatted
from queries.guard.text import Text
from semantic_layer.errors import SqlError
from tests.accounts_fixtures import ApiClient
from tests.queries.corpus import FINE, HOSTILE

PATH = "/api/queries/format"
DIALECTS = ("duckdb", "databricks")


def corpus() -> list[tuple[str, str]]:
    """Every statement of the guard's corpus, allowed and hostile ones."""
    hostile = {dialect: [*chain(*groups.values())] for dialect, groups in HOSTILE.items()}
    return [
        (sql, dialect)
        for statements in (FINE, hostile)
        for dialect, texts in statements.items()
        for sql in texts
    ]


def tokens(sql: str, dialect: str) -> list[tuple[Any, str]]:
    """Independent of the code under test: words without regard to case, all else exactly."""
    text = Text(sql, dialect)
    return [
        (token.token_type, sql[token.start : token.end + 1].casefold()) for token in text.tokens
    ]


def names(sql: str, dialect: str) -> list[str]:
    return [t.text for t in Text(sql, dialect).tokens if t.token_type.name in ("VAR", "IDENTIFIER")]


@pytest.mark.parametrize(("sql", "dialect"), corpus())
def test_the_tokens_are_the_same(sql: str, dialect: str) -> None:
    try:
        result = formatted(sql, dialect).sql
    except SqlError:
        return
    assert tokens(result, dialect) == tokens(sql, dialect)
    assert names(result, dialect) == names(sql, dialect)


def test_the_corpus_is_read() -> None:
    assert len(corpus()) > 150


def test_statements_are_laid_out() -> None:
    sql = "select a, b as \"From\" from shop.main.orders o join c on o.id = c.id where x = 'a  b'"
    assert formatted(sql, "duckdb").sql == (
        'SELECT a,\n       b AS "From"\nFROM shop.main.orders o\nJOIN c ON o.id = c.id\n'
        "WHERE x = 'a  b'"
    )


@pytest.mark.parametrize("dialect", DIALECTS)
def test_names_keep_their_case(dialect: str) -> None:
    result = formatted("select t.order, 1 as From_, Left from t", dialect).sql
    assert all(name in result for name in ("t.order", "From_", "Left"))


def test_results_are_the_same() -> None:
    statements = [
        "select 'a'\n  'b' as x, 7//2 as y, [n for n in [1,2,3] if n > 1] as z, {'k': 1}.k as w",
        "with a as (select 1 as n union all select 2) select sum(n) filter (where n > 1) from a",
        "select $$it''s  raw$$ as a -- comment\n, 2 as b /* and  this */",
        "from range(5) t(i) select i where i%2=0 order by i desc limit 2",
        "select e'a\\nb' as a, 'it''s' as b, \"c d\" from (select 1 as \"c d\")",
    ]
    with duckdb.connect() as connection:
        for sql in statements:
            before, after = connection.sql(sql), connection.sql(formatted(sql, "duckdb").sql)
            assert (after.columns, after.fetchall()) == (before.columns, before.fetchall())


@given(sql=st.text(alphabet="selctfromwhab'\"`$:@#/*-();,.\n []{}1 =|&<>\\\t", max_size=60))
@settings(max_examples=300, deadline=None)
def test_whatever_is_sent_keeps_its_tokens(sql: str) -> None:
    for dialect in DIALECTS:
        try:
            result = formatted(sql, dialect).sql
        except SqlError:
            continue
        assert tokens(result, dialect) == tokens(sql, dialect)


@pytest.mark.parametrize(
    "sql",
    ["select 1$$a  b$$", "select 'a'\n'b'", "select ||/* a  b */", "select t||--x\n case"],
    ids=["a text", "texts on two lines", "a comment", "the end of a comment"],
)
def test_a_formatter_that_changes_something_is_not_believed(sql: str) -> None:
    laid_out = sqlparse.format(sql, reindent=True, strip_whitespace=True)
    assert tokens_and_comments(laid_out) != tokens_and_comments(sql), "sqlparse does better now"
    result = formatted(sql, "duckdb")
    assert (result.sql, result.is_changed) == (sql, False)
    assert result.message is not None


def tokens_and_comments(sql: str) -> list[tuple[str, bool, list[str]]]:
    found = Text(sql, "duckdb").tokens
    return [(sql[one.start : one.end + 1], "\n" in sql[: one.start], one.comments) for one in found]


@pytest.mark.parametrize(
    "sql",
    ["(" * 9_999, "select " + "(1+" * 2_000 + "1" + ")" * 2_000, "case " * 1_999, "a." * 4_999,
     "select " + "[" * 9_000, "values " + ",".join(["(1,2)"] * 1_600), "::".join(["a"] * 3_000)],
)  # fmt: skip
def test_text_made_to_be_slow_is_answered(sql: str) -> None:
    assert formatted(sql, "duckdb").sql


# ---------------------------------------------------------------- over HTTP


def test_answers_with_the_statement(analyst_api: ApiClient) -> None:
    response = analyst_api.post(PATH, {"query": "select 1 as a"})
    assert response.status_code == 200
    assert response.json() == {
        "formatted": "SELECT 1 AS a", "query": "SELECT 1 AS a", "changed": True, "message": None,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"query": "x" * 10_001}, "QUERY_TOO_LONG"),
        ({"query": "select 'a"}, "SQL_ERROR"),
        ({}, "VALIDATION_ERROR"),
        ({"query": 1, "dialect": "x"}, "VALIDATION_ERROR"),
    ],
)
def test_what_cannot_be_formatted_is_400(
    analyst_api: ApiClient, body: dict[str, Any], code: str
) -> None:
    response = analyst_api.post(PATH, body)
    assert (response.status_code, response.json()["error_code"]) == (400, code)
