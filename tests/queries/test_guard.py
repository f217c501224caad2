"""What the guard says of a statement beyond yes and no: kind, tables, places, warnings."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from queries.guard import Kind, TableName, check_statement, validate_statement
from semantic_layer.errors import InternalError, SemanticLayerError, SqlError, StatementRefused


def refusal(sql: str, dialect: str = "duckdb") -> SemanticLayerError:
    with pytest.raises((StatementRefused, SqlError)) as caught:
        check_statement(sql, dialect)
    return caught.value


@pytest.mark.parametrize(
    ("sql", "kind"),
    [
        ("SELECT 1", Kind.SELECT),
        ("VALUES (1)", Kind.SELECT),
        ("PIVOT t ON a USING sum(b)", Kind.SELECT),
        ("EXPLAIN SELECT 1", Kind.EXPLAIN),
        ("DESCRIBE t", Kind.DESCRIBE),
        ("SUMMARIZE SELECT 1", Kind.DESCRIBE),
        ("SHOW TABLES", Kind.SHOW),
    ],
)
def test_the_kind(sql: str, kind: Kind) -> None:
    assert check_statement(sql, "duckdb").kind is kind


@pytest.mark.parametrize(
    ("sql", "tables"),
    [
        ("SELECT 1", ()),
        ("SELECT * FROM a, b.c, d.e.f", ("a", "b.c", "d.e.f")),
        ("SELECT * FROM a JOIN a USING (x)", ("a",)),
        ("WITH a AS (SELECT * FROM b) SELECT * FROM a", ("b",)),
        ("WITH a AS (SELECT 1) SELECT * FROM A, s.a", ("s.a",)),
        ("WITH a AS (SELECT 1), b AS (SELECT * FROM a) SELECT * FROM b, c", ("c",)),
        ("SELECT * FROM (WITH a AS (SELECT 1) SELECT * FROM a) x, a", ("a",)),
        ("WITH RECURSIVE r AS (SELECT 1 UNION ALL SELECT * FROM r) SELECT * FROM r", ()),
        ("SELECT (SELECT max(x) FROM a) FROM b WHERE EXISTS (SELECT 1 FROM c)", ("a", "b", "c")),
        ("SELECT * FROM range(3), unnest([1]), a", ("a",)),
        ("DESCRIBE a.b.c", ("a.b.c",)),
        ("SUMMARIZE SELECT * FROM a", ("a",)),
        ("EXPLAIN SELECT * FROM a", ("a",)),
        ('SELECT * FROM "odd.name"."with space"', ("odd.name.with space",)),
    ],
)
def test_the_tables(sql: str, tables: tuple[str, ...]) -> None:
    found = check_statement(sql, "duckdb").tables
    assert sorted(".".join(table.parts) for table in found) == sorted(tables)


def test_a_table_name_keeps_its_parts() -> None:
    (table,) = check_statement("SELECT * FROM main.gold.orders", "databricks").tables
    assert table == TableName("orders", "gold", "main")


@pytest.mark.parametrize(
    ("sql", "place"),
    [
        ("SELECT getenv('x')", (1, 8)),
        ("SELECT a\nFROM t\nWHERE\n  b = getenv('x')", (4, 7)),
        ("SELECT 'é漢🦆', getenv('x')", (1, 15)),
        ("SELECT *\nFROM read_csv('x')", (2, 6)),
        ("SELECT * FROM 'x.csv'", (1, 15)),
        ("SELECT 1;\nDROP TABLE t", (2, 1)),
        ("  DROP TABLE t", (1, 3)),
        ("SELECT 1 INTO t", (1, 15)),
        ("EXPLAIN\nSELECT getenv('x')", (2, 8)),
        ("DESCRIBE SELECT getenv('x')", (1, 17)),
        ("SELECT a\nFROM t WHERE (", (2, 14)),
        ("SELECT 'not closed", (1, 8)),
        ('SELECT 1,\n "not closed', (2, 2)),
        ("SELECT 1 /* not closed", (1, 10)),
        ("SELEC 1", (1, 1)),
    ],
)
def test_the_place(sql: str, place: tuple[int, int]) -> None:
    details = refusal(sql).details
    assert (details["line"], details["column"]) == place


@pytest.mark.parametrize(
    ("sql", "dialect", "message"),
    [
        ("DROP TABLE t", "duckdb", "DROP is not allowed: only SELECT, DESCRIBE, SHOW and EXPLAIN"),
        ("SELECT getenv('x')", "duckdb", "function getenv is not allowed: it reads the server's"),
        (
            "SELECT * FROM my_macro(1)",
            "duckdb",
            "table function my_macro is not allowed. Use a table",
        ),
        ("SELECT * FROM 'x.csv'", "duckdb", "'x.csv' would read a file. If it is a table, write"),
        (
            "SELECT secret('a', 'b')",
            "databricks",
            "function secret is not allowed: it reads secrets",
        ),
        ("SELECT * FROM csv.`/x`", "databricks", "'csv./x' would read files"),
        ("SELECT 1; SELECT 2", "duckdb", "one statement at a time"),
        ("", "duckdb", "no statement"),
        ("SELEC 1", "duckdb", "Did you mean SELECT?"),
        ("SHOW GRANTS", "databricks", "What may be shown: CATALOGS"),
    ],
)
def test_the_message_says_what_and_why(sql: str, dialect: str, message: str) -> None:
    assert message in refusal(sql, dialect).message


def test_length_is_limited() -> None:
    sql = "SELECT '" + "x" * 100 + "'"
    assert check_statement(sql, "duckdb", max_length=len(sql)).sql == sql
    with pytest.raises(StatementRefused, match="109 characters; at most 108") as caught:
        check_statement(sql, "duckdb", max_length=len(sql) - 1)
    assert caught.value.code == "STATEMENT_TOO_LONG"


@pytest.mark.parametrize("size", [100, 1_000, 4_000])
@pytest.mark.parametrize(
    "shape", ["{open}1{close}", "{open}SELECT 1{close}", "{negation}true", "{cases}", "a{index}"]
)
def test_deep_nesting_ends_in_an_answer(shape: str, size: int) -> None:
    sql = "SELECT " + shape.format(
        open="(" * size, close=")" * size, negation="NOT " * size, cases="CASE WHEN " * size,
        index="[1]" * size,
    )  # fmt: skip
    verdict = validate_statement(sql, "duckdb", max_length=100_000)
    assert verdict.valid == (not verdict.errors)


def test_a_null_character_is_refused() -> None:
    assert "null character" in refusal("SELECT 'a\x00b'").message


def test_an_unknown_dialect_is_our_own_fault() -> None:
    with pytest.raises(InternalError):
        check_statement("SELECT 1", "oracle")


def test_what_only_looks_hostile_passes() -> None:
    for sql in (
        "SELECT 'DROP TABLE t; -- getenv(1)' AS read_csv",
        "SELECT \"getenv\" FROM t -- getenv('x')",
        "SELECT query, secret, settings FROM history",
        'SELECT upper(name) AS "delete" FROM t /* ; drop */',
        "SELECT created_at, updated_at, set_name, call_count FROM t",
    ):
        assert check_statement(sql, "duckdb").sql == sql


def test_warnings_do_not_block() -> None:
    verdict = validate_statement("SELECT a FROM t WHERE b = NULL LIMIT 3", "duckdb")
    assert verdict.valid
    assert verdict.warnings[0]["line"] == 1
    assert verdict.warnings[0]["column"] == 23
    assert [warning["message"].split(":")[0] for warning in verdict.warnings] == [
        "A comparison with NULL is never true",
        "LIMIT without ORDER BY",
    ]
    assert validate_statement("SELECT a FROM t ORDER BY a LIMIT 3", "duckdb").warnings == ()


def test_a_verdict_carries_code_and_place() -> None:
    (error,) = validate_statement("SELECT getenv('x')", "duckdb").errors
    assert (error["code"], error["line"], error["column"]) == ("STATEMENT_NOT_ALLOWED", 1, 8)


def test_the_guard_needs_neither_django_nor_a_driver() -> None:
    code = (
        "import sys, queries.guard\n"
        "assert not {'django', 'duckdb', 'pyarrow'} & set(sys.modules), sorted(sys.modules)"
    )
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
