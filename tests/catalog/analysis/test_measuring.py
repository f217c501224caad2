"""The statements that measure tables: both dialects, any names, nothing but reading."""

from __future__ import annotations

import pytest

from catalog.analysis import measuring
from catalog.analysis.measuring import Source, sql_of
from catalog.analysis.profile import TableName
from queries.guard import check_statement
from queries.sql_runner import MAX_CHARACTERS
from semantic_layer.ports import ColumnInfo

HOSTILE = TableName('ca"ta`log', "sch'ema", "t; DROP TABLE x --")
TYPES = {
    "duckdb": (
        "INTEGER", "HUGEINT", "DECIMAL(10,2)", "DOUBLE", "VARCHAR", "BOOLEAN", "DATE",
        "TIMESTAMP WITH TIME ZONE", "ENUM('a', 'b')", "UUID", "STRUCT(a INTEGER)", "INTEGER[]",
        "TIME", "BLOB",
    ),
    "databricks": (
        "int", "bigint", "decimal(10,2)", "double", "string", "boolean", "date", "timestamp",
        "timestamp_ntz", "array<string>", "struct<a:int>", "map<string,int>", "binary",
    ),
}  # fmt: skip


def columns(dialect: str) -> list[ColumnInfo]:
    return [
        ColumnInfo(f"col \"{at}` '; --", data_type, True, at)
        for at, data_type in enumerate(TYPES[dialect], 1)
    ]


@pytest.mark.parametrize("dialect", TYPES)
@pytest.mark.parametrize("percent", [None, 12.5])
def test_everything_is_one_read_only_statement(dialect: str, percent: float | None) -> None:
    source = Source(HOSTILE, percent)
    infos = columns(dialect)
    names = [info.name for info in infos]
    statements = measuring.profiles(source, infos, dialect, max_characters=MAX_CHARACTERS - 2000)
    trees = [
        measuring.count_rows(HOSTILE),
        measuring.value_counts(source, dict(enumerate(names[:3]))),
        measuring.distinct_rows(HOSTILE, {0: names[:2], 1: names[1:4]}),
        measuring.key_statistics(HOSTILE, names[:2]),
        measuring.inclusions(source, {0: (names[0], HOSTILE, names[1])}),
        measuring.sample_rows(source, names, 10),
    ]
    statements += [sql_of(tree, dialect) for tree in trees]
    for sql in statements:
        checked = check_statement(sql, dialect, max_length=MAX_CHARACTERS)
        assert {table.parts for table in checked.tables} == {
            (HOSTILE.catalog, HOSTILE.schema, HOSTILE.table)
        }
        assert checked.parameters == ()


@pytest.mark.parametrize("dialect", TYPES)
def test_a_wide_table_takes_several_statements_and_no_column_is_parted(dialect: str) -> None:
    text = "string" if dialect == "databricks" else "VARCHAR"
    infos = [ColumnInfo(f"column_{at}", text, True, at) for at in range(1, 61)]
    statements = measuring.profiles(
        Source(HOSTILE), infos, dialect, max_characters=MAX_CHARACTERS - 2000
    )
    assert len(statements) > 1
    assert all(len(sql) <= MAX_CHARACTERS for sql in statements)
    for at in range(60):
        assert sum(f"c{at}_non_null" in sql for sql in statements) == 1
