"""What comes out of the adapter's own reading: Spark's errors, statements, values."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from semantic_layer.adapters.databricks.failures import translated
from semantic_layer.adapters.databricks.pool import statement_timeout
from semantic_layer.adapters.databricks.statement import check_statement, marker_names
from semantic_layer.adapters.databricks.types import columns_of, interval, parameter
from semantic_layer.errors import SqlError, StatementRefused, WarehouseError

COLUMN = (
    "[UNRESOLVED_COLUMN.WITH_SUGGESTION] A column, variable, or function parameter with name "
    "`o`.`nope` cannot be resolved. Did you mean one of the following? [`o`.`id`]. SQLSTATE: 42703;"
    " line 2 pos 7;\n'Project ['o.nope]\n+- SubqueryAlias o\n"
)
SYNTAX = (
    "[PARSE_SYNTAX_ERROR] Syntax error at or near 'FORM'. SQLSTATE: 42601 (line 1, pos 9)\n\n"
    "== SQL ==\nSELECT 1 FORM t\n---------^^^\n"
)
ZERO = (
    "[DIVIDE_BY_ZERO] Division by zero. Use `try_divide` to tolerate divisor being 0. SQLSTATE: "
    "22012\n== SQL (line 1, position 8) ==\nSELECT 1/0\n       ^^^\n"
)


@pytest.mark.parametrize(
    ("text", "message", "place"),
    [
        (
            COLUMN,
            "A column, variable, or function parameter with name `o`.`nope` cannot be resolved. "
            "Did you mean one of the following? [`o`.`id`].",
            (2, 8),
        ),
        (SYNTAX, "Syntax error at or near 'FORM'.", (1, 10)),
        (
            ZERO,
            "Division by zero. Use `try_divide` to tolerate divisor being 0.",
            (1, 8),
        ),
        ("[USER_RAISED_EXCEPTION] own words SQLSTATE: P0001", "own words", (None, None)),
        (
            '[ARITHMETIC_OVERFLOW] long overflow. If necessary set "spark.sql.ansi.enabled" to '
            '"false" to bypass this error. SQLSTATE: 22003',
            "long overflow.",
            (None, None),
        ),
        (
            "[INVALID_LIMIT] The limit must be integer type. SQLSTATE: 42K0E;\nGlobalLimit 9\n",
            "The limit must be integer type.",
            (None, None),
        ),
    ],
)
def test_an_error_of_the_statement(
    text: str, message: str, place: tuple[int | None, int | None]
) -> None:
    error = translated(text)
    assert isinstance(error, SqlError)
    assert error.message == message
    assert (error.details.get("line"), error.details.get("column")) == place


CAST = (
    '[CAST_INVALID_INPUT] The value \'{value}\' of the type "STRING" cannot be cast to "{type}" '
    "because it is malformed. Correct the value as per the syntax, or change its target type. Use "
    "`try_cast` to tolerate malformed input and return NULL instead. SQLSTATE: 22018\n"
    "== SQL (line 1, position 33) ==\n...SELECT count(*) FROM c WHERE id BETWEEN :p0 AND :p1\n"
    "                                   ^^^^^^^^^^^^^^^^^^^\n"
)
MISMATCH = (
    '[DATATYPE_MISMATCH.BINARY_OP_DIFF_TYPES] Cannot resolve "({said})" due to data type mismatch: '
    "the left and right operands of the binary operator have incompatible types "
    '("{left}" and "{right}"). SQLSTATE: 42K09; line 1 pos 29;\n\'Aggregate [count(1)]\n'
)
IN = (
    '[DATATYPE_MISMATCH.DATA_DIFF_TYPES] Cannot resolve "(joined IN (5, 6))" due to data type '
    'mismatch: Input to `in` should all be the same type, but it\'s ["DATE", "INT", "INT"]. '
    "SQLSTATE: 42K09; line 1 pos 29"
)
PARSE = (
    "[CANNOT_PARSE_TIMESTAMP] Text '2024-13-01' could not be parsed at index 5. Use "
    "`try_to_timestamp` to tolerate invalid input string and return NULL instead. SQLSTATE: 22007"
)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            CAST.format(value="it\\'s", type="BIGINT"),
            {"expected_type": "BIGINT", "value": "it's", "fragment": "BETWEEN :p0 AND :p1"},
        ),
        (
            MISMATCH.format(said="joined >= 5", left="DATE", right="INT"),
            {"expected_type": "DATE", "fragment": "joined >= 5"},
        ),
        (
            MISMATCH.format(said="true = id", left="BOOLEAN", right="INT"),
            {"expected_type": "INT", "fragment": "true = id"},
        ),
        (IN, {"expected_type": "DATE", "fragment": "joined IN (5, 6)"}),
        (PARSE, {"expected_type": "TIMESTAMP", "value": "2024-13-01", "fragment": ""}),
        (ZERO, {}),
        (COLUMN, {}),
    ],
    ids=["cast", "operands", "operands the other way", "list", "time", "another", "a column"],
)
def test_a_value_of_a_wrong_type_is_told_with_the_type(text: str, told: dict[str, str]) -> None:
    details = translated(text).details
    known = ("expected_type", "value", "fragment")
    assert {key: details[key] for key in known if key in details} == told


@pytest.mark.parametrize("text", ["", "java.lang.NullPointerException", "[INTERNAL_ERROR] boom"])
def test_an_error_of_the_engine_says_nothing_of_it(text: str) -> None:
    error = translated(text)
    assert isinstance(error, WarehouseError)
    assert error.message == "The warehouse failed while running the statement."


@pytest.mark.parametrize(
    "text",
    [
        "[TABLE_OR_VIEW_NOT_FOUND] The table or view `c`.`s`.`t` cannot be found. SQLSTATE: 42P01",
        "[INSUFFICIENT_PERMISSIONS] Insufficient privileges: User does not have SELECT on table "
        "'c.s.t'. SQLSTATE: 42501",
        "[PERMISSION_DENIED] User lacks USE on `c`.`s`.`t`",
    ],
)
def test_what_one_may_not_read_reads_like_what_is_not_there(text: str) -> None:
    error = translated(text, "SELECT * FROM c.s.t")
    assert error.message == "The table or view c.s.t cannot be found, or you may not read it."
    assert error.details == {"error_class": "TABLE_OR_VIEW_NOT_FOUND"}
    short = translated(text, "SELECT * FROM s.t")
    assert short.message == error.message.replace("c.s.t", "s.t")
    hidden = translated(text, "SELECT * FROM a_view_over_i_")
    assert "c.s.t" not in hidden.message


@pytest.mark.parametrize(
    ("sql", "explainable"),
    [
        ("SELECT 1;", True),
        ("-- a comment\n/* and ; */ WITH a AS (SELECT ';') SELECT `update` FROM a", True),
        ("SELECT t.delete, x AS merge FROM t WHERE a = 'insert'", True),
        ("(SELECT 1) UNION ALL VALUES (2)", True),
        ("FROM t SELECT a", True),
        ("SHOW TABLES IN a.b", False),
        ("DESCRIBE EXTENDED a.b.c", False),
        ("EXPLAIN SELECT 1", False),
    ],
)
def test_what_reads_is_let_through(sql: str, explainable: bool) -> None:
    assert check_statement(sql) is explainable


@pytest.mark.parametrize(
    "sql",
    [
        "", ";", "SELECT 1; SELECT 2", "INSERT INTO t VALUES (1)", "SET x = 1", "USE a", "CALL p()",
        "WITH a AS (SELECT 1) INSERT INTO t SELECT * FROM a", "FROM a INSERT INTO t SELECT *",
        "with a as (select 1) merge into t using a on true when matched then delete",
        "PUT '/etc/passwd' INTO '/Volumes/a/b/c'", "GET '/Volumes/x' TO '/tmp/x'",
        "SELECT '${env:HOME}'", "SELECT `${x}` FROM t",
    ],
)  # fmt: skip
def test_what_does_more_is_refused(sql: str) -> None:
    with pytest.raises(StatementRefused):
        check_statement(sql)


def test_a_text_without_an_end_is_the_statements_error() -> None:
    with pytest.raises(SqlError):
        check_statement("SELECT 'abc")


def test_markers_are_found_and_casts_are_none() -> None:
    assert marker_names("SELECT :a, x::int, ':b', `c:d`, :a + :p1 -- :e") == {"a", "p1"}


@pytest.mark.parametrize(
    ("value", "kind", "text"),
    [
        (None, "VOID", None),
        (True, "BOOLEAN", "true"),
        (2**31 - 1, "INT", "2147483647"),
        (-(2**31), "INT", "-2147483648"),
        (2**31, "BIGINT", "2147483648"),
        (2**63, "DECIMAL(19,0)", "9223372036854775808"),
        (0.1, "DOUBLE", "0.1"),
        (Decimal("0.050"), "DECIMAL(3,3)", "0.050"),
        (Decimal("-1E+3"), "DECIMAL(4,0)", "-1000"),
        (datetime(2024, 2, 29, 1), "TIMESTAMP_NTZ", "2024-02-29 01:00:00"),  # noqa: DTZ001
        (datetime(2024, 2, 29, 1, tzinfo=UTC), "TIMESTAMP", "2024-02-29 01:00:00+00:00"),
        ("x", "STRING", "x"),
    ],
)
def test_a_value_is_bound_with_its_type(value: Any, kind: str, text: str | None) -> None:
    bound = parameter("p", value)
    assert (bound.type, bound.text) == (kind, text)


@pytest.mark.parametrize(
    "value", [b"x", [1], {"a": 1}, object(), Decimal("NaN"), Decimal(10) ** 40, 10**40]
)
def test_what_cannot_be_bound_is_said(value: Any) -> None:
    with pytest.raises(SqlError) as caught:
        parameter("p", value)
    assert caught.value.code == "PARAMETER_TYPE"


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("1-2", (14, 0, 0)),
        ("-0-3", (-3, 0, 0)),
        ("3 04:00:05.500000000", (0, 3, 14405500000000)),
        ("-1 00:00:00.000000001", (0, -1, -1)),
    ],
)
def test_an_interval_is_read(text: str, parts: tuple[int, int, int]) -> None:
    assert tuple(interval(text)) == parts


def test_types_told_by_the_warehouse_come_first() -> None:
    told = {b"Spark:DataType:SqlName": b"VARIANT"}
    schema = pa.schema([pa.field("a", pa.string(), metadata=told), pa.field("a", pa.int64())])
    columns = columns_of(schema, ["variant", "bigint"])
    assert [(column.name, column.type) for column in columns] == [
        ("a", "VARIANT"),
        ("a_2", "BIGINT"),
    ]


def test_the_engines_limit_is_later_than_ours() -> None:
    assert [statement_timeout(seconds) for seconds in (1, 25, 26, 120, 1500, 10**6)] == [
        30, 30, 60, 300, 1800, 10**6 + 6,
    ]  # fmt: skip
