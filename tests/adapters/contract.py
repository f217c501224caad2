"""What every Warehouse must do, in one suite: subclass it, give a fixture `warehouse` and texts.

A statement's text differs between dialects only where `Texts` says so.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from semantic_layer.errors import (
    SemanticLayerError,
    SqlError,
    StatementRefused,
    WarehouseError,
)
from semantic_layer.ports import Limits, RunState, Warehouse
from tests.adapters.running import LIMITS, ended, rows, submitted


@dataclass(frozen=True)
class Texts:
    """SQL of one dialect: `slow` runs for minutes, `numbers` gives n = 0, 1, ... up to its
    `{count}`.

    `literals` are expressions and the JSON values they become; `marker` writes a parameter;
    `binds_bytes` where a parameter may be bytes.
    """

    slow: str
    numbers: str
    wrong_column: str
    wrong_column_place: tuple[int, int]
    literals: tuple[tuple[str, Any], ...]
    marker: str = "${}"
    binds_bytes: bool = True


class WarehouseContract:
    """Inherit, set `texts`, give a fixture `warehouse`."""

    texts: Texts

    def test_every_literal_keeps_its_value(self, warehouse: Warehouse) -> None:
        wrong = []
        for expression, expected in self.texts.literals:
            (row,) = rows(warehouse, f"SELECT {expression} AS v")
            if row["v"] != expected or type(row["v"]) is not type(expected):
                wrong.append((expression, row["v"], expected))
        assert wrong == []

    @pytest.mark.parametrize(
        "value",
        [None, True, 0, -5, 2**40, 1.5, "", 'it\'s; "quoted" -- $p1 :p1 \\', "é漢🦆", "a\nb"],
    )
    def test_a_parameter_arrives_as_it_is(self, warehouse: Warehouse, value: Any) -> None:
        assert rows(warehouse, f"SELECT {self._marker('p0')} AS v", {"p0": value}) == [{"v": value}]

    @pytest.mark.parametrize(
        ("value", "expected"),
        [
            (Decimal("12345678901234567890.123456789"), "12345678901234567890.123456789"),
            (Decimal("1.10"), "1.10"),
            (date(2024, 2, 29), "2024-02-29"),
            (datetime(2024, 2, 29, 12, 30, 1, 5000), "2024-02-29T12:30:01.005"),  # noqa: DTZ001
            (b"\x00'\xff", "ACf/"),
        ],
    )
    def test_a_typed_parameter_keeps_its_type(
        self, warehouse: Warehouse, value: Any, expected: str
    ) -> None:
        sql = f"SELECT {self._marker('p0')} AS v"
        if isinstance(value, bytes) and not self.texts.binds_bytes:
            with pytest.raises(SqlError, match="bind"):
                rows(warehouse, sql, {"p0": value})
            return
        assert rows(warehouse, sql, {"p0": value}) == [{"v": expected}]

    def test_parameters_are_bound_by_name(self, warehouse: Warehouse) -> None:
        sql = f"SELECT {self._marker('b')} AS b, {self._marker('a')} AS a, {self._marker('b')} AS c"
        assert rows(warehouse, sql, {"a": 1, "b": "x"}) == [{"b": "x", "a": 1, "c": "x"}]

    def test_a_missing_parameter_is_the_statements_error(self, warehouse: Warehouse) -> None:
        with pytest.raises(SqlError):
            rows(warehouse, f"SELECT {self._marker('p0')} AS v")

    def test_rows_come_in_order_and_are_capped(self, warehouse: Warehouse) -> None:
        sql = self.texts.numbers.format(count=50_000) + " ORDER BY n"
        capped = rows(warehouse, sql, limits=Limits(max_rows=20_001, timeout_s=60))
        assert [row["n"] for row in capped] == list(range(20_001))

    def test_without_a_cap_every_row_comes(self, warehouse: Warehouse) -> None:
        sql = self.texts.numbers.format(count=50_000)
        assert len(rows(warehouse, sql, limits=Limits(max_rows=None, timeout_s=60))) == 50_000

    def test_a_cap_of_no_rows_still_tells_the_columns(self, warehouse: Warehouse) -> None:
        handle = submitted(warehouse, "SELECT 1 AS a", limits=Limits(max_rows=0, timeout_s=60))
        assert ended(warehouse, handle).state is RunState.SUCCEEDED
        assert [column.name for column in warehouse.columns(handle)] == ["a"]
        assert sum(batch.num_rows for batch in warehouse.batches(handle)) == 0

    def test_an_empty_result_has_columns_with_types(self, warehouse: Warehouse) -> None:
        handle = submitted(warehouse, "SELECT 1 AS a, 'x' AS b WHERE 1 = 0")
        assert ended(warehouse, handle).state is RunState.SUCCEEDED
        columns = warehouse.columns(handle)
        assert [column.name for column in columns] == ["a", "b"]
        assert all(column.type for column in columns)
        assert sum(batch.num_rows for batch in warehouse.batches(handle)) == 0

    def test_duplicate_names_become_unique(self, warehouse: Warehouse) -> None:
        found = rows(warehouse, "SELECT 1 AS a, 2 AS b, 3 AS a, 4 AS a_2, 5 AS a")
        assert list(found[0].values()) == [1, 2, 3, 4, 5]
        names = list(found[0])
        assert names[0] == "a"
        assert names[3] == "a_2"
        assert len(set(names)) == 5
        assert list(rows(warehouse, "SELECT 1 AS a, 2 AS a")[0]) == ["a", "a_2"]

    def test_an_error_tells_line_and_column(self, warehouse: Warehouse) -> None:
        with pytest.raises(SqlError) as caught:
            rows(warehouse, self.texts.wrong_column)
        line, column = self.texts.wrong_column_place
        assert (caught.value.details["line"], caught.value.details["column"]) == (line, column)
        assert "LINE" not in caught.value.message

    def test_a_syntax_error_is_the_statements_error(self, warehouse: Warehouse) -> None:
        with pytest.raises(SqlError):
            rows(warehouse, "SELECT FROM WHERE")

    def test_a_statement_past_its_deadline_is_stopped(self, warehouse: Warehouse) -> None:
        handle = submitted(warehouse, self.texts.slow, limits=replace(LIMITS, timeout_s=0.5))
        status = ended(warehouse, handle)
        assert status.state is RunState.TIMED_OUT
        assert status.error is None

    def test_another_thread_can_cancel(self, warehouse: Warehouse) -> None:
        handle = submitted(warehouse, self.texts.slow)
        assert warehouse.poll(handle, wait_s=0.5).state is RunState.RUNNING
        with ThreadPoolExecutor(1) as pool:
            pool.submit(warehouse.cancel, handle).result()
        assert ended(warehouse, handle).state is RunState.CANCELLED

    def test_cancelling_twice_or_late_is_no_error(self, warehouse: Warehouse) -> None:
        handle = submitted(warehouse, "SELECT 1 AS a")
        ended(warehouse, handle)
        warehouse.cancel(handle)
        warehouse.cancel(handle)
        warehouse.cancel(replace(handle, statement_id="nobody-knows"))

    def test_rows_can_be_fetched_once(self, warehouse: Warehouse) -> None:
        handle = submitted(warehouse, "SELECT 1 AS a")
        ended(warehouse, handle)
        assert sum(batch.num_rows for batch in warehouse.batches(handle)) == 1
        with pytest.raises(WarehouseError):
            list(warehouse.batches(handle))

    def test_a_failed_statement_has_no_rows(self, warehouse: Warehouse) -> None:
        try:
            handle = submitted(warehouse, self.texts.wrong_column)
        except SqlError:
            return
        assert ended(warehouse, handle).state is RunState.FAILED
        with pytest.raises(SqlError):
            list(warehouse.batches(handle))

    def test_many_statements_run_side_by_side(self, warehouse: Warehouse) -> None:
        def one(number: int) -> int:
            found = rows(warehouse, f"SELECT {self._marker('n')} + {number} AS v", {"n": number})
            value: int = found[0]["v"]
            return value

        with ThreadPoolExecutor(16) as pool:
            assert list(pool.map(one, range(64))) == [2 * number for number in range(64)]

    def test_a_handle_is_of_one_principal(self, warehouse: Warehouse) -> None:
        handle = submitted(warehouse, self.texts.slow)
        try:
            foreign = replace(handle, principal="somebody-else")
            assert warehouse.poll(foreign).state is RunState.FAILED
            warehouse.cancel(foreign)
            assert warehouse.poll(handle, wait_s=0.3).state is RunState.RUNNING
        finally:
            warehouse.cancel(handle)

    @pytest.mark.parametrize(
        "sql", ["CREATE TABLE t (a INT)", "DROP TABLE t", "SELECT 1 AS a; SELECT 2 AS b"]
    )
    def test_only_reading_is_allowed(self, warehouse: Warehouse, sql: str) -> None:
        with pytest.raises((StatementRefused, SqlError)):
            rows(warehouse, sql)

    def test_errors_are_ours(self, warehouse: Warehouse) -> None:
        for sql in ("SELECT no_such_function_here(1) AS v", "SELECT * FROM no_such_table_here"):
            with pytest.raises(SemanticLayerError):
                rows(warehouse, sql)

    def test_it_answers_a_ping(self, warehouse: Warehouse) -> None:
        warehouse.ping()

    def _marker(self, name: str) -> str:
        return self.texts.marker.format(name)
