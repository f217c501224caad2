"""A real Celery worker for tests: a process of its own (prefork, two children) over the test
session's Valkey and test database.

Ask for `celery_worker`; it brings `transactional_db`, since another process sees only what was
committed. It runs with the environment of the test run, and with what `use(NAME="value")` adds:
settings that a test overrides in its own process are unknown to it. A test may `kill`, `stop` and
`start` it, or let it die at a place of the code by `crash_at`.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

import pytest
import redis
from django.conf import settings
from django.db import connection

from semantic_layer.embedded.process import started_at
from tests.waiting import wait_for

PROJECT = Path(__file__).resolve().parent.parent
START_S = 60.0
STOP_S = 20.0
IDLE_S = 3.0
QUEUES = ("celery",)
SAID_CHARACTERS = 8_000
_LAUNCH = PROJECT / "semantic_layer" / "embedded" / "launch.py"


@dataclass
class CeleryWorker:
    """The one worker of the session; `environment` is what tests added for it."""

    folder: Path
    database_url: str
    environment: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None
    _told: int = 0

    @property
    def log(self) -> Path:
        return self.folder / "worker.log"

    @property
    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def use(self, **environment: str) -> CeleryWorker:
        """Run with exactly these variables added; restarts only where they differ."""
        if environment != self.environment:
            self.stop()
            self.environment = environment
        self.start()
        return self

    def start(self) -> None:
        """Start it where it does not run, and wait until it takes tasks."""
        if self.is_running:
            return
        self._told = self.log.stat().st_size if self.log.exists() else 0
        # Linux ends it with the test run, whatever ends that.
        command = [sys.executable, "-I", "-S", str(_LAUNCH), "--parent", str(os.getpid())]
        command += ["--death-signal", str(int(signal.SIGKILL)), "--", sys.executable, "-m"]
        command += ["celery", "-A", "tests.worker_app", "worker", "--pool", "prefork"]
        command += ["--concurrency", "2", "--loglevel", "INFO", "--hostname", "tests@%h"]
        command += ["--without-gossip", "--without-mingle", "--without-heartbeat"]
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
                env=self._environment(), cwd=PROJECT,
            )  # fmt: skip
        self._wait_until_ready()

    def stop(self, *, within_s: float = STOP_S) -> float:
        """Ask it to end (SIGTERM) and wait; the seconds it took. Kills it where it does not."""
        started = time.monotonic()
        if self.process is not None and self.is_running:
            self.resume()
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(within_s)
            except subprocess.TimeoutExpired:
                self.kill()
        self.process = None
        return time.monotonic() - started

    def kill(self) -> None:
        """`kill -9` for the worker and its children, at once."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(STOP_S)
        self.process = None

    def pause(self) -> None:
        """Let it do nothing while no test asks for it: others leave messages in the queue too."""
        if self.process is not None and self.is_running:
            os.killpg(self.process.pid, signal.SIGSTOP)

    def pause_deaf(self) -> None:
        """The same, and no message can reach it any more: what it had asked the broker for is
        over.
        """
        self.pause()
        self.wait_until_forgotten()

    def wait_until_forgotten(self) -> None:
        """For a worker that is paused or dead: until the broker hands it no message any more."""
        broker = _broker()
        try:
            wait_for(
                lambda: broker.info("clients")["blocked_clients"] == 0,
                what="the end of the worker's last question to the broker",
            )
        finally:
            broker.close()

    def resume(self) -> None:
        """Go on; a message that had reached it when it was paused is handled first."""
        if self.process is not None and self.is_running:
            os.killpg(self.process.pid, signal.SIGCONT)

    def wait_until_dead(self, *, within_s: float = START_S) -> None:
        """For a worker that was told to die."""
        assert self.process is not None, "the worker does not run"
        try:
            self.process.wait(within_s)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"the worker did not die: {self.said()}") from None
        self.process = None

    def crash_at(self, target: str, moment: str = "before", *, whole: bool = False) -> None:
        """The next process that reaches the function (a dotted path, looked up in its module when
        called) dies as by `kill -9`; with `whole` the worker and its children do. Once.
        """
        assert moment in ("before", "after"), moment
        order = {"target": target, "moment": moment, "whole": whole}
        new = self._crash_file.with_suffix(".new")
        new.write_text(json.dumps(order))
        new.rename(self._crash_file)

    @property
    def has_crashed(self) -> bool:
        """Whether the order of `crash_at` was carried out."""
        return not self._crash_file.exists()

    def said(self) -> str:
        """Its log since it started."""
        with self.log.open("rb") as file:
            file.seek(self._told)
            return file.read().decode("utf-8", "replace")

    def settle(self) -> None:
        """Forget all messages and orders; end a worker that is still busy after a moment."""
        self._crash_file.unlink(missing_ok=True)
        broker = _broker()
        try:
            broker.delete(*QUEUES)
            deadline = time.monotonic() + IDLE_S
            while self.is_running and (broker.hlen("unacked") or self._is_busy()):
                if time.monotonic() > deadline:
                    self.kill()
                time.sleep(0.05)
            broker.delete("unacked", "unacked_index", *QUEUES)
        except redis.ConnectionError:  # a test that stopped Valkey for good
            self.kill()
        finally:
            broker.close()

    def rest(self) -> None:
        """Settle, then pause; never in the middle of a task, whose locks others would wait for."""
        self.settle()
        self.pause()
        if self._is_busy():
            self.kill()

    def _is_busy(self) -> bool:
        found = [int(file.stem) for file in self.folder.glob("*.busy")]
        return any(started_at(pid) is not None for pid in found)

    @property
    def _crash_file(self) -> Path:
        return self.folder / "crash.json"

    def _environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            "DATABASE_URL": self.database_url,
            "WORKER_FOLDER": str(self.folder),
            "LOG_LEVEL": "INFO",
            **self.environment,
        }

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + START_S
        while " ready." not in self.said():
            assert self.is_running, f"the worker ended while starting: {self.said()}"
            assert time.monotonic() < deadline, f"the worker is not ready: {self.said()}"
            time.sleep(0.05)


def _broker() -> redis.Redis:
    """The server that Celery's messages are in: the cache's, which the fixtures clear."""
    return redis.Redis.from_url(settings.REDIS_URL)


def database_url_of_test() -> str:
    """The address of the test database, made of what the settings had for the real one."""
    parts = urlsplit(os.environ["DATABASE_URL"])
    return urlunsplit(parts._replace(path=f"/{quote(str(connection.settings_dict['NAME']))}"))


@pytest.fixture(scope="session")
def _celery_worker(services: None, django_db_setup: None) -> Iterator[CeleryWorker]:
    folder = Path(tempfile.mkdtemp(prefix="sl-test-worker-"))
    worker = CeleryWorker(folder, database_url_of_test())
    try:
        yield worker
    finally:
        worker.kill()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def celery_worker(_celery_worker: CeleryWorker, transactional_db: Any) -> Iterator[CeleryWorker]:
    """The worker, running with nothing to do. What a test leaves behind in the queue is dropped."""
    _celery_worker.resume()
    _celery_worker.settle()
    _celery_worker.start()
    yield _celery_worker
    sys.stdout.write(_celery_worker.said()[-SAID_CHARACTERS:])  # shown where the test failed
    _celery_worker.rest()
