"""export_models, plan_models and import_models --mirror: directories and categories, both ways."""

from __future__ import annotations

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from models_registry import services
from models_registry.audit import SYSTEM
from models_registry.graph_source import load_snapshot
from models_registry.models import AuditEntry, Document, DocumentVersion
from queries.models import SavedQuery
from queries.terms import terms_of
from semantic_layer.accounts.models import User
from tests.models_registry.conftest import ORDERS, write_customers, write_orders
from tests.models_registry.test_commands import folder, run

__all__ = ["folder"]

pytestmark = pytest.mark.django_db

CRLF = "# Who buys: größe €.\r\n" + (
    "semantic_model:\r\n  name: buyers\r\n  model: shop.main.customers\r\n"
    "  entities: [{name: buyer, type: primary, expr: customer_id}]   # the key\r\n"
)


def plan(directory: Path, category: str, *flags: str) -> tuple[int, str]:
    """Exit code and output of plan_models."""
    out = StringIO()
    try:
        call_command("plan_models", str(directory), "--category", category, *flags, stdout=out,
                     stderr=out)  # fmt: skip
    except CommandError as error:
        return error.returncode, out.getvalue()
    return 0, out.getvalue()


def names(category: str) -> set[str]:
    found = Document.objects.filter(category=category, published__isnull=False)
    return set(found.values_list("name", flat=True))


def contents(directory: Path) -> dict[str, bytes]:
    return {
        file.relative_to(directory).as_posix(): file.read_bytes()
        for file in directory.rglob("*")
        if file.is_file()
    }


def test_a_round_trip_ends_in_an_empty_plan(folder: Path, tmp_path: Path) -> None:
    (folder / "buyers.yml").write_bytes(CRLF.encode())
    run("import_models", str(folder), "--category", "production")
    first, second = tmp_path / "first", tmp_path / "second"

    assert "Exported 5 files" in run("export_models", str(first), "--category", "production")

    files = contents(first)
    assert set(files) == {
        "buyers.yml", "customers.yml", "orders.yml", "saved_queries/daily.yml",
        "project/project_configuration.yml",
    }  # fmt: skip
    assert files["buyers.yml"] == CRLF.encode()
    assert files["customers.yml"] == (folder / "deep" / "customers.yaml").read_bytes()
    assert plan(first, "production") == (0, plan(first, "production")[1])
    assert plan(first, "staging")[0] == 2
    run("import_models", str(first), "--category", "staging", "--mirror")
    for category in ("production", "staging"):
        code, said = plan(first, category, "--mirror")
        assert (code, "0 created, 0 updated, 5 unchanged" in said) == (0, True), said
    run("export_models", str(second), "--category", "staging")
    assert contents(second) == files
    production, staging = load_snapshot("production"), load_snapshot("staging")
    assert {key: d.definition_hash for key, d in production.documents.items()} == {
        key: d.definition_hash for key, d in staging.documents.items()
    }


def test_models_written_as_json_make_the_round_trip_too(tmp_path: Path) -> None:
    write_customers()
    run("export_models", str(tmp_path / "out"))
    run("import_models", str(tmp_path / "out"), "--category", "development")
    assert plan(tmp_path / "out", "development", "--mirror")[0] == 0
    assert plan(tmp_path / "out", "production", "--mirror")[0] == 0


def test_a_plan_shows_what_would_change_and_changes_nothing(folder: Path) -> None:
    write_orders("staging")
    services.create_model(
        actor=SYSTEM, category="staging",
        payload={"yaml": "semantic_model: {name: old, model: ref('x'),"
                         " entities: [{name: old_id, type: primary}]}"},
    )  # fmt: skip
    before = DocumentVersion.objects.count()
    (folder / "metrics.yml").unlink()
    (folder / "orders.yml").write_text(ORDERS.replace("One row per order.", "Each order."))

    code, said = plan(folder, "staging", "--mirror")

    assert code == 2
    assert "created   semantic_model customers" in said
    assert "updated   semantic_model orders\n" in said
    assert "    -   description: One row per order.\n" in said
    assert "    +   description: Each order.\n" in said
    assert "deleted   semantic_model old" in said
    assert "Plan: 3 created, 1 updated, 1 deleted, 0 unchanged." in said
    assert DocumentVersion.objects.count() == before
    assert "deleted" not in plan(folder, "staging")[1]

    broken = ORDERS.replace("agg: sum", "agg: summ")
    (folder / "orders.yml").write_text(broken)
    line = broken[: broken.index("summ")].count("\n") + 1
    code, said = plan(folder, "staging")
    assert code == 1
    assert f"orders.yml:{line}:" in said


def test_a_long_diff_is_cut(tmp_path: Path) -> None:
    write_orders()
    (tmp_path / "orders.yml").write_text(
        ORDERS + "".join(f"# line {number}\n" for number in range(200))
    )
    assert "more lines" in plan(tmp_path, "production")[1]


def test_mirror_deletes_what_the_directory_lacks_as_one_change(folder: Path) -> None:
    run("import_models", str(folder), "--category", "staging")
    before = load_snapshot("staging").version
    (folder / "project.yml").unlink()
    (folder / "metrics.yml").unlink()
    (folder / "deep" / "customers.yaml").unlink()
    (folder / "orders.yml").write_text(ORDERS.replace("agg: sum", "agg: max"))

    said = run("import_models", str(folder), "--category", "staging", "--mirror")

    assert "Imported: 0 created, 1 updated, 3 deleted, 0 unchanged." in said
    assert names("staging") == {"orders"}
    snapshot = load_snapshot("staging")
    assert set(snapshot.graph.models) == {"orders"}
    assert snapshot.version == before + 2
    assert DocumentVersion.objects.filter(document__name="customers").exists()
    deleted = AuditEntry.objects.filter(name="customers", after_version=None, outcome="done")
    assert [entry.action for entry in deleted] == ["import"]


def test_mirror_refuses_to_delete_what_queries_use(folder: Path, engineer: User) -> None:
    arguments = ("import_models", str(folder), "--category", "staging", "--mirror")
    run(*arguments)
    request, now = {"metrics": ["customers_known"]}, timezone.now()
    SavedQuery.objects.create(
        owner=engineer, name="buyers", kind="metric", sharing="everyone", category="staging",
        request=request, terms=terms_of(request), created_at=now, updated_at=now,
    )  # fmt: skip
    (folder / "metrics.yml").unlink()
    (folder / "deep" / "customers.yaml").unlink()
    with pytest.raises(CommandError, match="'customers' is used by saved query buyers.*--force"):
        run(*arguments)
    assert names("staging") >= {"customers", "orders"}
    assert "1 deleted" in plan(folder, "staging", "--mirror")[1]
    run(*arguments, "--force")
    assert "customers" not in names("staging")


def test_mirror_refuses_what_would_break_the_rest(folder: Path) -> None:
    run("import_models", str(folder), "--category", "staging")
    (folder / "deep" / "customers.yaml").unlink()  # metrics.yml divides by its metric
    before = names("staging")
    with pytest.raises(CommandError, match="Nothing imported"):
        run("import_models", str(folder), "--category", "staging", "--mirror")
    assert names("staging") == before


def test_mirror_never_empties_a_category(tmp_path: Path) -> None:
    write_orders()
    with pytest.raises(CommandError, match="would empty production"):
        run("import_models", str(tmp_path), "--category", "production", "--mirror")
    assert names("production") == {"orders"}


def test_mirror_needs_the_right_to_delete(folder: Path, engineer: User) -> None:
    with pytest.raises(CommandError, match="permission 'delete'"):
        run("import_models", str(folder), "--category", "staging", "--mirror", "--as",
            engineer.email)  # fmt: skip


def test_under_review_importing_again_makes_no_second_draft(folder: Path, settings: Any) -> None:
    settings.MODEL_REVIEW_CATEGORIES = ["staging"]
    run("import_models", str(folder), "--category", "staging")
    assert names("staging") == set()
    versions = DocumentVersion.objects.count()

    said = run("import_models", str(folder), "--category", "staging")

    assert "waiting   semantic_model orders" in said
    assert "4 waiting" in said
    assert DocumentVersion.objects.count() == versions
    assert plan(folder, "staging")[0] == 0


def test_export_does_not_mix_with_files_that_are_there(tmp_path: Path) -> None:
    write_orders()
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "mine.yaml").write_text("mine")
    with pytest.raises(CommandError, match="holds YAML files already"):
        run("export_models", str(tmp_path))
    said = run("export_models", str(tmp_path), "--overwrite")
    assert "deep/mine.yaml is not of this category and was left." in said
    assert (tmp_path / "orders.yml").read_bytes() == ORDERS.encode()


def test_export_follows_no_link(tmp_path: Path) -> None:
    write_orders()
    outside = tmp_path / "outside"
    outside.write_text("mine")
    target = tmp_path / "out"
    target.mkdir()
    (target / "orders.yml").symlink_to(outside)
    with pytest.raises(CommandError, match="symbolic link"):
        run("export_models", str(target), "--overwrite")
    assert outside.read_text() == "mine"


MANIFEST = """{"semantic_models": [{"name": "compiled", "node_relation": {"alias": "orders"},
"entities": [{"name": "order", "type": "primary"}], "dimensions": [], "measures": []}],
"metrics": []}"""


def test_a_directory_without_model_files_is_read_by_its_compiled_manifest(tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.mkdir()
    (target / "semantic_manifest.json").write_text(MANIFEST)
    (target / "manifest.json").write_text("{}")
    run("import_models", str(tmp_path), "--category", "development", "--mirror")
    assert names("development") == {"compiled"}


def test_beside_model_files_the_compiled_manifest_says_nothing_new(folder: Path) -> None:
    (folder / "semantic_manifest.json").write_text(MANIFEST)
    run("import_models", str(folder), "--category", "development")
    assert "compiled" not in names("development")
    assert names("development")
