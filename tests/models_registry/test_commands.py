"""validate_models and import_models: what they print, and how they end."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from models_registry import services
from models_registry.audit import SYSTEM
from models_registry.graph_source import load_snapshot
from models_registry.models import DocumentVersion
from semantic_layer.accounts.models import User
from semantic_layer.errors import InvalidModels, Malformed
from tests.models_registry.conftest import ORDERS, write_orders

ROOT = Path(__file__).parents[2]
DEMO = ROOT / "semantic-models"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two models, a metric over both, a saved query and a time spine, in as many files."""
    directory = tmp_path / "models"
    (directory / "deep").mkdir(parents=True)
    (directory / "orders.yml").write_text(ORDERS)
    (directory / "deep" / "customers.yaml").write_text(
        "# Who buys.\n"
        "semantic_models:\n"
        "  - name: customers\n"
        "    model: shop.main.customers\n"
        "    entities: [{name: customer, type: primary, expr: customer_id}]\n"
        "    measures: [{name: customer_count, agg: count, expr: customer_id}]\n"
        "metrics: [{name: customers_known, type: simple, measure: customer_count}]\n"
    )
    (directory / "metrics.yml").write_text(
        "metrics:\n"
        "  - {name: orders_per_customer, type: ratio, numerator: orders_placed,"
        " denominator: customers_known}\n"
    )
    (directory / "project.yml").write_text(
        "saved_queries: [{name: daily, query_params: {metrics: [revenue],"
        " group_by: [metric_time__day], where: [\"{{ Dimension('order__channel') }} = 'web'\"]}}]\n"
        "---\n"
        "# One row per day.\n"
        "project_configuration:\n"
        "  time_spines:\n"
        "    - node_relation: main.days\n"
        "      primary_column: {name: day, time_granularity: day}\n"
        "      custom_granularities: [{name: fiscal_week, column_name: week}]\n"
    )
    (directory / ".hidden.yml").write_text("{{{")
    (directory / "notes.txt").write_text("{{{")
    return directory


def run(*arguments: Any, **options: Any) -> str:
    out = StringIO()
    call_command(*arguments, stdout=out, stderr=out, **options)
    return out.getvalue()


# ---------------------------------------------------------------- validate_models


def test_the_demo_is_valid_without_a_database_or_any_configuration(tmp_path: Path) -> None:
    environment = {"PATH": os.environ["PATH"], "VAR_DIR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "manage.py", "validate_models", str(DEMO)],
        cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "0 errors" in done.stdout


def test_each_error_has_its_line_and_the_exit_code_is_1(folder: Path) -> None:
    text = ORDERS.replace("agg: sum", "agg: summ").replace("type: ratio", "typ: ratio")
    file = folder / "orders.yml"
    file.write_text(text)
    done = subprocess.run(
        [sys.executable, "manage.py", "validate_models", str(folder)],
        cwd=ROOT, capture_output=True, text=True, timeout=60,
    )  # fmt: skip

    assert done.returncode == 1
    line = next(n for n, t in enumerate(text.splitlines(), 1) if "summ" in t)
    column = text.splitlines()[line - 1].index("summ") + 1
    assert f"{file}:{line}:{column}: 'summ' is not an aggregation." in done.stdout
    assert "[UNKNOWN_KEY]" in done.stdout
    assert "errors" in done.stderr


def test_json_and_github_formats(folder: Path) -> None:
    (folder / "orders.yml").write_text(ORDERS.replace("agg: sum", "agg: summ"))
    (folder / "latin.yml").write_bytes("name: größe".encode("latin-1"))
    out = StringIO()
    with pytest.raises(CommandError):
        call_command("validate_models", str(folder), format="json", stdout=out)
    body = json.loads(out.getvalue())
    assert body["valid"] is False
    assert {"INVALID_AGGREGATION", "NOT_UTF8"} <= {error["code"] for error in body["errors"]}
    assert body["summary"]["files"] == 5

    out = StringIO()
    with pytest.raises(CommandError):
        call_command("validate_models", str(folder), format="github", stdout=out)
    assert f"::error file={folder}/orders.yml,line=" in out.getvalue()


def test_paths_that_are_not_there(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="no file or directory"):
        call_command("validate_models", str(tmp_path / "nothing"))


def test_no_file_at_all_is_no_success(tmp_path: Path) -> None:
    (tmp_path / "orders.yml.bak").write_text("x")
    with pytest.raises(CommandError, match=r"no \.yml or \.yaml file at .*nothing was validated"):
        call_command("validate_models", str(tmp_path))


def test_one_file_and_several_paths(folder: Path) -> None:
    said = run("validate_models", str(folder / "orders.yml"), str(folder / "deep"))
    assert "2 models" in said
    assert "2 files" in said


# ---------------------------------------------------------------- import


@pytest.mark.django_db
def test_import_parts_files_into_documents_and_keeps_their_text(folder: Path) -> None:
    result = services.import_directory(actor=SYSTEM, directory=folder, category="staging")

    assert {(d.kind, d.name, d.change, d.number) for d in result.documents} == {
        ("semantic_model", "customers", "created", 1),
        ("semantic_model", "orders", "created", 1),
        ("saved_query", "daily", "created", 1),
        ("project_configuration", "project_configuration", "created", 1),
    }
    texts = dict(DocumentVersion.objects.values_list("document__name", "yaml"))
    assert texts["customers"] == (folder / "deep" / "customers.yaml").read_text()
    assert "# One row per day." in texts["project_configuration"]
    assert "saved_queries" not in texts["project_configuration"]
    # A metric from another file belongs to the model of its first input, whose text must say it.
    assert "orders_per_customer" in texts["orders"]
    graph = load_snapshot("staging").graph
    assert graph.metrics["orders_per_customer"].model == "orders"
    assert set(graph.custom_grains) == {"fiscal_week"}
    assert set(graph.saved_queries) == {"daily"}


@pytest.mark.django_db
def test_importing_again_changes_nothing_and_comments_are_kept(folder: Path) -> None:
    services.import_directory(actor=SYSTEM, directory=folder, category="staging")
    before = load_snapshot("staging").key
    again = services.import_directory(actor=SYSTEM, directory=folder, category="staging")
    assert (again.count("unchanged"), again.changes) == (4, 0)
    assert load_snapshot("staging").key == before

    customers = folder / "deep" / "customers.yaml"
    customers.write_text("# A remark.\n" + customers.read_text())
    result = services.import_directory(actor=SYSTEM, directory=folder, category="staging")

    assert [d.name for d in result.documents if d.is_change] == ["customers"]
    assert DocumentVersion.objects.get(number=2).yaml.startswith("# A remark.")


@pytest.mark.django_db
def test_import_is_all_or_nothing(folder: Path) -> None:
    (folder / "metrics.yml").write_text(
        "metrics:\n  - {name: lost, type: simple, measure: customer_cuont}\n"
    )

    with pytest.raises(InvalidModels) as caught:
        services.import_directory(actor=SYSTEM, directory=folder, category="staging")

    issue = caught.value.issues[0]
    assert (issue.file, issue.line) == ("metrics.yml", 2)
    assert "Did you mean 'customer_count'?" in issue.message
    assert DocumentVersion.objects.count() == 0


@pytest.mark.django_db
def test_a_metric_of_its_own_joins_the_model_that_is_published_already(tmp_path: Path) -> None:
    write_orders()
    (tmp_path / "more.yml").write_text(
        "metrics:\n  - {name: web_revenue, type: simple, measure: revenue_sum}\n"
    )

    result = services.import_directory(actor=SYSTEM, directory=tmp_path, category="production")

    assert [(d.name, d.change, d.number) for d in result.documents] == [("orders", "updated", 2)]
    assert "web_revenue" in load_snapshot("production").graph.metrics
    assert "revenue" in load_snapshot("production").graph.metrics


@pytest.mark.django_db
def test_a_model_written_twice_is_told_with_both_places(folder: Path) -> None:
    (folder / "second.yml").write_text(ORDERS)
    with pytest.raises(InvalidModels) as caught:
        services.import_directory(actor=SYSTEM, directory=folder, category="staging")
    twice = [issue for issue in caught.value.issues if "written twice" in issue.message]
    assert [issue.file for issue in twice] == ["second.yml"]
    assert "orders.yml, line" in twice[0].message


@pytest.mark.django_db
def test_a_directory_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(Malformed):
        services.import_directory(
            actor=SYSTEM, directory=tmp_path / "nothing", category="production"
        )


@pytest.mark.django_db
def test_the_import_command(folder: Path, engineer: User) -> None:
    planned = run("import_models", str(folder), "--category", "staging", "--dry-run")
    assert "Dry run, nothing written: 4 created" in planned
    assert DocumentVersion.objects.count() == 0

    done = run("import_models", str(folder), "--category", "staging", "--as", engineer.email)
    assert "Imported: 4 created, 0 updated, 0 unchanged." in done
    assert set(DocumentVersion.objects.values_list("author_email", flat=True)) == {engineer.email}

    (folder / "orders.yml").write_text(ORDERS.replace("agg: sum", "agg: max"))
    done = run("import_models", str(folder), "--category", "staging")
    assert "updated   semantic_model orders (version 2)" in done
    assert "1 updated, 3 unchanged" in done


@pytest.mark.django_db
def test_the_import_command_refuses(folder: Path, viewer: User) -> None:
    with pytest.raises(CommandError, match="permission 'write'"):
        run("import_models", str(folder), "--category", "staging", "--as", viewer.email)
    with pytest.raises(CommandError, match="no active user"):
        run("import_models", str(folder), "--category", "staging", "--as", "nobody@example.com")
    (folder / "orders.yml").write_text("a: [")
    with pytest.raises(CommandError, match="Nothing imported"):
        run("import_models", str(folder), "--category", "staging")


def test_the_mistake_that_the_readme_makes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its line is printed as the README shows it."""
    shown = re.search(r"^semantic-models/\S+: .*$", (ROOT / "README.md").read_text(), re.M)
    assert shown
    copied = tmp_path / DEMO.name
    shutil.copytree(DEMO, copied)
    flights = copied / "flights.yml"
    flights.write_text(flights.read_text().replace("type: primary", "type: primry", 1))
    monkeypatch.chdir(tmp_path)
    with pytest.raises(CommandError):
        call_command("validate_models", DEMO.name)
    assert shown[0] in "".join(capsys.readouterr())
