"""The guard alone against statements that must pass and statements that must not."""

from __future__ import annotations

from typing import Any

import pytest

from queries.guard import check_statement
from semantic_layer.errors import StatementRefused
from tests.queries.corpus import FINE, HOSTILE

NAMES = {
    "{canary}": "/srv/secret/canary.txt",
    "{out}": "/srv/out",
    "{attached}": "/srv/shop.duckdb",
}
# Views are the engine's business: the guard cannot know what is behind a name.
ONLY_THE_ENGINE_KNOWS = "gold.leaky"


def filled(sql: str) -> str:
    for placeholder, value in NAMES.items():
        sql = sql.replace(placeholder, value)
    return sql


def hostile_cases() -> list[Any]:
    return [
        pytest.param(dialect, filled(sql), id=f"{dialect}-{group}-{number}")
        for dialect, groups in HOSTILE.items()
        for group, statements in groups.items()
        for number, sql in enumerate(statements)
        if ONLY_THE_ENGINE_KNOWS not in sql
    ]


@pytest.mark.parametrize(("dialect", "sql"), hostile_cases())
def test_a_hostile_statement_is_refused(dialect: str, sql: str) -> None:
    with pytest.raises(StatementRefused) as caught:
        check_statement(sql, dialect)
    assert caught.value.code in {"STATEMENT_NOT_ALLOWED", "STATEMENT_EMPTY"}
    message = caught.value.message
    assert message.endswith((".", "?"))
    assert "sqlglot" not in message.lower()


@pytest.mark.parametrize(
    ("dialect", "sql"), [(dialect, sql) for dialect, all_ in FINE.items() for sql in all_]
)
def test_a_fine_statement_passes_unchanged(dialect: str, sql: str) -> None:
    checked = check_statement(sql, dialect)
    assert checked.sql == sql
    assert checked.parameters == ()


def test_the_corpus_is_large_enough_to_mean_something() -> None:
    assert len(hostile_cases()) >= 150
    assert len(FINE["duckdb"]) + len(FINE["databricks"]) >= 100
