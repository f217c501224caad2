"""What may answer differently each time is never kept: functions, samples, views and macros."""

from __future__ import annotations

import re

import duckdb
import pytest

from queries.guard import check_statement
from queries.guard.text import Text
from queries.result_cache.volatile import (
    CALLS,
    tainted_names,
    why_compiled_is_volatile,
    why_volatile,
)

VOLATILE = {
    "duckdb": [
        "SELECT now()",
        "SELECT NOW ()",
        "SELECT current_date",
        "SELECT CURRENT_TIMESTAMP, 1",
        "SELECT * FROM t WHERE d >= today() - 7",
        "SELECT random()",
        "SELECT uuid(), gen_random_uuid()",
        "SELECT uuidv7()",
        'SELECT "random"()',
        "SELECT main.random()",
        "SELECT random /* why */ ()",
        "SELECT age(TIMESTAMP '2020-01-01')",
        "SELECT current_localtimestamp()",
        "SELECT localtime",
        "SELECT * FROM (SELECT x FROM t WHERE EXISTS (SELECT 1 WHERE random() < 0.5))",
        "WITH a AS (SELECT now() AS n) SELECT n FROM a",
        "SELECT sum(x) FILTER (WHERE y < current_date) OVER (PARTITION BY z) FROM t",
        "SELECT * FROM t USING SAMPLE 10%",
        "SELECT * FROM t TABLESAMPLE reservoir(10)",
        "SELECT list_transform(l, lambda x: x + random()) FROM t",
        "FROM t SELECT current_user",
    ],
    "databricks": [
        "SELECT now()",
        "SELECT current_date()",
        "SELECT curdate()",
        "SELECT unix_timestamp()",
        "SELECT rand(), randn()",
        "SELECT `rand`()",
        "SELECT uuid()",
        "SELECT monotonically_increasing_id() FROM t",
        "SELECT shuffle(array(1, 2))",
        "SELECT date'now'",
        "SELECT timestamp 'yesterday'",
        "SELECT * FROM t TABLESAMPLE (10 PERCENT)",
        "SELECT current_user()",
        "SELECT * FROM t WHERE is_account_group_member('x')",
        "SELECT * FROM t TIMESTAMP AS OF current_timestamp() - INTERVAL 1 DAY",
    ],
}
STABLE = {
    "duckdb": [
        "SELECT sum(amount) FROM shop.main.orders WHERE ordered_at >= DATE '2025-01-01'",
        "SELECT 'now()' AS a, 'today' AS b -- random()",
        "SELECT age, now, uuid, random FROM people",
        "SELECT date_diff('day', a, b) FROM t",
        "SELECT * FROM t TABLESAMPLE reservoir(10) REPEATABLE (7)",
        "SELECT md5(x), date_trunc('month', d), strftime(d, '%Y') FROM t",
    ],
    "databricks": [
        "SELECT date_trunc('MONTH', d), count(*) FROM t GROUP BY 1",
        "SELECT * FROM t WHERE period = 'today'",
        "SELECT * FROM t TABLESAMPLE (10 PERCENT) REPEATABLE (3)",
        "SELECT rand FROM t",
    ],
}


def reason(sql: str, dialect: str) -> str | None:
    checked = check_statement(sql, dialect)
    return why_volatile(checked.text, checked.tree)


@pytest.mark.parametrize(
    ("dialect", "sql"), [(dialect, sql) for dialect in VOLATILE for sql in VOLATILE[dialect]]
)
def test_volatile_statements_are_told(dialect: str, sql: str) -> None:
    assert reason(sql, dialect) is not None
    assert why_compiled_is_volatile(sql, dialect, frozenset()) is not None


@pytest.mark.parametrize(
    ("dialect", "sql"), [(dialect, sql) for dialect in STABLE for sql in STABLE[dialect]]
)
def test_words_that_are_no_calls_do_no_harm(dialect: str, sql: str) -> None:
    assert reason(sql, dialect) is None


def test_every_function_that_the_engine_calls_volatile_is_known() -> None:
    """A newer engine may bring more; then this names them."""
    with duckdb.connect() as connection:
        volatile = connection.execute(
            "SELECT DISTINCT function_name FROM duckdb_functions() "
            "WHERE stability IN ('VOLATILE', 'CONSISTENT_WITHIN_QUERY')"
        ).fetchall()
        macros = connection.execute(
            "SELECT function_name, macro_definition FROM duckdb_functions() "
            "WHERE macro_definition IS NOT NULL AND function_type = 'macro'"
        ).fetchall()
    assert {name for (name,) in volatile} - CALLS == set()
    calling = {
        name
        for name, text in macros
        if set(re.findall(r"(\w+)\(", text)) & CALLS or "current_timestamp" in text
    }
    assert calling - CALLS == set()


def test_views_and_macros_are_followed_to_what_they_call() -> None:
    definitions = {
        "fresh": "CREATE VIEW fresh AS SELECT now() AS at",
        "Through": "CREATE VIEW through AS SELECT * FROM Fresh",
        "dice": "random() * 6",
        "sampled": "CREATE VIEW sampled AS SELECT * FROM t USING SAMPLE 5",
        "plain": "CREATE VIEW plain AS SELECT age, now FROM t",
    }
    tainted = tainted_names(definitions)
    assert tainted == {"fresh", "through", "dice", "sampled"}
    for sql in ('SELECT * FROM shop.main."THROUGH"', "SELECT main.dice()", "FROM sampled"):
        assert why_volatile(Text(sql, "duckdb"), None, tainted) is not None
    assert why_volatile(Text("SELECT 'fresh' FROM plain", "duckdb"), None, tainted) is None
