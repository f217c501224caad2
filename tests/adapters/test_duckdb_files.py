"""Files that are replaced, missing, broken or in use; processes that fork."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import duckdb
import pytest

from semantic_layer.adapters.duckdb import DuckDBMetadata, DuckDBWarehouse
from semantic_layer.errors import InvalidInput, WarehouseUnavailable
from semantic_layer.ports import Limits, RunState
from tests.adapters.conftest import MakeWarehouse
from tests.adapters.running import begun, ended, rows, submitted
from tests.waiting import PATIENCE_S

COUNT = "SELECT count(*) AS n FROM gold.orders"
ROOT = Path(__file__).parents[2]
LOADER = """
    import os, sys, duckdb
    path, rows = sys.argv[1], int(sys.argv[2])
    fresh = path + ".new"
    with duckdb.connect(fresh) as connection:
        connection.execute("CREATE SCHEMA gold")
        connection.execute(f"CREATE TABLE gold.orders AS SELECT 1 AS order_id FROM range({rows})")
    os.replace(fresh, path)
"""
FORKER = """
    import os, sys
    from pathlib import Path
    from semantic_layer.adapters.duckdb import DuckDBWarehouse
    from tests.adapters.running import begun, ended, rows, submitted
    from semantic_layer.ports import RunState

    busy = sys.argv[2] == "busy"
    slow = "SELECT count(*) FROM range(9000000000) a, range(99999) b WHERE hash(a.range) = b.range"
    warehouse = DuckDBWarehouse({"shop": Path(sys.argv[1])}, temp_dir=Path(sys.argv[1] + ".temp"))
    assert rows(warehouse, "SELECT 1 AS a") == [{"a": 1}]
    handle = submitted(warehouse, slow) if busy else None
    if handle is not None:
        begun(warehouse, handle)
    child = os.fork()
    assert rows(warehouse, "SELECT count(*) AS n FROM gold.orders") == [{"n": 5}]
    if child == 0:
        if handle is not None:
            assert warehouse.poll(handle).state is not RunState.SUCCEEDED
        sys.exit(0)
    _, status = os.waitpid(child, 0)
    if handle is not None:
        assert warehouse.poll(handle).state is RunState.RUNNING
        warehouse.cancel(handle)
        assert ended(warehouse, handle).state is RunState.CANCELLED
    sys.exit(os.waitstatus_to_exitcode(status))
"""


def script(text: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(text), *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )


def replace_file(shop: Path, count: int) -> None:
    assert script(LOADER, str(shop), str(count)).returncode == 0


def test_a_file_another_process_renames_over_is_read_at_the_next_statement(
    warehouse: DuckDBWarehouse, shop: Path
) -> None:
    assert rows(warehouse, COUNT) == [{"n": 5}]
    before = DuckDBMetadata(warehouse).fingerprint()
    replace_file(shop, 77)
    assert rows(warehouse, COUNT) == [{"n": 77}]
    assert DuckDBMetadata(warehouse).fingerprint() != before
    replace_file(shop, 78)
    assert rows(warehouse, COUNT) == [{"n": 78}]


def test_a_running_statement_finishes_on_the_file_it_began_with(
    warehouse: DuckDBWarehouse, shop: Path
) -> None:
    slow = "SELECT count(*) AS n FROM gold.orders o, range(30000000) r WHERE hash(r.range) % 3 = 1"
    handle = submitted(warehouse, f"{slow} OR o.order_id > 0")
    begun(warehouse, handle)
    old = warehouse.engine._database
    replace_file(shop, 77)
    assert rows(warehouse, COUNT) == [{"n": 77}]
    assert ended(warehouse, handle).state is RunState.SUCCEEDED
    assert [batch.to_pylist() for batch in warehouse.batches(handle)] == [[{"n": 150_000_000}]]
    assert old is not None
    assert old.retired
    with pytest.raises(duckdb.Error, match="closed"):
        old.connection.execute("SELECT 1")


def test_nothing_is_reopened_while_nothing_changes(warehouse: DuckDBWarehouse) -> None:
    rows(warehouse, COUNT)
    database = warehouse.engine._database
    rows(warehouse, COUNT)
    assert warehouse.engine._database is database


@pytest.mark.parametrize("state", ["idle", "busy"])
def test_a_fork_after_opening_is_safe(shop: Path, state: str) -> None:
    done = script(FORKER, str(shop), state)
    assert done.returncode == 0, done.stderr


def test_a_process_ends_at_once_while_a_statement_runs(shop: Path) -> None:
    done = script(
        """
        import sys
        from pathlib import Path
        from semantic_layer.adapters.duckdb import DuckDBWarehouse
        from tests.adapters.running import submitted
        shop = Path(sys.argv[1])
        warehouse = DuckDBWarehouse({"shop": shop}, temp_dir=shop.with_suffix(".temp"))
        submitted(warehouse, "SELECT count(*) FROM range(10000000000) a, range(1000000) b")
        """,
        str(shop),
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""


def test_a_missing_file_is_unavailable_and_says_so(
    make_warehouse: MakeWarehouse, shop: Path, tmp_path: Path
) -> None:
    missing = tmp_path / "later.duckdb"
    warehouse = make_warehouse({"later": missing})
    with pytest.raises(WarehouseUnavailable, match="'later' does not exist: .*later.duckdb"):
        warehouse.ping()
    shop.rename(missing)
    warehouse.ping()


def test_a_broken_file_is_unavailable_until_it_is_whole(
    warehouse: DuckDBWarehouse, shop: Path
) -> None:
    whole = shop.read_bytes()
    assert rows(warehouse, COUNT) == [{"n": 5}]
    shop.with_suffix(".new").write_bytes(b"no database at all" * 1000)
    shop.with_suffix(".new").replace(shop)
    with pytest.raises(WarehouseUnavailable, match="'shop' cannot be opened"):
        rows(warehouse, COUNT)
    shop.with_suffix(".new").write_bytes(whole)
    shop.with_suffix(".new").replace(shop)
    assert rows(warehouse, COUNT) == [{"n": 5}]


def test_several_files_and_the_meaning_of_two_part_names(
    make_warehouse: MakeWarehouse, tmp_path: Path
) -> None:
    catalogs = {}
    for number, name in enumerate(("first", 'odd "name".x', "third")):
        path = tmp_path / f"{number}'s.duckdb"
        with duckdb.connect(str(path)) as connection:
            connection.execute(f"CREATE SCHEMA s; CREATE TABLE s.t AS SELECT {number} AS n")
        catalogs[name] = path
    both = 'SELECT a.n AS a, b.n AS b FROM s.t AS a, "odd ""name"".x".s.t AS b'
    assert rows(make_warehouse(catalogs), both) == [{"a": 0, "b": 1}]
    chosen = make_warehouse(catalogs, default_catalog="third")
    assert rows(chosen, both) == [{"a": 2, "b": 1}]


def test_without_any_file_it_still_computes(make_warehouse: MakeWarehouse) -> None:
    assert rows(make_warehouse({}), "SELECT 1 AS a") == [{"a": 1}]


@pytest.mark.parametrize("name", ["memory", "Temp", "system", ""])
def test_the_engines_own_names_are_taken(
    make_warehouse: MakeWarehouse, shop: Path, name: str
) -> None:
    with pytest.raises(InvalidInput):
        make_warehouse({name: shop})


def test_an_unknown_default_catalog_is_told_with_a_suggestion(
    make_warehouse: MakeWarehouse,
) -> None:
    with pytest.raises(InvalidInput, match="shop") as caught:
        make_warehouse(default_catalog="shpo")
    assert caught.value.details["suggestions"] == ["shop"]


def test_the_attached_file_never_changes(warehouse: DuckDBWarehouse, shop: Path) -> None:
    content, stat = shop.read_bytes(), shop.stat()
    rows(warehouse, "SELECT * FROM gold.orders ORDER BY hash(order_id)")
    warehouse.close()
    assert shop.read_bytes() == content
    assert shop.stat().st_mtime_ns == stat.st_mtime_ns
    assert not os.path.exists(f"{shop}.wal")


def test_a_closed_warehouse_takes_no_work(warehouse: DuckDBWarehouse) -> None:
    warehouse.close()
    with pytest.raises(WarehouseUnavailable):
        warehouse.submit("SELECT 1", {}, limits=Limits(1, 1), tags={})
