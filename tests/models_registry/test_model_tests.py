"""`config.meta.tests`: what is refused on writing, and what test_models finds."""

from __future__ import annotations

from collections.abc import Mapping
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management import CommandError, call_command

from models_registry import services
from models_registry.audit import SYSTEM
from models_registry.imports import import_directory
from models_registry.model_tests.judging import (
    breakdown_differences,
    row_differences,
    value_differences,
)
from models_registry.model_tests.language import ModelTest, declared_test_issues, declared_tests
from semantic_layer.accounts.models import User
from semantic_layer.compiler import Source, read_documents
from semantic_layer.embedded.environment import PROJECT
from semantic_layer.errors import InvalidModels
from semantic_layer.ports import MetricRows
from tests.models_registry.conftest import ORDERS


def project_with(test: str, on: str = "metric") -> Any:
    """The orders model whose metric revenue (or which itself) carries a test."""
    document = yaml.safe_load(ORDERS)
    tests = yaml.safe_load(test)
    if on == "metric":
        document["metrics"][0]["config"]["meta"]["tests"] = [tests]
    else:
        document["semantic_model"]["config"]["meta"]["tests"] = [tests]
    return read_documents([Source(yaml.safe_dump(document, sort_keys=False))])


def read(test: str, on: str = "metric") -> ModelTest:
    project = project_with(test, on)
    assert declared_test_issues(project) == []
    (found,) = declared_tests(project)
    return found


def rows(*found: Mapping[str, Any]) -> MetricRows:
    return MetricRows(tuple(found[0]) if found else ("revenue",), found, {})


# ---------------------------------------------------------------- the language


@pytest.mark.parametrize(
    ("test", "said"),
    [
        ("just words", "a test has 'query' and 'expect', or 'invariant'"),
        ("{name: nothing}", "a test has 'query' and 'expect', or 'invariant'"),
        ("{query: {}, invariant: not_null, expect: []}", "a test has 'query' and"),
        ("{query: {}}", "'expect' is the list of rows"),
        ("{query: {}, expect: 3}", "'expect' is the list of rows"),
        ("{query: {}, expect: [3]}", "a list of values, or values by column"),
        ("{query: {}, expect: [[1, 2]]}", "has 2 values, the query 1 columns"),
        ("{query: {groupby: [x]}, expect: []}", "Did you mean 'group_by'?"),
        ("{query: {limit: few}, expect: []}", "limit"),
        ("{query: [revenue], expect: []}", "'query' is a metric query"),
        ("{query: {}, expect: [], tolerance: 3}", "from 0 to 1"),
        ("{query: {}, expect: [], tolerance: much}", "'tolerance' is a number"),
        ("{query: {}, expects: []}", "Did you mean 'expect'?"),
        ("{invariant: total_equals_brakedown, by: [order]}",
         "Did you mean 'total_equals_breakdown'?"),
        ("{invariant: total_equals_breakdown}", "needs 'by'"),
        ("{invariant: not_null, by: {a: b}}", "'by' is a list"),
        ("{invariant: between}", "needs one of them"),
        ("{invariant: not_null, minimum: 0}", "belong to 'between'"),
        ("{invariant: between, minimum: true}", "'minimum' is a number"),
    ],
)  # fmt: skip
def test_what_is_no_test_is_told(test: str, said: str) -> None:
    (issue,) = declared_test_issues(project_with(test))
    assert said in issue.message
    assert (issue.code, issue.path) == ("INVALID_TEST", "metrics.revenue.config.meta.tests[0]")
    assert issue.line is not None


def test_a_test_of_a_model_names_its_metrics() -> None:
    (issue,) = declared_test_issues(project_with("{invariant: not_null}", on="model"))
    assert "name the metrics" in issue.message
    assert issue.path == "semantic_models.orders.config.meta.tests[0]"
    test = read("{invariant: not_null, metrics: [revenue]}", on="model")
    assert test.owner == "model orders"


@pytest.mark.django_db
def test_a_write_with_a_wrong_test_is_refused() -> None:
    wrong = ORDERS.replace("synonyms: [turnover, sales]", "tests: [{query: {}, expects: [[1]]}]")
    with pytest.raises(InvalidModels, match="Did you mean 'expect'") as caught:
        services.create_model(actor=SYSTEM, category="production", payload={"yaml": wrong})
    assert caught.value.issues[0].line == wrong[: wrong.index("- name: revenue\n")].count("\n") + 1


# ---------------------------------------------------------------- judging


BY_CHANNEL = "{query: {group_by: [order__channel]}, expect: %s}"


@pytest.mark.parametrize(
    ("expect", "differences"),
    [
        ("[[web, 10.5], [null, 3]]", []),
        ("[[null, 3], [web, '10.50']]", []),
        ("[{order__channel: web}, {revenue: 3.0}]", []),
        ("[[web, 10.5]]", ["not expected: (order__channel=None, revenue='3')"]),
        ("[[web, 10.51], [null, 3]]",
         ["missing: (order__channel='web', revenue=10.51)",
          "not expected: (order__channel='web', revenue='10.50')"]),
        ("[[null, 3], [null, 3], [web, 10.5]]",
         ["missing: (order__channel=None, revenue=3)"]),
        ("[{chanel: web}]",
         ["there is no column chanel; the query answers order__channel, revenue"]),
    ],
)  # fmt: skip
def test_rows_in_any_order(expect: str, differences: list[str]) -> None:
    answer = rows(
        {"order__channel": "web", "revenue": "10.50"}, {"order__channel": None, "revenue": "3"}
    )
    assert row_differences(read(BY_CHANNEL % expect), answer) == differences


def test_rows_in_order_where_the_query_has_one() -> None:
    test = read("{query: {group_by: [order__channel], order_by: [revenue]},"
                " expect: [[a, 1], [b, 2]]}")  # fmt: skip
    a, b = {"order__channel": "a", "revenue": 1}, {"order__channel": "b", "revenue": 2}
    assert row_differences(test, rows(a, b)) == []
    assert len(row_differences(test, rows(b, a))) == 2
    assert "row 2 is missing" in row_differences(test, rows(a))[0]
    assert "row 3 is not expected" in row_differences(test, rows(a, b, b))[0]


@pytest.mark.parametrize(
    ("expect", "tolerance", "actual", "passes"),
    [
        (0.3, 0, 0.1 + 0.2, True),  # floating point noise
        (0.3, 0, "0.30", True),
        (0.3, 0, "0.30000000001", False),  # a decimal is exact
        (100, 0.01, 100.9, True),
        (100, 0.01, 102, False),
        (0, 0.5, 0, True),
        (1, 0, True, False),
        (None, 0, 0, False),
        ("2025-01-01", 0, "2025-01-01T00:00:00", True),
        ("2025-01-01", 0, "2025-01-01T10:00:00", False),
        ("web", 0, "Web", False),
    ],
)
def test_values(expect: Any, tolerance: float, actual: Any, passes: bool) -> None:
    test = read(yaml.safe_dump({"query": {}, "expect": [[expect]], "tolerance": tolerance}))
    assert (row_differences(test, rows({"revenue": actual})) == []) is passes


def test_groups_that_do_not_add_up() -> None:
    test = read("{invariant: total_equals_breakdown, by: [order__channel]}")
    total = rows({"revenue": "30.00"})
    parts = [{"order__channel": "a", "revenue": "10.00"}, {"order__channel": None, "revenue": "20"}]
    assert breakdown_differences(test, total, rows(*parts)) == []
    (said,) = breakdown_differences(test, total, rows(parts[0]))
    assert said == "revenue: the total is 30.00, its 1 groups add up to 10.00"
    assert breakdown_differences(test, rows({"revenue": None}), rows()) == []


@pytest.mark.parametrize(
    ("invariant", "value", "said"),
    [
        ("invariant: not_null", None, "is null"),
        ("invariant: not_null", 0, ""),
        ("invariant: not_negative", "-0.01", "is -0.01"),
        ("invariant: not_negative", None, ""),
        ("{invariant: between, minimum: 0, maximum: 1}", 1.5, "is 1.5, above 1"),
        ("{invariant: between, minimum: 0.5}", "0.25", "is 0.25, below 0.5"),
        ("{invariant: between, maximum: 1}", -9, ""),
    ],
)
def test_invariants_of_values(invariant: str, value: Any, said: str) -> None:
    found = value_differences(read(invariant), rows({"order__channel": "web", "revenue": value}))
    assert found == ([f"revenue for order__channel='web' {said}"] if said else [])


# ---------------------------------------------------------------- the command


def run(*arguments: str) -> tuple[int, str]:
    out = StringIO()
    try:
        call_command("test_models", *arguments, stdout=out, stderr=out)
    except CommandError as error:
        return error.returncode, f"{out.getvalue()}{error}"
    return 0, out.getvalue()


@pytest.fixture
def demo(db: None, demo_warehouse: Path, settings: Any) -> None:
    settings.DUCKDB_DEMO_FILE = demo_warehouse
    import_directory(actor=SYSTEM, directory=PROJECT / "semantic-models", category="production")


@pytest.mark.usefixtures("demo")
def test_the_demo_passes_its_own_tests() -> None:
    code, said = run()
    assert code == 0, said
    assert "pass  metric flights: flights of January" in said
    assert "11 passed, 0 failed." in said
    assert "1 passed, 0 failed." in run("--model", "airlines")[1]


@pytest.mark.usefixtures("demo")
def test_what_differs_is_printed() -> None:
    text = (PROJECT / "semantic-models" / "airlines.yml").read_text()
    text = text.replace("expect: [[16]]", "expect: [[17]]").replace(
        "          - query: {}\n",
        "          - {invariant: not_null, by: [carrier__nmae]}\n          - query: {}\n",
    )
    services.update_model(
        actor=SYSTEM, category="production", name="airlines", payload={"yaml": text}
    )
    code, said = run("--model", "airlines")
    assert code == 1
    assert "FAIL  metric airlines: test 2" in said
    assert "missing: (airlines=17)" in said
    assert "not expected: (airlines=16)" in said
    assert "FAIL  metric airlines: not_null" in said
    assert "carrier__nmae" in said
    assert "0 passed, 2 failed." in said


@pytest.mark.usefixtures("demo")
def test_who_may_not_ask_the_warehouse_may_not_test(viewer: User, analyst: User) -> None:
    assert "permission 'execute'" in run("--as", viewer.email)[1]
    assert run("--as", analyst.email, "--model", "planes")[0] == 0
    code, said = run("--model", "plane")
    assert (code, "Did you mean planes" in said) == (1, True)
