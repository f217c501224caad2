"""Writes reach the volume: in order, once, whatever fails on the way."""

from __future__ import annotations

import errno
import os
import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from models_registry import services
from models_registry.audit import SYSTEM
from models_registry.mirror.draining import STOP_AFTER_FAILURES, drain
from models_registry.models import DocumentVersion, MirrorState, OutboxEntry
from semantic_layer.adapters.local_volume import LocalVolume
from semantic_layer.errors import NotFound, Unavailable
from tests.models_registry.conftest import ORDERS, write_customers, write_orders
from tests.models_registry.mirror.expected import actual_tree, assert_in_step

MODEL = "semantic_model: {{name: {0}, model: ref('x'), entities: [{{name: {0}, type: primary}}]}}"


def update_orders(description: str, category: str = "production") -> None:
    text = ORDERS.replace("One row per order.", description)
    services.update_model(actor=SYSTEM, category=category, name="orders", payload={"yaml": text})


def delete(name: str) -> None:
    services.delete_model(actor=SYSTEM, category="production", name=name, force=True)


@pytest.mark.django_db
def test_what_is_written_is_there_with_backups_and_manifest(store: LocalVolume) -> None:
    write_orders()
    write_customers("staging")
    update_orders("Two.")
    services.create_model(
        actor=SYSTEM,
        category="production",
        payload={
            "yaml": "saved_queries: [{name: daily, query_params: {metrics: [revenue]}}]\n---\n"
            "project_configuration: {time_spines: [{node_relation: main.days,"
            " primary_column: {name: day, time_granularity: day}}]}\n"
        },
    )
    assert not store.base.exists()

    drained = drain(store)

    assert (drained.synced, drained.failed) == (4, ())
    assert_in_step(store.base)
    assert set(actual_tree(store.base)) == {
        "production/orders.yml",
        "production/saved_queries/daily.yml",
        "production/project/project_configuration.yml",
        "production/manifest.json",
        "staging/customers.yml",
        "staging/manifest.json",
        "backups/production/orders/1.yml",
        "backups/production/orders/2.yml",
        "backups/production/saved_queries/daily/1.yml",
        "backups/production/project/project_configuration/1.yml",
        "backups/staging/customers/1.yml",
    }
    assert (
        store.read("production/orders.yml") == ORDERS.replace("One row per order.", "Two.").encode()
    )


@pytest.mark.django_db
def test_draining_again_touches_nothing(store: LocalVolume) -> None:
    write_orders()
    drain(store)
    before = {file.path: file.modified_at for file in store.files()}
    assert drain(store).synced == 0
    assert {file.path: file.modified_at for file in store.files()} == before


@pytest.mark.django_db
def test_a_deleted_model_leaves_its_backups(store: LocalVolume) -> None:
    write_customers()
    write_orders()
    drain(store)
    delete("orders")
    drain(store)
    assert_in_step(store.base)
    assert not (store.base / "production/orders.yml").exists()
    assert store.read("backups/production/orders/1.yml") == ORDERS.encode()

    write_orders()
    drain(store)
    assert_in_step(store.base)
    assert (store.base / "backups/production/orders/2.yml").exists()


@pytest.mark.django_db
def test_a_renamed_model_moves(store: LocalVolume) -> None:
    write_orders()
    drain(store)
    text = ORDERS.replace("name: orders\n", "name: purchases\n")
    services.update_model(
        actor=SYSTEM, category="production", name="orders", payload={"yaml": text},
        expected=frozenset((1,)), force=True,
    )  # fmt: skip
    drain(store)
    assert_in_step(store.base)
    assert {p for p in actual_tree(store.base) if p.startswith("production/")} == {
        "production/purchases.yml",
        "production/manifest.json",
    }


@pytest.mark.django_db
def test_a_draft_is_backed_up_and_changes_no_file(store: LocalVolume, settings: Any) -> None:
    write_orders()
    drain(store)
    settings.MODEL_REVIEW_CATEGORIES = ["production"]
    update_orders("Under review.")
    drain(store)
    assert_in_step(store.base)
    assert store.read("production/orders.yml") == ORDERS.encode()
    assert b"Under review." in store.read("backups/production/orders/2.yml")


@pytest.mark.django_db
def test_a_refused_write_tells_the_volume_nothing(store: LocalVolume) -> None:
    write_orders()
    drain(store)
    with pytest.raises(Exception, match="summ"):
        services.update_model(
            actor=SYSTEM, category="production", name="orders",
            payload={"yaml": ORDERS.replace("agg: sum", "agg: summ")},
        )  # fmt: skip
    assert not OutboxEntry.objects.exists()


# ---------------------------------------------------------------- a volume that fails


class Failing:
    """A VolumeStore whose writes fail below some paths."""

    def __init__(self, store: LocalVolume, *below: str) -> None:
        self.below, self._store = below, store
        self.writes = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def write(self, path: str, data: bytes) -> None:
        if path.startswith(self.below):
            self.writes += 1
            raise Unavailable("The volume store failed: No space left on device.")
        self._store.write(path, data)


@pytest.mark.django_db
def test_a_full_disk_is_told_and_recovered_from(
    store: LocalVolume, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_orders()
    drain(store)

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        update_orders("Two.")  # the write itself does not notice
        failed = drain(store)
    assert failed.synced == 0
    assert "free some space" in failed.failed[0]
    state = MirrorState.objects.get()
    assert (state.attempts, "free some space" in state.reason) == (1, True)
    assert state.next_try_at is not None
    assert timezone.now() < state.next_try_at < timezone.now() + timedelta(seconds=11)
    assert store.read("production/orders.yml") == ORDERS.encode()

    assert drain(store).synced == 0  # it waits
    MirrorState.objects.update(next_try_at=timezone.now())
    assert drain(store).synced == 1
    assert_in_step(store.base)


@pytest.mark.django_db
def test_waiting_grows_and_at_once_does_not_wait(store: LocalVolume) -> None:
    write_orders()
    failing = Failing(store, "backups/")
    waits = []
    for _ in range(12):
        drain(failing, at_once=True)
        state = MirrorState.objects.get()
        assert state.next_try_at is not None
        waits.append((state.next_try_at - timezone.now()).total_seconds())
    assert [attempt for attempt, wait in enumerate(waits) if wait > 10 * 2**attempt] == []
    assert [attempt for attempt, wait in enumerate(waits) if wait > 900 or wait < 4.9] == []
    assert waits[-1] > 440
    assert drain(store, at_once=True).synced == 1
    assert_in_step(store.base)


@pytest.mark.django_db
def test_one_document_that_fails_keeps_nobody_else(store: LocalVolume) -> None:
    write_customers()
    write_orders()
    drained = drain(Failing(store, "production/customers"))
    assert (drained.synced, len(drained.failed)) == (1, 1)
    assert store.read("production/orders.yml") == ORDERS.encode()
    manifest = store.read("production/manifest.json")
    assert b"orders" in manifest
    assert b"customers" not in manifest
    drain(store, at_once=True)
    assert_in_step(store.base)


@pytest.mark.django_db
def test_a_volume_that_is_down_is_not_asked_for_every_document(store: LocalVolume) -> None:
    for number in range(STOP_AFTER_FAILURES + 10):
        services.create_model(
            actor=SYSTEM, category="production", payload={"yaml": MODEL.format(f"m{number}")}
        )
    failing = Failing(store, "")
    assert len(drain(failing).failed) == STOP_AFTER_FAILURES + 1  # and the manifest
    assert failing.writes == STOP_AFTER_FAILURES + 1
    assert drain(store, at_once=True).ok
    assert_in_step(store.base)


@pytest.mark.django_db
def test_a_manifest_that_fails_is_written_later(store: LocalVolume) -> None:
    write_orders()
    drained = drain(Failing(store, "production/manifest"))
    assert (drained.synced, len(drained.failed)) == (1, 1)
    drain(store)  # too early
    assert not (store.base / "production/manifest.json").exists()
    drain(store, at_once=True)
    assert_in_step(store.base)


@pytest.mark.django_db
def test_what_a_person_changed_is_not_replaced(store: LocalVolume) -> None:
    write_orders()
    drain(store)
    store.write("production/orders.yml", b"# mine\n" + ORDERS.encode())
    update_orders("Two.")
    drained = drain(store)
    assert "changed by hand" in drained.failed[0]
    assert store.read("production/orders.yml").startswith(b"# mine")
    assert b"Two." in store.read("backups/production/orders/2.yml")

    delete("orders")
    assert "changed by hand" in drain(store, at_once=True).failed[0]
    assert store.read("production/orders.yml").startswith(b"# mine")


@pytest.mark.django_db
def test_a_backup_of_a_lost_future_is_kept(store: LocalVolume) -> None:
    """The database was restored: the volume has another version 1."""
    store.write("backups/production/orders/1.yml", b"another one")
    write_orders()
    drain(store)
    assert store.read("backups/production/orders/1.yml") == ORDERS.encode()
    found = [f.path for f in store.files("backups") if "found-" in f.path]
    assert [store.read(path) for path in found] == [b"another one"]


@pytest.mark.django_db
def test_a_link_in_the_volume_is_not_followed(store: LocalVolume, tmp_path: Path) -> None:
    outside = tmp_path / "outside.yml"
    outside.write_text("secret")
    (store.base / "production").mkdir(parents=True)
    (store.base / "production" / "orders.yml").symlink_to(outside)
    write_orders()
    drained = drain(store)
    assert "symbolic link" in drained.failed[0]
    assert outside.read_text() == "secret"
    assert (store.base / "production" / "orders.yml").is_symlink()


# ---------------------------------------------------------------- several at once


@pytest.mark.django_db(transaction=True)
def test_several_drainers_and_writers_end_in_step(store: LocalVolume) -> None:
    write_orders()
    write_customers()
    stop, failures = threading.Event(), []

    def drainer() -> None:
        try:
            while not stop.is_set():
                drain(store)
        except BaseException as error:  # noqa: BLE001  told by the test
            failures.append(error)
        finally:
            connection.close()

    drainers = [threading.Thread(target=drainer) for _ in range(4)]
    for thread in drainers:
        thread.start()
    for number in range(25):
        update_orders(f"Round {number}.")
    stop.set()
    for thread in drainers:
        thread.join()
    assert failures == []
    drain(store)
    assert_in_step(store.base)
    assert DocumentVersion.objects.filter(document__name="orders").count() == 26


@pytest.mark.django_db(transaction=True)
def test_writers_do_not_wait_for_a_slow_volume(store: LocalVolume) -> None:
    write_orders()
    reached, go_on = threading.Event(), threading.Event()

    class Slow(Failing):
        def write(self, path: str, data: bytes) -> None:
            reached.set()
            assert go_on.wait(20)
            self._store.write(path, data)

    def slowly() -> None:
        try:
            drain(Slow(store))
        finally:
            connection.close()

    drainer = threading.Thread(target=slowly)
    drainer.start()
    assert reached.wait(20)
    update_orders("Meanwhile.")
    assert drain(store).synced == 0  # the other one has it
    go_on.set()
    drainer.join()
    assert_in_step(store.base)  # the slow one saw the second version before it ended


@pytest.mark.django_db(transaction=True)
def test_a_write_that_is_rolled_back_is_not_told(store: LocalVolume) -> None:
    with transaction.atomic():
        write_orders()
        transaction.set_rollback(True)
    drain(store)
    with pytest.raises(NotFound):
        store.read("production/orders.yml")
