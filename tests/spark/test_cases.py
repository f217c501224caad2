"""The Databricks text of each compiler case gives the rows a person counted, on real Spark SQL."""

from __future__ import annotations

import pytest
import yaml

from tests.compiler.harness import HERE, cases, in_order, plain, world
from tests.spark import local_spark

if reason := local_spark.missing():
    pytest.skip(reason, allow_module_level=True)

CASES = dict(cases())


@pytest.fixture(scope="session")
def loaded(spark: local_spark.Spark) -> local_spark.Spark:
    for file in sorted((HERE / "worlds").glob("*.yaml")):
        for name, table in yaml.safe_load(file.read_text())["tables"].items():
            spark.load(name, table["columns"], table["rows"])
    return spark


@pytest.mark.parametrize("name", CASES)
def test_spark_gives_the_rows_a_person_counted(loaded: local_spark.Spark, name: str) -> None:
    case = CASES[name]
    compiled = world(case["world"]).compile("databricks", **case["query"])
    found = loaded.run(compiled.sql, compiled.parameters)
    rows = [tuple(plain(value) for value in row) for row in found]
    counted = [tuple(plain(value) for value in row) for row in case["rows"]]
    if not case["query"].get("order_by"):
        rows, counted = in_order(rows), in_order(counted)
    assert rows == counted
