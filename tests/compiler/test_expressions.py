"""User fragments are hostile: what is not on the allow-list is refused, with a reason."""

from __future__ import annotations

import pytest
from sqlglot import exp

from semantic_layer.compiler.dialects import render
from semantic_layer.compiler.expressions import ExpressionError, parse_expression, qualified

HOSTILE = [
    "read_csv('/etc/passwd')",
    "read_text('/etc/passwd')",
    "read_blob('/etc/passwd')",
    "glob('/**')",
    "getenv('HOME')",
    "current_setting('x')",
    "sum(x); drop table t",
    "1; select 1",
    "x) from t; --",
    "(select password from users)",
    "x in (select y from z)",
    "exists (select 1 from t)",
    "case when (select 1) = 1 then x end",
    "coalesce(x, (select max(y) from t))",
    "reflect('java.lang.Runtime', 'exec')",
    "java_method('java.lang.System', 'exit')",
    "ai_query('m', 'p')",
    "secret('a', 'b')",
    "http_request('x')",
    "load_extension('x')",
    "query('select 1')",
    "query_table('t')",
    "sum(x) over ()",
    "row_number() over (order by x)",
    "sum(x)",
    "count(*)",
    "array_agg(x)",
    "max(x) filter (where y)",
    "x as y",
    "*",
    "t.*",
    "?",
    ":p0",
    "@variable",
    "{'a': x}",
    "[x for x in y]",
    "list_transform(x, y -> y + 1)",
    "x -> '$.a'",
    "x::blob",
    "cast(x as struct(a int))",
    "random()",
    "uuid()",
    "now()",
    "current_timestamp",
    "current_date",
    "nextval('s')",
    "drop table t",
    "insert into t values (1)",
    "update t set x = 1",
    "attach 'x'",
    "copy t to 'f'",
    "pragma version",
    "set x = 1",
    "with a as (select 1) select * from a",
    "values (1)",
    "x union select 1",
    "interval x day",
    "x like y",
    "x collate nocase",
    "",
    "   ",
    "'unfinished",
    "(((",
    "x y z",
    "a.b.c.d",
    "\x00",
    "x" * 10_001,
    "(" * 4_000 + "x" + ")" * 4_000,
    "+".join(["x"] * 3_000),
]


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: text[:30] or "empty")
def test_hostile_fragments_are_refused(text: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        parse_expression(text)
    assert str(caught.value).endswith((".", "DAY.", ")."))


@pytest.mark.parametrize(
    ("text", "duckdb", "databricks"),
    [
        ("amount", '"t"."amount"', "`t`.`amount`"),
        ("1", "1", "1"),
        ("a / b", 'CAST("t"."a" AS DOUBLE) / NULLIF("t"."b", 0)',
         "CAST(`t`.`a` AS DOUBLE) / NULLIF(`t`.`b`, 0)"),
        ("a / NULLIF(b, 0)", 'CAST("t"."a" AS DOUBLE) / NULLIF("t"."b", 0)',
         "CAST(`t`.`a` AS DOUBLE) / NULLIF(`t`.`b`, 0)"),
        ("a % b", '"t"."a" % NULLIF("t"."b", 0)', "`t`.`a` % NULLIF(`t`.`b`, 0)"),
        ("a.b", '"t"."a"."b"', "`t`.`a`.`b`"),
        ("'it''s \\ a'", r"""'it''s \ a'""", r"""'it\'s \\ a'"""),
        ("CAST(a AS INT)", 'CAST(TRUNC(CAST("t"."a" AS DECIMAL(38, 9))) AS INT)',
         "CAST(`t`.`a` AS INT)"),
        ("a LIKE '%\\%'", "\"t\".\"a\" LIKE '%\\%'",
         "`t`.`a` LIKE '%\\\\%' ESCAPE '\x01'"),
        ("'\\${env:HOME}'", "'\\${env:HOME}'", r"'\\\u0024{env:HOME}'"),
        ("EXTRACT(isodow FROM a)", 'EXTRACT(ISODOW FROM "t"."a")',
         "EXTRACT(DAYOFWEEK_ISO FROM `t`.`a`)"),
        ("DATE_TRUNC('week', a)", """DATE_TRUNC('WEEK', "t"."a")""",
         "DATE_TRUNC('WEEK', `t`.`a`)"),
        ("a -- a remark", '"t"."a"', "`t`.`a`"),
        ('"Odd ""name"', '"t"."Odd ""name"', '`t`.`Odd "name`'),
    ],
)  # fmt: skip
def test_dialects_say_the_same_thing(text: str, duckdb: str, databricks: str) -> None:
    tree = parse_expression(text)
    assert render(qualified(tree, "t"), "duckdb") == duckdb
    assert render(qualified(tree, "t"), "databricks") == databricks


def test_a_misspelt_function_is_recognised() -> None:
    with pytest.raises(ExpressionError, match="Did you mean UPPER"):
        parse_expression("uper(name)")


def test_parsed_trees_are_shared_and_not_changed_by_use() -> None:
    tree = parse_expression("a + b * 2")
    before = tree.sql()
    qualified(tree, "t")
    assert parse_expression("a + b * 2").sql() == before
    assert not any(column.table for column in tree.find_all(exp.Column))
