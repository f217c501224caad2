"""The patterns of table analysis mean the same to Spark (Java) and to DuckDB (RE2)."""

from __future__ import annotations

import duckdb
import pytest
from sqlglot import exp

from catalog.analysis.patterns import PATTERNS
from tests.spark import local_spark

if reason := local_spark.missing():
    pytest.skip(reason, allow_module_level=True)

TEXTS = (
    "", "  ", "a@b.example", "write to a@b.example", "+49 (30) 1234-567", "0301234567", "1,234.50",
    "-7", "007", "2024-01-05", "2024-01-05T10:00:00Z", "31/12/2024", "12/31/2024", "1/2/24",
    "2025/02/03", "03-Feb-2025", "£1,234.50", "$ -7",
    "20240105", "123e4567-e89b-12d3-a456-426614174000", "https://x.example", "10.0.0.1",
    "123-45-6789", "4111 1111 1111 1111", "DE89 3704 0044 0532 0130 00", "Ada Lovelace",
    "12 Main Street", '{"a": 1}', "[1, 2]", "[1, 2", "École é", "back\\slash", "a b",
)  # fmt: skip


def found(dialect: str) -> str:
    columns = [
        exp.RegexpLike(this=exp.column("t"), expression=exp.Literal.string(pattern)).as_(name)
        for name, pattern in PATTERNS.items()
    ]
    values = [exp.select(exp.Literal.string(text).as_("t")) for text in TEXTS]
    texts = exp.union(*values, distinct=False).subquery("texts")
    return exp.select("t", *columns).from_(texts).sql(dialect)


def test_every_pattern_finds_the_same(spark: local_spark.Spark) -> None:
    with duckdb.connect() as connection:
        expected = connection.execute(found("duckdb")).fetchall()
    assert sorted(spark.run(found("databricks"), {})) == sorted(expected)
    assert all(any(row[index] for row in expected) for index in range(1, len(PATTERNS) + 1))
