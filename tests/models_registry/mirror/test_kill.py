"""kill -9 between any two steps of the drain: the next one ends in step."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from celery import Celery
from django.db import connection

from models_registry.mirror import outbox
from models_registry.mirror.draining import drain
from models_registry.models import OutboxEntry
from semantic_layer.adapters.local_volume import LocalVolume
from tests.models_registry.conftest import write_customers, write_orders
from tests.models_registry.mirror.expected import actual_tree, assert_in_step
from tests.models_registry.mirror.test_draining import delete, update_orders
from tests.waiting import PATIENCE_S, wait_for
from tests.worker_fixture import CeleryWorker

ROOT = Path(__file__).parents[3]
pytestmark = pytest.mark.django_db(transaction=True)


class Drainers:
    """The process of mortal_drain.py, spoken to line by line."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.models_registry.mirror.mortal_drain",
             str(connection.settings_dict["NAME"])],
            cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            env={**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings"},
        )  # fmt: skip

    def drain(self, store: LocalVolume, step: int, moment: str) -> dict[str, int]:
        """What became of a child that drains into the volume and dies at a step."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{step} {moment} {store.base}\n")
        self.process.stdin.flush()
        answer: dict[str, int] = json.loads(self.process.stdout.readline())
        return answer

    def dies(self, store: LocalVolume, step: int, moment: str) -> None:
        """Let a child die there; again where the document still was a dead one's."""
        deadline = time.monotonic() + PATIENCE_S
        while (told := self.drain(store, step, moment))["exit"] == 0:
            assert time.monotonic() < deadline, told
            assert OutboxEntry.objects.exists()
        assert told["exit"] == -signal.SIGKILL


@pytest.fixture(scope="module")
def drainers(django_db_setup: None) -> Iterator[Drainers]:
    drainers = Drainers()
    yield drainers
    drainers.process.communicate(timeout=PATIENCE_S)


def recover(store: LocalVolume) -> None:
    """Drain as the sweep does. PostgreSQL may take a moment to see that its client is dead; until
    then the document is still the dead one's.
    """

    def is_in_step() -> bool:
        drain(store)
        return not OutboxEntry.objects.exists()

    wait_for(is_in_step, what="the end of the outbox")


def two_updates() -> None:
    update_orders("Two.")
    update_orders("Three.")


STORIES: dict[str, tuple[Callable[[], None], Callable[[], None]]] = {
    # what the volume has already, and what is to be written when the process dies
    "create": (lambda: None, write_orders),
    "update": (write_orders, two_updates),
    "delete": (write_orders, lambda: delete("orders")),
}
CALLS = {"create": 5, "update": 7, "delete": 3}
"""How often the drain calls the volume in each story; a test below holds them to be right."""


@pytest.mark.parametrize("story", STORIES)
def test_the_number_of_steps_is_known(store: LocalVolume, drainers: Drainers, story: str) -> None:
    before, after = STORIES[story]
    before()
    drain(store)
    after()
    assert drainers.drain(store, 0, "never") == {"exit": 0, "calls": CALLS[story]}
    assert_in_step(store.base)


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize(
    ("story", "step"), [(story, step + 1) for story in STORIES for step in range(CALLS[story])]
)
def test_killed_at_any_step(
    store: LocalVolume, drainers: Drainers, story: str, step: int, moment: str
) -> None:
    before, after = STORIES[story]
    before()
    drain(store)
    after()

    drainers.dies(store, step, moment)

    _assert_readable(store)
    recover(store)
    assert_in_step(store.base)
    assert not [path for path in actual_tree(store.base) if "found-" in path]


@pytest.mark.parametrize("step", [1, 3, 5])
def test_a_write_between_death_and_recovery(
    store: LocalVolume, drainers: Drainers, step: int
) -> None:
    """The file may hold a version that the rows know nothing of: it is ours all the same."""
    write_orders()
    drain(store)
    update_orders("Two.")
    drainers.dies(store, step, "after")
    update_orders("Three.")
    recover(store)
    assert_in_step(store.base)


def test_killed_again_and_again(store: LocalVolume, drainers: Drainers) -> None:
    write_customers()
    write_orders()
    for step in range(1, 9):
        update_orders(f"Round {step}.")
        drainers.dies(store, step, "after" if step % 2 else "before")
    recover(store)
    assert_in_step(store.base)


def test_killed_while_a_file_is_half_written(store: LocalVolume) -> None:
    """What it leaves behind is no file of the volume, and goes after an hour."""
    write_orders()
    rest = store.base / "production" / ".x1y2z3.part"
    rest.parent.mkdir(parents=True)
    rest.write_bytes(b"half")
    drain(store)
    assert_in_step(store.base)
    os.utime(rest, (0, 0))
    update_orders("Two.")
    drain(store)
    assert not rest.exists()


def _assert_readable(store: LocalVolume) -> None:
    """At any time each version that the manifest names can be read in its backup, whole."""
    for path in ("production/manifest.json", "staging/manifest.json"):
        if not (store.base / path).exists():
            continue
        for entry in json.loads(store.read(path))["files"]:
            data = store.read(entry["backup"])
            assert hashlib.sha256(data).hexdigest() == entry["sha256"]


# ---------------------------------------------------------------- the worker


def test_a_worker_writes_what_was_committed(
    store: LocalVolume, celery_worker: CeleryWorker
) -> None:
    celery_worker.use(VOLUME_FOLDER=str(store.base))
    write_orders()
    _wait(lambda: not OutboxEntry.objects.exists(), celery_worker)
    _wait(lambda: (store.base / "production/manifest.json").exists(), celery_worker)
    assert_in_step(store.base)


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_worker_that_is_killed_is_followed_by_another(
    store: LocalVolume, celery_worker: CeleryWorker, moment: str
) -> None:
    celery_worker.use(VOLUME_FOLDER=str(store.base))
    celery_worker.crash_at("models_registry.mirror.draining._mirror", moment)
    write_orders()
    _wait(lambda: not OutboxEntry.objects.exists(), celery_worker)
    assert celery_worker.has_crashed
    _wait(lambda: (store.base / "production/manifest.json").exists(), celery_worker)
    assert_in_step(store.base)


def test_a_broker_that_is_down_keeps_no_writer(
    store: LocalVolume, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "app", Celery(broker="redis://127.0.0.1:1/0"))
    write_orders()
    assert OutboxEntry.objects.exists()
    drain(store)
    assert_in_step(store.base)


def _wait(reached: Callable[[], bool], worker: CeleryWorker) -> None:
    try:
        wait_for(reached)
    except AssertionError as error:
        raise AssertionError(worker.said()) from error
