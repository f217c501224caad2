"""A hundred people at once, for a minute: what they wait, and whether every answer was right.

python -m bench.load [--users 100] [--seconds 60] [--kill]

A live gunicorn (two processes of eight threads), PostgreSQL, Valkey and a worker on this machine;
each person has a session of their own and pauses a second between requests, on average. Every
answer is compared with what plain Python computes of the rows, those of the background too, once
all have ended. `--kill` also ends the worker or one of its children by kill -9 again and again, and
then looks whether the web processes' memory grew. Exits 1 on any 5xx, wrong row, lost, doubled or
failed query. Nothing but the loopback is used.
"""

from __future__ import annotations

import argparse
import http.client
import json
import random
import resource
import signal
import statistics
import sys
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from bench.http_overhead import MODEL, ROWS, post, prepared
from bench.killing import Killer, Memories, Submitted, Worker, settled
from bench.serving import connected, people, web
from semantic_layer.accounts import sessions, tokens
from semantic_layer.accounts.models import User

PAUSE_S = 1.0
CENTS = [number % 9973 for number in range(ROWS)]
CHANNELS = ("web", "shop", "phone")
PATIENT = {429, 503}
"""Asked to wait: the service's right, and counted."""


def revenue_above(bound: int) -> dict[str, float]:
    """Sum of amounts by channel of rows whose id is above the bound, without the service."""
    return {
        channel: sum(CENTS[start] for start in _numbers(bound, offset)) / 100
        for offset, channel in enumerate(CHANNELS)
    }


def _numbers(bound: int, offset: int) -> range:
    first = bound + 1
    return range(first + (offset - first) % 3, ROWS, 3)


@dataclass
class Tally:
    """What all people saw, by class of request."""

    times: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    statuses: Counter[tuple[str, int]] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    submitted: list[Submitted] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, kind: str, status: int, taken_ms: float) -> None:
        with self.lock:
            self.statuses[kind, status] += 1
            if status < 400:
                self.times[kind].append(taken_ms)

    def say_wrong(self, what: str) -> None:
        with self.lock:
            self.wrong.append(what)


class Person(threading.Thread):
    """One client on one kept connection, with a mixed day."""

    def __init__(self, port: int, token: str, seed: int, tally: Tally, until: float) -> None:
        super().__init__(daemon=True)
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        self.token = token
        self.headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        self.random = random.Random(seed)
        self.tally, self.until = tally, until

    def run(self) -> None:
        acts: list[tuple[Callable[[], None], int]] = [
            (self.kept_metrics, 40), (self.new_metrics, 10), (self.sql, 5), (self.complete, 25),
            (self.models, 10), (self.history, 5), (self.background, 5),
        ]  # fmt: skip
        choices, weights = zip(*acts, strict=True)
        while time.monotonic() < self.until:
            time.sleep(self.random.expovariate(1 / PAUSE_S))
            self.random.choices(choices, weights)[0]()

    def ask(self, kind: str, method: str, path: str, body: Any = None) -> Any:
        started = time.perf_counter()
        try:
            self.connection.request(method, path, json.dumps(body) if body else None, self.headers)
            response = self.connection.getresponse()
            text = response.read()
        except (OSError, http.client.HTTPException) as error:
            self.connection.close()
            self.tally.note(kind, 599, 0)
            self.tally.say_wrong(f"{path}: {error!r}")
            return None
        self.tally.note(kind, response.status, (time.perf_counter() - started) * 1000)
        return json.loads(text) if response.status < 300 else None

    def _metrics(self, kind: str, bound: int) -> None:
        answer = self.ask(kind, "POST", "/api/metrics-explorer/query", {
            "metrics": ["revenue"], "group_by": ["sale__channel"],
            "where": [{"field": "sale", "op": ">", "value": bound}],
        })  # fmt: skip
        if answer is not None:
            found = {row["sale__channel"]: float(row["revenue"]) for row in answer["rows"]}
            self._compare(f"revenue above {bound}", found, bound)

    def _compare(self, what: str, found: dict[str, float], bound: int) -> None:
        wanted = revenue_above(bound)
        if any(abs(found.get(name, -1) - value) > 0.005 for name, value in wanted.items()):
            self.tally.say_wrong(f"{what}: {found} instead of {wanted}")

    def kept_metrics(self) -> None:
        self._metrics("metrics, mostly kept", self.random.randrange(5) + ROWS - 3000)

    def new_metrics(self) -> None:
        self._metrics("metrics, new", ROWS - 2000 + self.random.randrange(1990))

    def sql(self) -> None:
        bound = ROWS - 1000 + self.random.randrange(990)
        query = (
            f"SELECT channel, sum(amount) AS s FROM wide.main.sales WHERE id > {bound} GROUP BY 1"
        )
        answer = self.ask("SQL", "POST", "/api/queries/execute", {"query": query})
        if answer is not None:
            found = {row["channel"]: float(row["s"]) for row in answer["rows"]}
            self._compare(query, found, bound)

    def complete(self) -> None:
        answer = self.ask("autocomplete", "GET", "/api/metadata/sql-autocomplete?prefix=sal")
        if answer is not None and not answer["suggestions"]:
            self.tally.say_wrong("autocomplete knows nothing that begins with sal")

    def models(self) -> None:
        answer = self.ask("models", "GET", "/api/models")
        if answer is not None and answer["pagination"]["total"] != 2:
            self.tally.say_wrong(f"{answer['pagination']['total']} models instead of 2")

    def history(self) -> None:
        self.ask("history", "GET", "/api/queries/history")

    def background(self) -> None:
        """Half of them are at work long enough for a kill to meet them."""
        bound, work = self.random.randrange(1000), self.random.choice((1, 40_000))
        query = (
            f"SELECT count(*) AS n FROM wide.main.sales, range({work}) AS r(x) "
            f"WHERE id >= {ROWS - bound} AND sin(id + x) <= 1"
        )
        body = {"query": query, "async": True}
        answer = self.ask("background", "POST", "/api/queries/execute", body)
        if answer is not None:
            with self.tally.lock:
                found = Submitted(answer["query_id"], self.token, {"n": bound * work})
                self.tally.submitted.append(found)


def report(tally: Tally, seconds: float) -> None:
    print(f"{'':<24}{'requests':>10}{'median ms':>12}{'p95 ms':>10}{'told to wait':>14}")
    for kind in sorted({kind for kind, _ in tally.statuses}):
        times = sorted(tally.times[kind]) or [0.0]
        total = sum(count for (name, _), count in tally.statuses.items() if name == kind)
        waits = sum(tally.statuses[kind, status] for status in PATIENT)
        print(
            f"{kind:<24}{total:>10}{statistics.median(times):>12.1f}"
            f"{times[int(len(times) * 0.95)]:>10.1f}{waits:>14}"
        )
    print(f"{sum(tally.statuses.values()) / seconds:.0f} requests a second")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.load", description=__doc__)
    parser.add_argument("--users", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--kill", action="store_true", help="kill -9 the worker again and again")
    asked = parser.parse_args()
    with prepared() as (folder, environment):
        engineer = User.objects.create_user("engineer@example.com", ["engineer"])
        token = tokens.issue(sessions.open_session(user=engineer, credential="load")).access
        with web(environment, folder) as (port, pid):
            worker = Worker(environment, folder / "worker.log")
            try:
                problems = run(asked, port, pid, worker, token)
            finally:
                worker.kill(signal.SIGTERM)
    for problem in problems[:20]:
        print(f"PROBLEM {problem}")
    sys.exit(1 if problems else 0)


def run(asked: argparse.Namespace, port: int, pid: int, worker: Worker, token: str) -> list[str]:
    """The load itself; what was wrong."""
    post(connected(port), token, "/api/models", {"yaml": MODEL})
    tally = Tally()
    until = time.monotonic() + asked.seconds
    crowd = [
        Person(port, token, number, tally, until)
        for number, token in enumerate(people(asked.users, "analyst"))
    ]
    cpu, memories = resource.getrusage(resource.RUSAGE_SELF), Memories(pid, until)
    for thread in (*crowd, memories):
        thread.start()
    killer = Killer(worker, seed=7)
    if asked.kill:
        killer.kill_until(until)
    for thread in (*crowd, memories):
        thread.join()
    used = resource.getrusage(resource.RUSAGE_SELF)
    share = (used.ru_utime + used.ru_stime - cpu.ru_utime - cpu.ru_stime) / asked.seconds
    report(tally, asked.seconds)
    print(f"the load generator took {share:.0%} of a core; {killer}")
    print(f"web processes: {memories}")
    failed = [
        f"{count} times {status} of {kind}"
        for (kind, status), count in sorted(tally.statuses.items())
        if status >= 500
    ]
    grown = memories.problems() if asked.kill else []
    return [*failed, *tally.wrong, *grown, *settled(tally.submitted, port)]


if __name__ == "__main__":
    main()
