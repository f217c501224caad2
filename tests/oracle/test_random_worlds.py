"""Random worlds: compiled SQL on DuckDB gives the rows of the reference, or both refuse."""

from __future__ import annotations

import os

import duckdb
import pytest
from hypothesis import HealthCheck, Phase, event, given, settings

from tests.oracle.judging import judge
from tests.oracle.loading import load_calendar, load_world
from tests.oracle.questions import QUESTIONS, Case, cases

WORLDS = int(os.environ.get("RANDOM_WORLDS", str(2000 // QUESTIONS)))


# A failing case is made smaller on demand: that takes minutes.
PHASES = [Phase.generate, *([Phase.shrink] if os.environ.get("SHRINK") else [])]


@pytest.fixture(scope="module")
def database():
    connection = duckdb.connect(":memory:", config={"threads": 1})
    load_calendar(connection)
    yield connection
    connection.close()


@pytest.mark.timeout(900)  # a minute of CPU, on a machine that others may use as well
@settings(
    max_examples=WORLDS,
    deadline=None,
    derandomize=True,
    phases=PHASES,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(case=cases())
def test_compiled_rows_equal_the_reference(database, case: Case):
    load_world(database, case.world)

    def run(sql, parameters):
        return database.execute(sql, dict(parameters)).fetchall()

    for number, query in enumerate(case.queries):
        event(judge(case.world, query, number, run, "duckdb"))
