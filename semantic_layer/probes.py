"""One question per dependency: do you answer? Each runs in a thread of its own with a time limit.

A hanging dependency must not hang whoever asks, nor pile up threads: a probe that still runs is
waited for again instead of being started twice.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from types import MappingProxyType

from django.db import connection
from redis.exceptions import RedisError

from semantic_layer import wiring
from semantic_layer.api.counters import counter_key, counters
from semantic_layer.celery import app as celery_app
from semantic_layer.ports import Credential

log = logging.getLogger(__name__)

TIME_LIMIT_S = 3.0
FRESH_S = 1.0
RETRY_AFTER_S = 5
REMEMBERED_S = 24 * 3600


@dataclass(frozen=True)
class Outcome:
    """What one probe found; `at` is epoch seconds, `error` says what for people without secrets."""

    ok: bool
    latency_ms: float
    error: str | None
    at: float


@dataclass
class _Run:
    started: float
    done: threading.Event = field(default_factory=threading.Event)
    outcome: Outcome | None = None


class Probe:
    """A check of one dependency; `check` raises when it fails."""

    def __init__(self, name: str, check: Callable[[], None]) -> None:
        self.name = name
        self._check = check
        self._lock = threading.Lock()
        self._run: _Run | None = None
        self.last: Outcome | None = None

    def start(self) -> _Run:
        """The run under way, or a new one."""
        with self._lock:
            if self._run is None or self._run.done.is_set():
                self._run = _Run(time.monotonic())
                threading.Thread(
                    target=self._answer, args=(self._run,), name=f"probe-{self.name}", daemon=True
                ).start()
            return self._run

    def wait(self, run: _Run, deadline: float) -> Outcome:
        """The run's outcome; past the deadline, that there was none."""
        if run.done.wait(max(0.0, deadline - time.monotonic())) and run.outcome is not None:
            return run.outcome
        passed_ms = round((time.monotonic() - run.started) * 1000, 2)
        self.last = Outcome(False, passed_ms, f"No answer within {TIME_LIMIT_S:g} s.", time.time())
        return self.last

    def note(self, outcome: Outcome) -> None:
        """Remember what another process found, where that is newer."""
        if self.last is None or self.last.at < outcome.at:
            self.last = outcome

    def _answer(self, run: _Run) -> None:
        error: str | None = None
        try:
            self._check()
        except Exception as failure:
            log.warning("probe %s failed", self.name, exc_info=True)
            error = f"Does not answer ({type(failure).__name__}); see the log."
        passed_ms = round((time.monotonic() - run.started) * 1000, 2)
        run.outcome = self.last = Outcome(error is None, passed_ms, error, time.time())
        run.done.set()


def ask(*names: str, not_older_than_s: float = 0.0) -> dict[str, Outcome]:
    """Outcomes of these probes, side by side, within TIME_LIMIT_S; recent ones may be reused."""
    since = time.time() - not_older_than_s
    found = {
        name: probe.last
        for name in names
        if not_older_than_s and (probe := PROBES[name]).last and probe.last.at >= since
    }
    deadline = time.monotonic() + TIME_LIMIT_S
    runs = {name: PROBES[name].start() for name in names if name not in found}
    asked = {name: PROBES[name].wait(run, deadline) for name, run in runs.items()}
    return {name: asked.get(name) or found[name] for name in names}


def last(name: str) -> Outcome | None:
    """What the probe last found, here or (as far as the cache knows) in another process."""
    return PROBES[name].last


# ---------------------------------------------------------------- the checks


def _database() -> None:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    finally:
        connection.close()  # belongs to this thread, which ends now


def _cache() -> None:
    """Also learns what another process knows of the warehouse, so that /api/health need not ask."""
    known = counters().get(_state_key())
    if known:
        PROBES["warehouse"].note(Outcome(**json.loads(known)))


def _broker() -> None:
    with celery_app.connection_for_write(connect_timeout=TIME_LIMIT_S) as broker:
        broker.ensure_connection(max_retries=1, timeout=TIME_LIMIT_S)


def _warehouse() -> None:
    started = time.monotonic()
    error: str | None = "Does not answer; see the log."
    try:
        wiring.warehouse(Credential("service")).ping()
        error = None
    finally:
        passed_ms = round((time.monotonic() - started) * 1000, 2)
        _tell_other_processes(Outcome(error is None, passed_ms, error, time.time()))


def _volume_store() -> None:
    wiring.volume_store().ping()


def _tell_other_processes(outcome: Outcome) -> None:
    try:
        counters().set(_state_key(), json.dumps(asdict(outcome)), ex=REMEMBERED_S)
    except RedisError:
        log.info("state of the warehouse not shared: the cache cannot be reached")


def _state_key() -> str:
    return counter_key("health", "warehouse")


PROBES: Mapping[str, Probe] = MappingProxyType(
    {
        name: Probe(name, check)
        for name, check in (
            ("database", _database),
            ("cache", _cache),
            ("broker", _broker),
            ("warehouse", _warehouse),
            ("volume_store", _volume_store),
        )
    }
)
