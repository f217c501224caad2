"""reconcile_models: drift both ways, settled without losing a byte."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from models_registry import services
from models_registry.audit import SYSTEM
from models_registry.mirror.draining import drain
from models_registry.mirror.layout import hash_of_bytes
from models_registry.models import AuditEntry, Document, DocumentVersion, OutboxEntry
from semantic_layer.adapters.local_volume import LocalVolume
from tests.models_registry.conftest import ORDERS, write_customers, write_orders
from tests.models_registry.mirror.expected import actual_tree, assert_in_step, expected_tree
from tests.models_registry.mirror.test_draining import delete, update_orders

pytestmark = pytest.mark.django_db

BY_HAND = ORDERS.replace("One row per order.", "By hand.").replace(
    "# What customers bought.", "# My remark."
)
IN_STEP, FAILED, DRIFT, LEFT = 0, 1, 2, 3


@pytest.fixture(autouse=True)
def mirrored(store: LocalVolume) -> None:
    """Two models in production, and in the volume."""
    write_customers()
    write_orders()
    drain(store)


def reconcile(*flags: str) -> tuple[int, str]:
    """Exit code and everything that was said."""
    out = StringIO()
    try:
        call_command("reconcile_models", *flags, stdout=out, stderr=out)
    except CommandError as error:
        return error.returncode, out.getvalue()
    return IN_STEP, out.getvalue()


def published(name: str = "orders", category: str = "production") -> str | None:
    row = Document.objects.select_related("published").get(category=category, name=name)
    return row.published.yaml if row.published else None


def kept(store: LocalVolume, text: str, name: str = "orders") -> bool:
    """Whether the bytes are in the backups under their hash."""
    data = text.encode()
    path = f"backups/production/{name}/found-{hash_of_bytes(data)[:16]}.yml"
    return actual_tree(store.base).get(path) == data


def assert_settled(store: LocalVolume) -> None:
    """In step, apart from what was kept."""
    assert not OutboxEntry.objects.exists()
    files = {p: d for p, d in actual_tree(store.base).items() if "found-" not in p}
    assert files == expected_tree()
    assert reconcile("--dry-run") == (IN_STEP, "0 differences, 0 of them left.\n")


# ---------------------------------------------------------------- one side


def test_nothing_to_do(store: LocalVolume) -> None:
    before = {file.path: file.modified_at for file in store.files()}
    assert reconcile() == (IN_STEP, "0 differences, 0 of them left.\n")
    assert {file.path: file.modified_at for file in store.files()} == before


def test_an_edited_file_becomes_a_version(store: LocalVolume) -> None:
    store.write("production/orders.yml", BY_HAND.encode())

    code, said = reconcile("--dry-run")
    assert code == DRIFT
    assert "edited" in said
    assert "would become a new version" in said
    assert published() == ORDERS

    code, said = reconcile()
    assert code == IN_STEP, said
    assert "is version 2 now" in said
    assert published() == BY_HAND
    version = DocumentVersion.objects.get(document__name="orders", number=2)
    assert (version.author_email, version.author) == ("volume", None)
    audit = AuditEntry.objects.get(name="orders", after_version=2)
    assert (audit.actor_email, audit.action, audit.outcome) == ("volume", "reconcile", "done")
    assert_in_step(store.base)
    assert_settled(store)


def test_a_comment_only_edit_is_kept_too(store: LocalVolume) -> None:
    text = ORDERS + "# A last word.\n"
    store.write("production/orders.yml", text.encode())
    assert reconcile()[0] == IN_STEP
    assert published() == text
    assert_settled(store)


def test_a_new_file_becomes_a_model(store: LocalVolume) -> None:
    text = (
        "semantic_model:\n  name: stores\n  model: shop.main.stores\n  entities:\n"
        "    - {name: store, type: primary}\n"
    )
    store.write("production/stores.yml", text.encode())
    query = "saved_queries: [{name: daily, query_params: {metrics: [revenue]}}]\n"
    store.write("production/saved_queries/daily.yml", query.encode())
    assert reconcile()[0] == IN_STEP
    assert published("stores") == text
    assert published("daily") == query
    assert_settled(store)


def test_edits_that_need_each_other_come_in_together(store: LocalVolume) -> None:
    store.write(
        "production/orders.yml",
        (ORDERS + "  - {name: per_head, type: ratio, numerator: revenue, denominator: heads}\n")
        .encode(),
    )  # fmt: skip
    text = store.read("production/customers.yml").decode().replace("customers_known", "heads")
    store.write("production/customers.yml", text.encode())
    code, said = reconcile()
    assert code == IN_STEP, said
    assert "heads" in (published("customers") or "")
    assert_settled(store)


def test_a_removed_file_is_written_again(store: LocalVolume) -> None:
    store.delete("production/orders.yml")
    code, said = reconcile()
    assert (code, "missing" in said) == (IN_STEP, True)
    assert_settled(store)


def test_a_removed_file_deletes_where_the_volume_is_preferred(store: LocalVolume) -> None:
    store.delete("production/orders.yml")
    assert "would be deleted" in reconcile("--dry-run", "--prefer-volume")[1]
    assert reconcile("--prefer-volume")[0] == IN_STEP
    assert published() is None
    assert AuditEntry.objects.filter(name="orders", action="delete", actor_email="volume").exists()
    assert_settled(store)


def test_a_model_in_use_is_not_deleted_with_its_file(store: LocalVolume) -> None:
    services.create_model(
        actor=SYSTEM, category="production",
        payload={"yaml": "saved_queries: [{name: daily, query_params: {metrics: [revenue]}}]"},
    )  # fmt: skip
    drain(store)
    store.delete("production/orders.yml")
    code, said = reconcile("--prefer-volume")
    assert code == LEFT
    assert "is used by" in said
    assert published() == ORDERS


def test_what_the_registry_changed_is_written(store: LocalVolume) -> None:
    update_orders("Two.")
    assert "pending" in reconcile("--dry-run")[1]
    assert reconcile()[0] == IN_STEP
    assert_settled(store)


def test_under_review_an_edit_becomes_a_draft(store: LocalVolume, settings: Any) -> None:
    settings.MODEL_REVIEW_CATEGORIES = ["production"]
    store.write("production/orders.yml", BY_HAND.encode())
    code, said = reconcile()
    assert (code, "a draft until it is approved" in said) == (IN_STEP, True)
    assert published() == ORDERS
    assert store.read("backups/production/orders/2.yml") == BY_HAND.encode()
    assert_settled(store)
    assert DocumentVersion.objects.filter(document__name="orders").count() == 2


# ---------------------------------------------------------------- both sides


@pytest.fixture
def conflict(store: LocalVolume) -> None:
    """The file was changed by hand, and the registry too."""
    store.write("production/orders.yml", BY_HAND.encode())
    update_orders("Two.")


@pytest.mark.usefixtures("conflict")
def test_a_conflict_waits_for_a_person(store: LocalVolume) -> None:
    code, said = reconcile()
    assert code == LEFT
    assert "conflict" in said
    assert "--prefer-registry or --prefer-volume" in said
    assert store.read("production/orders.yml") == BY_HAND.encode()
    assert "Two." in (published() or "")


@pytest.mark.usefixtures("conflict")
def test_a_conflict_for_the_registry(store: LocalVolume) -> None:
    assert reconcile("--prefer-registry")[0] == IN_STEP
    assert "Two." in (published() or "")
    assert kept(store, BY_HAND)
    assert_settled(store)


@pytest.mark.usefixtures("conflict")
def test_a_conflict_for_the_volume(store: LocalVolume) -> None:
    assert reconcile("--prefer-volume")[0] == IN_STEP
    assert published() == BY_HAND
    assert b"Two." in store.read("backups/production/orders/2.yml")
    assert_settled(store)


def test_both_sides_made_the_same_change(store: LocalVolume) -> None:
    update_orders("Two.")
    store.write("production/orders.yml", (published() or "").encode())
    assert reconcile()[0] == IN_STEP
    assert_settled(store)


def test_an_edit_that_loses_is_kept(store: LocalVolume) -> None:
    store.write("production/orders.yml", BY_HAND.encode())
    assert reconcile("--prefer-registry")[0] == IN_STEP
    assert published() == ORDERS
    assert kept(store, BY_HAND)
    assert_settled(store)


def test_extra_files_that_lose_are_kept(store: LocalVolume) -> None:
    delete("orders")
    drain(store)
    store.write("production/orders.yml", BY_HAND.encode())
    store.write("production/never_known.yml", b"hello")
    code, said = reconcile("--prefer-registry")
    assert code == IN_STEP
    assert said.count("kept in backups, and removed") == 2
    assert kept(store, BY_HAND)
    assert kept(store, "hello", "never_known")
    assert_settled(store)


def test_an_earlier_version_in_the_file_is_a_question(store: LocalVolume) -> None:
    update_orders("Two.")
    drain(store)
    store.write("production/orders.yml", ORDERS.encode())
    code, said = reconcile()
    assert code == LEFT
    assert "holds version 1" in said
    assert reconcile("--prefer-volume")[0] == IN_STEP
    assert published() == ORDERS
    assert_settled(store)


# ---------------------------------------------------------------- what cannot come in


def test_invalid_files_are_told_with_line_and_column_and_left(store: LocalVolume) -> None:
    broken = ORDERS.replace("agg: sum", "agg: summ")
    store.write("production/orders.yml", broken.encode())
    store.write("production/torn.yml", ORDERS.encode()[:200] + b"\xff\xfe")
    store.write("production/cut.yml", b"semantic_model: {name: cut")
    line = broken[: broken.index("summ")].count("\n") + 1

    for flags in ((), ("--prefer-volume",)):
        code, said = reconcile(*flags)
        assert code == LEFT
        assert f"production/orders.yml:{line}:" in said
        assert "'summ' is not an aggregation" in said
        assert "Not UTF-8 at byte 201" in said
        assert "production/cut.yml:2:1" in said
        assert store.read("production/orders.yml") == broken.encode()
        assert published() == ORDERS

    assert reconcile("--prefer-registry")[0] == IN_STEP
    assert kept(store, broken)
    assert_settled(store)


def test_one_invalid_file_keeps_no_valid_one_out(store: LocalVolume) -> None:
    store.write("production/orders.yml", BY_HAND.encode())
    store.write("production/customers.yml", b"semantic_model: {name: customers}")
    code, said = reconcile()
    assert code == LEFT
    assert published() == BY_HAND
    assert "production/customers.yml" in said


def test_an_edit_that_breaks_another_model_is_refused(store: LocalVolume) -> None:
    text = (
        ORDERS + "  - {name: per_head, type: ratio, numerator: revenue,"
        " denominator: customers_known}\n"
    )
    services.update_model(
        actor=SYSTEM, category="production", name="orders", payload={"yaml": text}
    )
    drain(store)
    hand = store.read("production/customers.yml").decode().replace("customers_known", "heads")
    store.write("production/customers.yml", hand.encode())
    code, said = reconcile()
    assert code == LEFT
    assert "customers_known" in said
    assert "heads" not in (published("customers") or "")


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("production/orders.yml", BY_HAND.replace("name: orders\n", "name: other\n")),
        ("production/orders.yml", BY_HAND + "---\nsemantic_model: {name: second, model: ref('x'),"
         " entities: [{name: second_id, type: primary}]}\n"),
        ("production/new.yml", "metrics: [{name: new, type: simple, measure: revenue_sum}]\n"),
        ("production/empty.yml", ""),
    ],
)  # fmt: skip
def test_a_file_says_its_document_and_nothing_else(
    store: LocalVolume, path: str, text: str
) -> None:
    store.write(path, text.encode())
    code, said = reconcile()
    assert code == LEFT
    assert "WRONG_FILE" in said
    assert DocumentVersion.objects.count() == 2


def test_links_and_odd_names_are_left(store: LocalVolume, tmp_path: Path) -> None:
    outside = tmp_path / "secret.yml"
    outside.write_text(BY_HAND)
    store.delete("production/orders.yml")
    (store.base / "production/orders.yml").symlink_to(outside)
    (store.base / "production/ä b.yml").write_text("odd")
    (store.base / "production/-rf.yml").write_text("odd")
    (store.base / "production/README.txt").write_text("mine")
    (store.base / "production/deep/er").mkdir(parents=True)
    (store.base / "production/deep/er/orders.yml").write_text(BY_HAND)
    for flags in ((), ("--prefer-volume",), ("--prefer-registry",)):
        code, said = reconcile(*flags)
        assert code == LEFT
        assert "symbolic link" in said
        assert "README.txt" in said
    assert outside.read_text() == BY_HAND
    assert published() == ORDERS
    assert (store.base / "production/deep/er/orders.yml").exists()


def test_a_folder_in_a_files_place_is_left(store: LocalVolume) -> None:
    store.delete("production/orders.yml")
    (store.base / "production/orders.yml").mkdir()
    code, said = reconcile("--prefer-registry")
    assert (code, "unreadable" in said) == (LEFT, True)


# ---------------------------------------------------------------- manifest and backups


@pytest.mark.parametrize("data", [None, b"", b'{"files": []}', b"\xff"])
def test_a_wrong_manifest_is_written_again(store: LocalVolume, data: bytes | None) -> None:
    if data is None:
        store.delete("production/manifest.json")
    else:
        store.write("production/manifest.json", data)
    assert "manifest" in reconcile("--dry-run")[1]
    assert reconcile()[0] == IN_STEP
    files = json.loads(store.read("production/manifest.json"))["files"]
    assert [file["name"] for file in files] == ["customers", "orders"]
    assert_settled(store)


def test_backups_are_mended(store: LocalVolume) -> None:
    update_orders("Two.")
    drain(store)
    store.delete("backups/production/orders/1.yml")
    damaged = b"x" * len(store.read("backups/production/orders/2.yml"))
    store.write("backups/production/orders/2.yml", damaged)
    code, said = reconcile()
    assert code == IN_STEP
    assert "1.yml is missing" in said
    assert "2.yml is damaged" in said
    assert kept(store, damaged.decode())
    assert_settled(store)


def test_a_newer_backup_is_a_question(store: LocalVolume) -> None:
    """The registry was restored to a time before version 2 was written."""
    store.write("backups/production/orders/2.yml", BY_HAND.encode())
    code, said = reconcile()
    assert code == LEFT
    assert "is version 2, the registry has version 1" in said

    assert reconcile("--prefer-volume")[0] == IN_STEP
    assert published() == BY_HAND
    assert_settled(store)


def test_a_newer_backup_that_loses_is_kept(store: LocalVolume) -> None:
    store.write("backups/production/orders/2.yml", BY_HAND.encode())
    assert reconcile("--prefer-registry")[0] == IN_STEP
    assert kept(store, BY_HAND)
    assert published() == ORDERS
    assert_settled(store)


def test_a_registry_that_was_restored_takes_its_future_from_the_volume(store: LocalVolume) -> None:
    store.write("backups/production/orders/2.yml", b"something in between")
    store.write("backups/production/orders/3.yml", BY_HAND.encode())
    store.write("production/orders.yml", BY_HAND.encode())
    assert reconcile("--prefer-volume")[0] == IN_STEP
    assert published() == BY_HAND
    assert kept(store, "something in between")


# ---------------------------------------------------------------- the rest


def test_a_lost_volume_is_written_anew(store: LocalVolume) -> None:
    before = actual_tree(store.base)
    for path in before:
        (store.base / path).unlink()
    assert reconcile()[0] == IN_STEP
    assert actual_tree(store.base) == before


def test_only_the_category_that_was_asked(store: LocalVolume) -> None:
    write_orders("staging")
    drain(store)
    for category in ("production", "staging"):
        store.write(f"{category}/orders.yml", BY_HAND.encode())
    assert reconcile("--category", "staging")[0] == IN_STEP
    assert published(category="staging") == BY_HAND
    assert published(category="production") == ORDERS


def test_a_volume_that_is_down(store: LocalVolume, settings: Any, tmp_path: Path) -> None:
    settings.VOLUME_FOLDER = tmp_path / "file"
    settings.VOLUME_FOLDER.write_text("not a folder")
    assert reconcile()[0] == FAILED


def test_a_dry_run_touches_nothing(store: LocalVolume) -> None:
    store.write("production/orders.yml", BY_HAND.encode())
    store.delete("production/customers.yml")
    store.write("production/manifest.json", b"")
    before, versions = actual_tree(store.base), DocumentVersion.objects.count()
    for flags in ((), ("--prefer-volume",), ("--prefer-registry",)):
        assert reconcile("--dry-run", *flags)[0] == DRIFT
    assert actual_tree(store.base) == before
    assert DocumentVersion.objects.count() == versions
    assert not OutboxEntry.objects.exists()
