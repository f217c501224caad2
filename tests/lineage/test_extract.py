"""Column lineage of statements against edges that a person wrote down."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from lineage.extract import Inventory, Source, StatementLineage, TableName, extract

CASES = yaml.safe_load(Path(__file__).with_name("corpus.yaml").read_text(encoding="utf-8"))
DIALECTS = ("duckdb", "databricks")
TABLES = {
    "t": ["id", "a", "b", "s", "tags"],
    "u": ["id", "b", "k"],
    "v": ["day", "amount"],
}


def table(name: str) -> TableName:
    return TableName.of("c", "s", name)


INVENTORY = Inventory.of({table(n): c for n, c in TABLES.items()}, catalog="c", schema="s")
RUNS = [
    pytest.param(case, dialect, id=f"{number}-{dialect}")
    for number, case in enumerate(CASES)
    for dialect in ([case["dialect"]] if "dialect" in case else DIALECTS)
]


def short(source: Source) -> str:
    path = f"/{source.path}" if source.path else ""
    return f"{source.table.name}.{source.column}{path}"


def columns_of(found: StatementLineage) -> dict[str, str]:
    return {
        output.name: " ".join(sorted(map(short, output.sources)))
        for output in found.outputs
        if not output.unresolved
    }


def tables_expected(case: dict[str, Any]) -> list[str]:
    if "tables" in case:
        return str(case["tables"]).split()
    named = " ".join([*case.get("columns", {}).values(), case.get("rows", "")]).split()
    return sorted({source.split(".")[0] for source in named})


def test_the_corpus_is_large_enough() -> None:
    assert len(CASES) >= 60
    for dialect in DIALECTS:
        assert len([run for run in RUNS if run.values[1] == dialect]) >= 60


@pytest.mark.parametrize(("case", "dialect"), RUNS)
def test_columns_come_from_where_the_corpus_says(case: dict[str, Any], dialect: str) -> None:
    found = extract(case["sql"], dialect, INVENTORY)
    assert bool(case.get("failed")) == (bool(found.unresolved) and not found.outputs)
    assert columns_of(found) == {
        name: value or "" for name, value in case.get("columns", {}).items()
    }
    unknown = [output.name for output in found.outputs if output.unresolved]
    assert unknown == case.get("unknown", [])
    assert " ".join(sorted(map(short, found.conditions))) == case.get("rows", "")
    assert {name.name for name in found.tables} >= set(tables_expected(case))
    if "tables" in case:
        assert [name.name for name in found.tables] == tables_expected(case)


def test_a_view_is_read_from_its_own_schema() -> None:
    inner = {TableName.of("x", "gold", "t"): ["only_there"]}
    inventory = Inventory.of({**{table("t"): TABLES["t"]}, **inner}, catalog="c", schema="s")
    found = extract("SELECT * FROM t", "duckdb", inventory.seen_from("x", "gold"))
    assert [(o.name, [str(s.table) for s in o.sources]) for o in found.outputs] == [
        ("only_there", ["x.gold.t"])
    ]


def test_duckdb_reads_two_part_names_as_table_of_a_catalog_too() -> None:
    inventory = Inventory.of({TableName.of("shop", "main", "orders"): ["id"]}, catalog="c")
    found = extract("SELECT id FROM shop.orders", "duckdb", inventory)
    assert [str(name) for name in found.tables] == ["shop.main.orders"]
    assert not found.reasons


def test_without_a_default_catalog_short_names_are_unresolved() -> None:
    inventory = Inventory.of({table("t"): TABLES["t"]})
    found = extract("SELECT t.a FROM t", "databricks", inventory)
    assert found.reasons == ("unknown catalog: of t, column a",)
    assert found.tables == ()


def test_a_very_long_statement_is_not_read() -> None:
    assert extract("SELECT 1 -- " + "x" * 200_000, "duckdb", INVENTORY).unresolved


def test_a_deep_statement_ends() -> None:
    sql = "SELECT " + "(" * 5_000 + "a" + ")" * 5_000 + " FROM t"
    assert extract(sql, "duckdb", INVENTORY).reasons


_TEXT = """
select from where t u v a b id * , ( ) join on = with q as recursive union all t.a u.k 1 group by
order over case when end . unnest lateral using 'x " ; pivot values ->
"""
_WORDS = _TEXT.split()


@settings(max_examples=300)
@given(st.lists(st.sampled_from(_WORDS), max_size=24), st.sampled_from(DIALECTS))
def test_no_statement_makes_it_fail(words: list[str], dialect: str) -> None:
    found = extract(" ".join(words), dialect, INVENTORY)
    known = {table(name): set(columns) for name, columns in TABLES.items()}
    for output in found.outputs:
        for source in output.sources:
            assert source.table not in known or source.column in known[source.table]


@settings(max_examples=100)
@given(st.text(max_size=60), st.sampled_from(DIALECTS))
def test_no_text_makes_it_fail(text: str, dialect: str) -> None:
    assert isinstance(extract(text, dialect, INVENTORY), StatementLineage)
