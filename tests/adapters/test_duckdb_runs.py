"""Limits, results and failures of single statements on DuckDB."""

from __future__ import annotations

import gc
from dataclasses import replace
from pathlib import Path

import pytest

from semantic_layer.adapters import known_runs
from semantic_layer.adapters.duckdb import DuckDBWarehouse
from semantic_layer.adapters.duckdb import run as run_module
from semantic_layer.errors import (
    SqlError,
    StatementRefused,
    TooLarge,
    WarehouseError,
    WarehouseUnavailable,
)
from semantic_layer.ports import Limits, RunState, StatementBinder
from tests.adapters.conftest import MakeWarehouse
from tests.adapters.running import LIMITS, begun, ended, rows, submitted

SLOW = "SELECT count(*) FROM range(10000000000) a, range(1000000) b WHERE hash(a.range) = b.range"
UNBOUND = Limits(max_rows=None, timeout_s=60)


def resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / 1024**2


def test_a_large_result_goes_through_disk_and_comes_back_whole(
    make_warehouse: MakeWarehouse,
) -> None:
    warehouse = make_warehouse(spool_memory_bytes=1_000_000)
    sql = "SELECT range AS n, 'row number ' || range AS s FROM range(3000000)"
    handle = submitted(warehouse, sql, limits=UNBOUND)
    assert ended(warehouse, handle).state is RunState.SUCCEEDED
    gc.collect()
    before, total, seen, peak = resident_mb(), 0, 0, 0.0
    for batch in warehouse.batches(handle):
        total += sum(batch.column("n").to_numpy().tolist())
        seen += batch.num_rows
        peak = max(peak, resident_mb())
    assert (seen, total) == (3_000_000, sum(range(3_000_000)))
    assert peak - before < 60


def test_a_result_past_the_size_limit_fails_and_says_so(make_warehouse: MakeWarehouse) -> None:
    warehouse = make_warehouse(max_result_bytes=1_000_000)
    with pytest.raises(TooLarge, match="larger than 0 MB"):
        rows(warehouse, "SELECT range FROM range(1000000)", limits=UNBOUND)


def test_spilled_results_leave_no_file(make_warehouse: MakeWarehouse, tmp_path: Path) -> None:
    warehouse = make_warehouse(spool_memory_bytes=1000)
    submitted_handle = submitted(warehouse, "SELECT range FROM range(100000)", limits=UNBOUND)
    ended(warehouse, submitted_handle)
    names = {path.name for path in (tmp_path / "temp").iterdir()}
    assert all(name.startswith("duckdb_temp") for name in names)


def test_a_sort_larger_than_memory_spills_and_succeeds(make_warehouse: MakeWarehouse) -> None:
    warehouse = make_warehouse(memory_limit="100MB")
    sql = (
        "SELECT count(*) AS n FROM (SELECT md5(range::VARCHAR) AS h FROM range(3000000) ORDER BY h)"
    )
    assert rows(warehouse, sql) == [{"n": 3_000_000}]


def test_out_of_memory_says_what_to_do_and_harms_nothing(make_warehouse: MakeWarehouse) -> None:
    warehouse = make_warehouse(memory_limit="60MB")
    with pytest.raises(SqlError, match="60MB") as caught:
        rows(warehouse, "SELECT array_agg(range) AS v FROM range(100000000)")
    assert caught.value.code == "OUT_OF_MEMORY"
    assert rows(warehouse, "SELECT 1 AS a") == [{"a": 1}]


def test_a_late_error_is_the_statements_error(warehouse: DuckDBWarehouse) -> None:
    sql = "SELECT CASE WHEN range < 2999999 THEN '1' ELSE 'x' END::INTEGER FROM range(3000000)"
    with pytest.raises(SqlError, match="Could not convert string 'x'"):
        rows(warehouse, sql, limits=UNBOUND)


def test_the_row_cap_stops_the_engine_early(warehouse: DuckDBWarehouse) -> None:
    found = rows(warehouse, "SELECT range FROM range(1000000000000)", limits=Limits(10, 60))
    assert len(found) == 10


def test_a_statement_that_gets_no_turn_in_time_is_unavailable(
    make_warehouse: MakeWarehouse,
) -> None:
    warehouse = make_warehouse(max_concurrency=1)
    first = submitted(warehouse, SLOW)
    begun(warehouse, first)
    second = submitted(warehouse, "SELECT 1 AS a", limits=replace(LIMITS, timeout_s=0.3))
    status = ended(warehouse, second)
    assert status.state is RunState.FAILED
    assert isinstance(status.error, WarehouseUnavailable)
    assert "too busy to start the statement within 0.3 seconds" in status.error.message
    third = submitted(warehouse, "SELECT 1 AS a")
    warehouse.cancel(third)
    assert warehouse.poll(third).state is RunState.CANCELLED
    warehouse.cancel(first)
    assert ended(warehouse, first).state is RunState.CANCELLED
    assert rows(warehouse, "SELECT 2 AS a") == [{"a": 2}]


def test_a_full_queue_is_unavailable(make_warehouse: MakeWarehouse) -> None:
    warehouse = make_warehouse(max_concurrency=1, max_waiting=1)
    running = submitted(warehouse, SLOW)
    begun(warehouse, running)
    waiting = submitted(warehouse, SLOW)
    with pytest.raises(WarehouseUnavailable, match="busy") as caught:
        submitted(warehouse, SLOW)
    assert caught.value.retry_after_s > 0
    for handle in (running, waiting):
        warehouse.cancel(handle)


def test_principals_share_the_engine_but_not_their_statements(warehouse: DuckDBWarehouse) -> None:
    ada, bo = warehouse.for_principal("ada"), warehouse.for_principal("bo")
    assert ada.engine is bo.engine
    handle = submitted(ada, "SELECT 1 AS a")
    assert ended(ada, handle).state is RunState.SUCCEEDED
    assert bo.poll(handle).state is RunState.FAILED
    with pytest.raises(WarehouseError):
        list(bo.batches(handle))
    assert len(list(ada.batches(handle))) == 1


def test_results_nobody_fetches_are_dropped(
    warehouse: DuckDBWarehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    forgotten = submitted(warehouse, "SELECT 1 AS a")
    ended(warehouse, forgotten)
    monkeypatch.setattr(known_runs, "KEEP_S", -1.0)
    submitted(warehouse, "SELECT 2 AS a")
    with pytest.raises(WarehouseError, match="not known"):
        list(warehouse.batches(forgotten))


def test_a_broken_engine_is_replaced(
    warehouse: DuckDBWarehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert rows(warehouse, "SELECT 1 AS a") == [{"a": 1}]
    broken = warehouse.engine._database
    monkeypatch.setattr(run_module, "is_fatal", lambda error: True)
    with pytest.raises(SqlError):
        rows(warehouse, "SELECT error('broken') AS a")
    assert rows(warehouse, "SELECT 1 AS a") == [{"a": 1}]
    assert warehouse.engine._database is not broken


def test_an_unexpected_failure_ends_the_statement(
    warehouse: DuckDBWarehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(schema: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr(run_module, "plain_schema", fail)
    with pytest.raises(WarehouseError):
        rows(warehouse, "SELECT 1 AS a")


@pytest.mark.parametrize(
    ("sql", "place", "message"),
    [
        ("SELEC 1", (1, 1), 'syntax error at or near "SELEC"'),
        ("SELECT nope FROM gold.orders", (1, 8), '"nope" not found'),
        ("SELECT 1,\n\n  gold.nope(1)", (3, 3), "nope"),
        ("SELECT * FROM gold.ordres", (1, 15), 'Did you mean "orders"'),
        ("SELECT '漢字漢字', '🦆é', nope FROM gold.orders", (1, 22), "nope"),
        ("SELECT\t1,\tnope FROM gold.orders", (1, 11), "nope"),
        (f"SELECT {'1, ' * 60}nope, {'1, ' * 60}1 FROM gold.orders", (1, 188), "nope"),
        ("SELECT CAST(name AS INTEGER) FROM gold.customers", (1, 8), "Could not convert"),
        ("SELECT 1\n\nFRM x y", (3, 5), "syntax error"),
        ("EXPLAIN SELECT nope FROM gold.orders", (1, 16), "nope"),
        ("SELECT nope + $p AS v FROM gold.orders", (1, 8), "nope"),
    ],
)
def test_an_error_has_its_place_and_a_clean_message(
    warehouse: DuckDBWarehouse, sql: str, place: tuple[int, int], message: str
) -> None:
    parameters = {"p": 1} if "$p" in sql else {}
    with pytest.raises(SqlError) as caught:
        rows(warehouse, sql, parameters)
    details = caught.value.details
    assert (details["line"], details["column"]) == place
    assert message in caught.value.message
    assert "^" not in caught.value.message
    assert "Error:" not in caught.value.message


def test_text_that_looks_like_the_engines_drawing_is_left_alone(
    warehouse: DuckDBWarehouse,
) -> None:
    with pytest.raises(SqlError) as caught:
        rows(warehouse, "SELECT error('mine\n\nLINE 9: x') AS a")
    assert caught.value.message == "mine\n\nLINE 9: x"


def test_it_binds_without_running(warehouse: DuckDBWarehouse) -> None:
    assert isinstance(warehouse, StatementBinder)
    for sql in (SLOW, "SELECT amount FROM gold.orders WHERE order_id = $id", "SHOW TABLES"):
        warehouse.explain_check(sql)
    for sql in ("EXPLAIN SELECT 1", "PIVOT gold.orders ON customer_id USING sum(amount)"):
        warehouse.explain_check(sql)
    with pytest.raises(SqlError) as caught:
        warehouse.explain_check("SELECT amount\nFROM gold.orders\nWHERE nope = $id")
    assert (caught.value.details["line"], caught.value.details["column"]) == (3, 7)
    with pytest.raises(StatementRefused):
        warehouse.explain_check("DROP TABLE gold.orders")
