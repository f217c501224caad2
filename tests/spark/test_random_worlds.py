"""Random worlds on real Spark SQL: the Databricks text gives the rows of the reference too."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, Phase, event, given, settings

from tests.oracle.judging import judge
from tests.oracle.loading import columns_of, values_of
from tests.oracle.questions import QUESTIONS, Case, cases
from tests.oracle.world import TERM
from tests.oracle.worlds import CALENDAR, SCHEMA
from tests.spark import local_spark

if reason := local_spark.missing():
    pytest.skip(reason, allow_module_level=True)

WORLDS = 200 // QUESTIONS


@pytest.fixture(scope="module")
def calendar(spark: local_spark.Spark) -> local_spark.Spark:
    rows = [[day, term] for day, term in CALENDAR.items()]
    spark.load(f"{SCHEMA}.days", {"day": "DATE", TERM: "DATE"}, rows)
    return spark


@pytest.mark.timeout(1800)  # half a second each, on a machine that others may use as well
@settings(
    max_examples=WORLDS,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],  # each statement takes long: a failing case is not made smaller
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(case=cases())
def test_spark_gives_the_rows_of_the_reference(calendar: local_spark.Spark, case: Case) -> None:
    for model in case.world.models:
        calendar.load(model["model"], columns_of(model), values_of(case.world, model))
    for number, query in enumerate(case.queries):
        plain = {**query, "totals": False}  # queries like others, which DuckDB has answered already
        event(judge(case.world, plain, number, calendar.run, "databricks"))
