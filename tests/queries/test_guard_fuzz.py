"""The guard under random texts: always an answer, and nothing that passes leaks or writes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from queries.guard import check_statement
from semantic_layer.adapters.duckdb import DuckDBWarehouse
from semantic_layer.errors import SqlError, StatementRefused
from semantic_layer.ports import Limits, RunState
from tests.adapters.running import submitted
from tests.duckdb_shop import write_shop

SECRET = "the canary sings"
WORDS = (  # noqa: SIM905 - a list of so many reads worse
    "SELECT FROM WHERE WITH t AS MATERIALIZED ( ) , ; * . : :: $ $p :p ? [ ] { } 'a' \"b\" 1 0.5 "
    "-- /* */ \n INSERT UPDATE DELETE DROP TABLE COPY TO ATTACH SET PRAGMA CALL INTO VALUES "
    "DESCRIBE SHOW SUMMARIZE EXPLAIN ANALYZE PIVOT UNPIVOT ON USING UNION ALL EXCEPT BY NAME "
    "gold.orders orders amount count(*) sum(amount) range(3) unnest([1]) read_text read_csv glob "
    "getenv current_setting duckdb_settings() pg_settings query query_table CASE WHEN THEN END "
    "lambda x: x -> || // JOIN LATERAL ORDER GROUP LIMIT OVER QUALIFY EXISTS IN NOT NULL TRUE AND"
).split(" ")
QUERIES = (
    "SELECT amount FROM gold.orders",
    "SELECT content FROM read_text('{canary}')",
    "FROM '{canary}'",
    "SELECT getenv('HOME')",
    "SELECT * FROM gold.leaky",
    "SELECT value FROM duckdb_settings()",
    "SELECT * FROM pg_settings",
    "SELECT * FROM query('SELECT 1')",
    "TABLE gold.orders",
    "VALUES (1)",
    "SELECT 1 AS amount",
    "INSERT INTO gold.orders VALUES (1) RETURNING *",
)
WRAPPERS = (
    "{0}",
    "({0})",
    "SELECT * FROM ({0}) AS q",
    "WITH q AS ({0}) SELECT * FROM q",
    "WITH q AS MATERIALIZED ({0}) FROM q",
    "SELECT ({0})",
    "SELECT EXISTS ({0})",
    "SELECT ARRAY({0})",
    "SELECT 1 WHERE 1 IN ({0})",
    "SELECT * FROM gold.orders, LATERAL ({0}) AS q",
    "SELECT count(*) FILTER (WHERE ({0}) IS NULL) FROM gold.orders",
    "SELECT CASE WHEN ({0}) IS NULL THEN 1 END",
    "{0} UNION ALL {0}",
    "{0} EXCEPT {0}",
    "SELECT list_transform([1], lambda x: ({0}))",
    "SELECT amount FROM gold.orders ORDER BY ({0})",
    "DESCRIBE {0}",
    "SUMMARIZE {0}",
    "EXPLAIN ANALYZE {0}",
    "PIVOT ({0}) ON 1 USING count(*)",
    "{0};",
    "/* {0} */ {0} -- {0}",
)

soup = st.lists(st.sampled_from(WORDS), max_size=25).map(" ".join)
text = st.text(
    alphabet=st.sampled_from(list("SELECTselect *;'\"`$:?.,()[]{}-/\\\n\té漢\x00abc123")),
    max_size=60,
)
nested = st.recursive(
    st.sampled_from(QUERIES),
    lambda inner: st.tuples(st.sampled_from(WRAPPERS), inner).map(lambda p: p[0].format(p[1])),
    max_leaves=4,
).filter(lambda sql: len(sql) < 5000)


@given(sql=soup | text | nested, dialect=st.sampled_from(["duckdb", "databricks"]))
@settings(max_examples=600, deadline=None)
def test_the_guard_always_answers(sql: str, dialect: str) -> None:
    with suppress(SqlError, StatementRefused):
        assert len(check_statement(sql, dialect).sql) == len(sql)


@pytest.fixture(scope="module")
def locked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[DuckDBWarehouse, Path]]:
    folder = tmp_path_factory.mktemp("fuzz")
    canary = folder / "canary.txt"
    canary.write_text(SECRET)
    warehouse = DuckDBWarehouse(
        {"shop": write_shop(folder / "shop.duckdb", canary=canary)},
        temp_dir=folder / "temp",
        memory_limit="500MB",
    )
    warehouse.ping()
    yield warehouse, canary
    warehouse.close()


@given(sql=soup | nested)
@settings(
    max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_what_passes_neither_leaks_nor_writes(
    locked: tuple[DuckDBWarehouse, Path], sql: str
) -> None:
    warehouse, canary = locked
    sql = sql.replace("{canary}", str(canary))
    before = sorted(path.name for path in canary.parent.iterdir())
    content = (canary.parent / "shop.duckdb").read_bytes()
    shown = ""
    try:
        checked = check_statement(sql, "duckdb")
        shown = result_of(warehouse, checked.sql, dict.fromkeys(checked.parameters, 1))
    except (SqlError, StatementRefused) as error:
        shown = error.message
    assert SECRET not in shown
    assert sorted(path.name for path in canary.parent.iterdir()) == before
    assert (canary.parent / "shop.duckdb").read_bytes() == content


def result_of(warehouse: DuckDBWarehouse, sql: str, values: dict[str, int]) -> str:
    handle = submitted(warehouse, sql, values, Limits(max_rows=100, timeout_s=5))
    status = warehouse.poll(handle, wait_s=20)
    if status.error is not None:
        raise status.error
    assert status.state in {RunState.SUCCEEDED, RunState.TIMED_OUT}
    if status.state is RunState.TIMED_OUT:
        return ""
    return str([batch.to_pydict() for batch in warehouse.batches(handle)])
