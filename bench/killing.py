"""A worker that dies again and again, and what must be true of its queries and of memory then."""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import statistics
import subprocess
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.serving import connected, family_of, memory_mb
from queries.models import QueryRun, StoredResult

SETTLE_S = 180.0
SAMPLE_S = 5.0
MOST_GROWTH = 1.15
"""Of memory from the second fifth of the time to the last: caches are full by then."""


class Worker:
    """Celery with two children and beat inside; may be killed and started again."""

    def __init__(self, environment: dict[str, str], log: Path) -> None:
        self.environment, self.log = environment, log
        self.start()

    def start(self) -> None:
        command = [sys.executable, "-m", "celery", "-A", "semantic_layer.celery", "worker"]
        command += ["--beat", "--schedule", str(self.log.with_suffix(".beat"))]
        command += ["--concurrency", "2", "--loglevel", "warning"]
        command += ["--without-gossip", "--without-mingle"]
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                command, env=self.environment, stdout=output, stderr=subprocess.STDOUT,
                start_new_session=True,
            )  # fmt: skip

    def kill(self, number: signal.Signals = signal.SIGKILL) -> None:
        os.killpg(self.process.pid, number)
        self.process.wait(timeout=60)

    def children(self) -> list[int]:
        return family_of(self.process.pid)[1:]


@dataclass
class Killer:
    """Ends the whole worker and starts it again, or one of its children, every ten to twenty
    seconds.
    """

    worker: Worker
    seed: int
    kills: Counter[str] = field(default_factory=Counter)

    def kill_until(self, until: float) -> None:
        chance = random.Random(self.seed)
        while (left := until - time.monotonic()) > 0:
            time.sleep(min(left, chance.uniform(10, 20)))
            children = self.worker.children()
            if children and chance.random() < 0.5:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(chance.choice(children), signal.SIGKILL)
                self.kills["child"] += 1
            else:
                self.worker.kill()
                self.worker.start()
                self.kills["whole"] += 1

    def __str__(self) -> str:
        return (
            f"the worker was killed {self.kills['whole']} times, "
            f"one of its children {self.kills['child']} times"
        )


class Memories(threading.Thread):
    """What the web processes take, every few seconds."""

    def __init__(self, pid: int, until: float) -> None:
        super().__init__(daemon=True)
        self.pid, self.until = pid, until
        self.found = [memory_mb(pid)]

    def run(self) -> None:
        while time.monotonic() < self.until:
            time.sleep(SAMPLE_S)
            self.found.append(memory_mb(self.pid))

    def _fifth(self, number: int) -> float:
        size = max(1, len(self.found) // 5)
        return statistics.median(self.found[number * size : (number + 1) * size] or self.found)

    def __str__(self) -> str:
        fifths = ", ".join(f"{self._fifth(number):.0f}" for number in range(5))
        return f"{self.found[0]:.0f} MB before; by fifths of the time {fifths} MB"

    def problems(self) -> list[str]:
        grown = self._fifth(4) / self._fifth(1)
        return [f"memory grew to {grown:.2f} of itself"] if grown > MOST_GROWTH else []


@dataclass(frozen=True)
class Submitted:
    """A query in the background: whose, and its one row."""

    query_id: str
    token: str
    row: dict[str, Any]


def settled(submitted: list[Submitted], port: int) -> list[str]:
    """Problems of what was submitted to the background, once all of it had time to end."""
    runs = QueryRun.objects.filter(pk__in=[one.query_id for one in submitted])
    deadline = time.monotonic() + SETTLE_S
    while runs.filter(state__in=("queued", "running")).exists() and time.monotonic() < deadline:
        time.sleep(0.5)
    found = list(runs.values_list("state", "error_code", "losses", "attempt", "pk"))
    results = StoredResult.objects.filter(run__in=runs).count()
    losses = Counter(losses for _, _, losses, _, _ in found)
    print(
        f"background: {len(submitted)} submitted, {dict(Counter(state for state, *_ in found))}, "
        f"{results} results; how often they lost their worker: {dict(sorted(losses.items()))}"
    )
    problems = [
        f"query {pk} is {state} {code} after {attempt} attempts and {lost} losses"
        for state, code, lost, attempt, pk in found
        if state != "completed"
    ]
    if not len(found) == len(submitted) == results:
        problems.append(f"{len(submitted)} queries have {len(found)} records, {results} results")
    return problems + _wrong_rows(submitted, port)


def _wrong_rows(submitted: list[Submitted], port: int) -> list[str]:
    connection, problems = connected(port), []
    for one in submitted:
        headers = {"Authorization": f"Bearer {one.token}"}
        connection.request("GET", f"/api/queries/{one.query_id}/results", headers=headers)
        rows = json.loads(connection.getresponse().read()).get("rows")
        if rows != [one.row]:
            problems.append(f"query {one.query_id} has {rows} instead of {[one.row]}")
    return problems
