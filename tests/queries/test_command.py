"""manage.py query."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from queries.management.commands.query import Command
from queries.models import QueryRun

pytestmark = pytest.mark.usefixtures("models")


def run(*args: str, **options: Any) -> str:
    output = io.StringIO()
    call_command("query", *args, stdout=output, **options)
    return output.getvalue()


def cells(text: str) -> list[list[str]]:
    """The rows of the printed table, without its frame."""
    lines = [line for line in text.splitlines() if line.startswith("│")]
    return [[cell.strip() for cell in line.strip("│").split("│")] for line in lines]


def test_prints_a_table() -> None:
    text = run(
        "--metrics", "revenue,order_count",
        "--group-by", "customer__country,metric_time__month",
        "--order-by=-revenue",
        "--limit", "3",
    )  # fmt: skip
    assert cells(text) == [
        ["-", "2025-02-01", "100.00", "1"],
        ["FR", "2025-01-01", "30.50", "2"],
        ["SE", "2025-02-01", "5.25", "1"],
    ]
    assert "customer__country" in text
    assert "3 rows in" in text
    assert "there are more" in text
    recorded = QueryRun.objects.get()
    assert (recorded.actor_email, recorded.state) == ("system", "completed")


def test_a_descending_order_needs_no_equals_sign(capsys: pytest.CaptureFixture[str]) -> None:
    Command().run_from_argv(
        ["manage.py", "query", "--metrics", "revenue", "--group-by", "customer__country",
         "--order-by", "-revenue", "--limit", "1"]
    )  # fmt: skip
    assert cells(capsys.readouterr().out) == [["-", "100.10"]]


@pytest.mark.parametrize(
    "where",
    [
        "customer__country = 'FR'",
        "{{ Dimension('customer__country') }} = 'FR'",
        '{"field": "customer__country", "op": "=", "value": "FR"}',
    ],
)
def test_where_in_each_form(where: str) -> None:
    assert cells(run("--metrics", "order_count", "--where", where)) == [["2"]]


@pytest.mark.parametrize(
    ("time_range", "count"),
    [("2025-02-01..2025-03-01", "2"), ("2025-02-01..", "3"), ("..2025-02-01", "2")],
)
def test_time_ranges(time_range: str, count: str) -> None:
    text = run("--metrics", "order_count", "--time-range", time_range)
    assert cells(text) == [[count]]


def test_prints_the_sql_and_runs_nothing() -> None:
    text = run("--metrics", "revenue", "--where", "customer__country = 'FR'", sql=True)
    assert "SELECT" in text
    assert "= 'FR'" in text.splitlines()[-1]
    assert QueryRun.objects.count() == 0


def test_a_saved_query() -> None:
    assert cells(run("--saved-query", "revenue_by_country"))[0] == ["-", "100.10"]


@pytest.mark.parametrize(
    ("arguments", "code", "word"),
    [
        (["--metrics", "revenu"], 1, "revenue"),
        (["--metrics", "revenue", "--group-by", "customer__contry"], 1, "customer__country"),
        (["--metrics", "revenue", "--limit", "0"], 1, "limit"),
        ([], 1, "metric"),
        (["--metrics", "revenue", "--time-range", "2025"], 2, "2013-01-01.."),
        (["--metrics", "revenue", "--time-range", ".."], 2, "must look like"),
        (["--metrics", "revenue", "--where", '{"field": '], 2, "JSON"),
    ],
)
def test_failures_have_exit_codes_and_say_why(arguments: list[str], code: int, word: str) -> None:
    with pytest.raises(CommandError) as caught:
        run(*arguments)
    assert caught.value.returncode == code
    assert word in str(caught.value)


def test_a_warehouse_that_is_gone_is_exit_code_3(settings: Any, tmp_path: Any) -> None:
    settings.DUCKDB_ATTACH = f"shop={tmp_path / 'gone.duckdb'}"
    with pytest.raises(CommandError) as caught:
        run("--metrics", "revenue")
    assert caught.value.returncode == 3


def printed(command: str, *args: str) -> str:
    output = io.StringIO()
    call_command(command, *args, stdout=output)
    return output.getvalue()


def test_compile_prints_the_sql_and_runs_nothing() -> None:
    query = ["--metrics", "revenue", "--where", "customer__country = 'FR'"]
    text = printed("compile", *query)
    assert text == run(*query, "--sql")
    assert "-- p0 = 'FR'" in text
    assert not QueryRun.objects.exists()


def test_explain_prints_the_plan_as_a_tree() -> None:
    text = printed("explain", "--metrics", "revenue", "--group-by", "customer__country")
    lines = text.splitlines()
    assert lines[0] == "answer: customer__country, revenue"
    assert any(line.endswith("├─ table shop.main.orders as orders") for line in lines)
    assert not QueryRun.objects.exists()


@pytest.mark.parametrize("command", ["compile", "explain"])
def test_what_is_refused_is_told_there_too(command: str) -> None:
    with pytest.raises(CommandError, match="Did you mean revenue"):
        printed(command, "--metrics", "revenu")
