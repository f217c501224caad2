"""Which names are suggested where, and in what order."""

from __future__ import annotations

import duckdb
import pytest

from catalog.completion import Knowledge, RegistryNames, vocabulary
from tests.catalog.worlds import KNOWLEDGE, completions, inserted, inventory_of, kinds
from tests.fakes import StaticMetadata

FROM_FLIGHTS = "SELECT * FROM gold.flights f "


def values(context: str, prefix: str) -> list[str]:
    return [one.value for one in completions(context, prefix)]


@pytest.mark.parametrize(
    ("context", "prefix", "expected"),
    [
        # after FROM and JOIN: tables, schemas, catalogs, by steps
        ("SELECT * FROM ", "fl",
         ["sales.gold.flags", "bronze.flights", "gold.flights", "flights"]),
        ("SELECT * FROM ", "FLI", ["bronze.flights", "gold.flights", "flights"]),
        ("SELECT * FROM gold.", "fl", ["flights", "flags"]),
        ("SELECT * FROM ", "gold.fl", ["gold.flights", "gold.flags"]),
        ("SELECT * FROM ", "Gold.", ["Gold.airlines", "Gold.flights", "Gold.planes", "Gold.flags"]),
        ("SELECT * FROM flights.gold.", "fl", ["flights"]),
        ("SELECT * FROM ", "sales.gold.", ["sales.gold.flags"]),
        ("SELECT * FROM sales.", "sh", ["shop"]),
        ("SELECT * FROM a JOIN ", "orders", ["sales.shop.orders"]),
        ("WITH flown AS (SELECT 1 AS one) SELECT * FROM ", "flo", ["flown"]),
        # after a dot: columns
        (FROM_FLIGHTS + "WHERE f.", "ca", ["carrier"]),
        (FROM_FLIGHTS + "WHERE ", "f.ca", ["f.carrier"]),
        (FROM_FLIGHTS + "WHERE ", "F.CA", ["F.carrier"]),
        (FROM_FLIGHTS + "WHERE ", "f.de", ["f.dep_delay", "f.arr_delay", 'f."Order Date"']),
        ("SELECT * FROM gold.flights WHERE flights.", "ca", ["carrier"]),
        ("SELECT * FROM gold.flights WHERE gold.flights.", "ca", ["carrier"]),
        (FROM_FLIGHTS + "JOIN gold.airlines a ON f.carrier = a.", "na", ["name"]),
        ("SELECT * FROM gold.airlines a WHERE ", "a.", ["a.carrier", "a.name"]),
        ("SELECT planes.", "ma", ["manufacturer"]),
        ("WITH x AS (SELECT carrier AS code, f.* FROM gold.flights f) SELECT * FROM x WHERE x.",
         "co", ["code"]),
        ("WITH x AS (SELECT f.* FROM gold.flights f) SELECT * FROM x WHERE x.", "or",
         ["origin", '"Order Date"']),
        ("SELECT * FROM (SELECT carrier code, 1 AS cost FROM gold.flights) q WHERE q.", "co",
         ["code", "cost"]),
        # an inner alias hides the outer one
        ("SELECT * FROM gold.planes p WHERE EXISTS (SELECT 1 FROM gold.airlines p WHERE p.", "na",
         ["name"]),
        # nothing can be known
        (FROM_FLIGHTS + "WHERE nobody.", "ca", []),
        ("SELECT 'text ", "fl", []),
        ("SELECT 1 -- ", "fl", []),
        ("SELECT 1 /* ", "fl", []),
        ("SELECT carrier AS ", "fl", []),
        ("SELECT ", "qqqqqq", []),
    ],
)  # fmt: skip
def test_all_that_is_suggested(context: str, prefix: str, expected: list[str]) -> None:
    assert inserted(context, prefix) == expected


def test_columns_of_the_tables_in_from_come_first() -> None:
    found = inserted("SELECT * FROM gold.planes p WHERE ", "ma")
    assert found[0] == "manufacturer"
    assert "carrier" not in inserted("SELECT * FROM gold.planes WHERE ", "ca")[:1]
    assert inserted(FROM_FLIGHTS + "WHERE ", "ca")[0] == "carrier"
    assert inserted(FROM_FLIGHTS + "GROUP BY ", "or")[0] == "origin"
    assert inserted(FROM_FLIGHTS + "ORDER BY ", "or")[0] == "origin"
    assert inserted(FROM_FLIGHTS + "JOIN gold.planes p ON ", "or")[0] == "origin"


def test_a_column_of_two_relations_is_inserted_behind_its_alias() -> None:
    found = inserted(FROM_FLIGHTS + "JOIN gold.airlines a ON ", "ca")
    assert found[:2] == ["a.carrier", "f.carrier"]


@pytest.mark.parametrize(
    ("context", "prefix", "first"),
    [
        ("", "se", "SELECT"),
        ("SELECT * FROM gold.flights ", "wh", "WHERE"),
        ("SELECT * FROM gold.flights WHERE year = 1 ", "an", "AND"),
        ("SELECT carrier ", "fr", "FROM"),
        ("SELECT CAST(year AS ", "big", "BIGINT"),
        ("", "group b", "GROUP BY"),
        ("SELECT * FROM gold.flights ", "order b", "ORDER BY"),
    ],
)
def test_keywords_come_first_where_they_belong(context: str, prefix: str, first: str) -> None:
    assert inserted(context, prefix)[0] == first


def test_ranks_by_how_the_name_matches_then_by_length() -> None:
    source = StaticMetadata(
        {"c": {"s": {"t": ["xdelayx", "arr_delay", "delayed_by", "delay", "delays"]}}},
        default_catalog="c",
    )
    knowledge = Knowledge(inventory_of(source), RegistryNames(), vocabulary("duckdb"), "c")
    found = [one.value for one in completions("SELECT ", "delay", knowledge)]
    assert found == ["delay", "delays", "delayed_by", "arr_delay", "xdelayx"]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("carier", "carrier"),
        ("carrrier", "carrier"),
        ("carreir", "carrier"),
        ("carruer", "carrier"),
        ("dpdly", "dep_delay"),
        ("manufactrer", "manufacturer"),
    ],
)
def test_finds_what_was_nearly_typed(typed: str, meant: str) -> None:
    assert values("SELECT ", typed)[0] == meant


def test_a_near_miss_never_comes_before_a_hit() -> None:
    found = values("SELECT ", "order")
    assert found[:2] == ["order_id", "Order Date"]
    assert "carrier" not in found


def test_metrics_and_dimensions_are_found_by_name_and_label() -> None:
    assert "metric" in kinds("", "on_time")
    assert values("", "Capacity")[0] == "seats_flown"
    assert values("", "on-time r")[0] == "on_time_rate"
    dimension = next(one for one in completions("SELECT ", "flight__or"))
    assert (dimension.type, dimension.value) == ("dimension", "flight__origin")
    metric = completions("", "on_time_rate")[0]
    assert metric.description == "Metric of flights: On-time rate - Share of flights"


def test_metrics_are_no_tables() -> None:
    assert kinds("SELECT * FROM ", "on_time") == set()


def test_says_what_a_name_is() -> None:
    column = completions(FROM_FLIGHTS + "WHERE f.", "carr")[0]
    assert column.description == "VARCHAR in gold.flights: Two letters"
    assert (column.schema, column.catalog) == ("gold", "flights")
    everywhere = next(one for one in completions("SELECT ", "carr") if one.type == "column")
    assert everywhere.description is not None
    assert everywhere.description.endswith("and 2 other tables")
    assert everywhere.schema is None
    table = completions("SELECT * FROM ", "orders")[0]
    assert table.description == "Table, 10 rows: What people bought"
    assert (table.schema, table.catalog) == ("shop", "sales")
    function = next(one for one in completions("SELECT ", "date_tru"))
    assert function.description == "date_trunc(unit, time): Time cut to its unit"


def test_names_are_quoted_where_sql_needs_it() -> None:
    assert inserted("SELECT ", "order d")[0] == '"Order Date"'
    assert inserted("SELECT * FROM sales.shop.orders o WHERE o.", "sel") == ['"select"']
    assert inserted('SELECT * FROM gold.flights WHERE "', '"Order D') == ['"Order Date"']
    databricks = Knowledge(KNOWLEDGE.inventory, KNOWLEDGE.registry, vocabulary("databricks"))
    found = completions("SELECT * FROM gold.flights f WHERE f.", "Ord", databricks)
    assert found[0].insert_text == "`Order Date`"


def test_inside_quotes_only_what_can_be_quoted() -> None:
    assert kinds('SELECT "', '"or') <= {"column", "table", "schema", "catalog"}


def test_no_kind_crowds_the_others_out() -> None:
    columns = [f"count_{n}" for n in range(100)]
    source = StaticMetadata({"c": {"s": {"t": columns}}}, default_catalog="c")
    knowledge = Knowledge(inventory_of(source), RegistryNames(), vocabulary("duckdb"), "c")
    found = completions("SELECT ", "cou", knowledge)
    assert len(found) == 20
    assert "count" in [one.value for one in found if one.type == "function"]


def test_without_a_default_catalog_paths_are_whole() -> None:
    knowledge = Knowledge(KNOWLEDGE.inventory, KNOWLEDGE.registry, vocabulary("duckdb"), None)
    found = completions("SELECT * FROM ", "planes", knowledge)
    assert found[0].insert_text == "flights.gold.planes"


def test_two_part_names_mean_the_default_catalog() -> None:
    """`gold` is in both catalogs: its own come first, the other's are known by their catalog."""
    found = completions("SELECT * FROM ", "gold.fla")
    assert [(one.value, one.catalog) for one in found] == [("flags", "sales")]
    assert completions("SELECT * FROM ", "gold.fl")[0].catalog == "flights"


def test_every_function_suggested_for_duckdb_exists() -> None:
    """The engine is the judge; what only its grammar knows is called instead."""
    with duckdb.connect(":memory:") as connection:
        rows = connection.execute("SELECT DISTINCT function_name FROM duckdb_functions()")
        known = {name for (name,) in rows.fetchall()}
        missing = {one.name for one in vocabulary("duckdb").functions} - known
        assert missing == {"coalesce", "ifnull", "current_timestamp"}
        assert connection.execute(
            "SELECT coalesce(1), ifnull(1, 2), typeof(current_timestamp)"
        ).fetchone()


def test_every_reserved_word_of_duckdb_is_quoted() -> None:
    with duckdb.connect(":memory:") as connection:
        rows = connection.execute(
            "SELECT keyword_name FROM duckdb_keywords() WHERE keyword_category = 'reserved'"
        ).fetchall()
    words = [word for (word,) in rows]
    source = StaticMetadata({"c": {"s": {"t": words}}}, default_catalog="c")
    knowledge = Knowledge(inventory_of(source), RegistryNames(), vocabulary("duckdb"), "c")
    for word in words:
        found = completions("SELECT * FROM s.t WHERE t.", word, knowledge)
        assert found[0].insert_text == f'"{word}"'
