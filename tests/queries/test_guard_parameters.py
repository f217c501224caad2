"""Named parameters: found by tokens, written as the engine wants, bound by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from queries.guard import check_statement
from semantic_layer.adapters.duckdb import DuckDBWarehouse
from semantic_layer.errors import SqlError
from tests.adapters.running import rows
from tests.duckdb_shop import write_shop


@pytest.mark.parametrize(
    ("sql", "native", "names"),
    [
        ("SELECT :a", "SELECT $a", ("a",)),
        ("SELECT $a", "SELECT $a", ("a",)),
        ("SELECT :a, $b, :a", "SELECT $a, $b, $a", ("a", "b")),
        ("SELECT a::INTEGER, :b::DATE", "SELECT a::INTEGER, $b::DATE", ("b",)),
        ("SELECT ':a', \":b\", $$:c$$ -- :d\n/* :e */", None, ()),
        ("SELECT l[1:n], l[:n], l[a:b], l[(1):n]", None, ()),
        ("SELECT l[:n]", None, ()),
        ("SELECT [:n]", "SELECT [$n]", ("n",)),
        ("SELECT [1, :n][1:x]", "SELECT [1, $n][1:x]", ("n",)),
        ("SELECT {'a':x, b:y, 'c': :p}", "SELECT {'a':x, b:y, 'c': $p}", ("p",)),
        ("SELECT MAP {'k':v, 'l': :p}", "SELECT MAP {'k':v, 'l': $p}", ("p",)),
        ("SELECT total: sum(x) FROM t", None, ()),
        ("SELECT * FROM t WHERE a=:a AND b IN (:b,:c)", None, ("a", "b", "c")),
        ("SELECT * FROM t WHERE a BETWEEN :x AND :y LIMIT :n", None, ("x", "y", "n")),
        ("SELECT ts AT TIME ZONE :zone FROM t", "SELECT ts AT TIME ZONE $zone FROM t", ("zone",)),
        ("SELECT CASE WHEN :a THEN :b ELSE :c END", None, ("a", "b", "c")),
        ("SELECT -:a, 1+:b, f(:c)", "SELECT -$a, 1+$b, f($c)", ("a", "b", "c")),
        ("EXPLAIN SELECT :a", "EXPLAIN SELECT $a", ("a",)),
        ("SELECT lambda_ FROM t WHERE x = :select", None, ("select",)),
    ],
)
def test_duckdb(sql: str, native: str | None, names: tuple[str, ...]) -> None:
    checked = check_statement(sql, "duckdb")
    assert checked.parameters == names
    if native is not None or not names:
        assert checked.sql == (native or sql)
    assert len(checked.sql) == len(sql)


@pytest.mark.parametrize(
    ("sql", "native", "names"),
    [
        ("SELECT $a", "SELECT :a", ("a",)),
        ("SELECT col:a.b, :p FROM t", "SELECT col:a.b, :p FROM t", ("p",)),
        ("SELECT CAST(x AS STRUCT<a:INT>), :p", "SELECT CAST(x AS STRUCT<a:INT>), :p", ("p",)),
        ("SELECT `a b`:c FROM t", "SELECT `a b`:c FROM t", ()),
        ("SELECT * FROM t WHERE a = :a LIMIT :n", None, ("a", "n")),
    ],
)
def test_databricks(sql: str, native: str | None, names: tuple[str, ...]) -> None:
    checked = check_statement(sql, "databricks")
    assert checked.parameters == names
    assert checked.sql == (native or sql)


@pytest.mark.parametrize("sql", ["SELECT ?", "SELECT * FROM t WHERE a = ?", "SELECT $1"])
@pytest.mark.parametrize("dialect", ["duckdb", "databricks"])
def test_positional_ones_are_refused_with_their_place(sql: str, dialect: str) -> None:
    with pytest.raises(SqlError, match="have names here") as caught:
        check_statement(sql, dialect)
    assert caught.value.details["column"] == max(sql.find("?"), sql.find("$")) + 1


def test_binding() -> None:
    checked = check_statement("SELECT :a,\n  :b", "duckdb")
    assert checked.bind({"b": None, "a": [1]}) == {"a": [1], "b": None}
    with pytest.raises(SqlError, match="parameter b has no value") as caught:
        checked.bind({"a": 1})
    assert caught.value.details == {"line": 2, "column": 3}
    with pytest.raises(SqlError, match="no parameter c: write :c") as caught:
        checked.bind({"a": 1, "b": 2, "c": 3})
    assert caught.value.code == "PARAMETER_UNUSED"
    with pytest.raises(SqlError) as caught:
        check_statement("SELECT :country", "duckdb").bind({"contry": "FR"})
    assert caught.value.details["suggestions"] == ["contry"]


def test_they_run(tmp_path: Path) -> None:
    warehouse = DuckDBWarehouse(
        {"shop": write_shop(tmp_path / "shop.duckdb")}, temp_dir=tmp_path / "temp"
    )
    checked = check_statement(
        "SELECT name, [1, 2, 3][:n] AS l, {'k': :v}.k AS k FROM gold.customers "
        "WHERE country = :country AND name <> ':n' -- :nothing",
        "duckdb",
    )
    assert checked.parameters == ("v", "country")
    with pytest.raises(SqlError, match='"n" not found'):
        rows(warehouse, checked.sql, checked.bind({"v": 1, "country": "FR"}))
    checked = check_statement("SELECT name FROM gold.customers WHERE country = :c", "duckdb")
    assert rows(warehouse, checked.sql, checked.bind({"c": "FR"})) == [{"name": "Ada"}]
    assert rows(warehouse, checked.sql, checked.bind({"c": "' OR 1=1 --"})) == []
    warehouse.close()
