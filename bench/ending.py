"""How fast queries end that nobody wants any more, and how often equal ones run.

    python -m bench.ending [--times N]

The service as `manage.py up` starts it, web and worker, in a folder of its own. `cancelled` is from
asking for the end of a background query until its state says so, `left` from a client that goes
away until the query's record has ended: by then the engine has let go of the statement.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from semantic_layer.embedded.folders import free_loopback_port

TARGET_S = 2.0
EQUAL = 100
START_S, PATIENCE_S, LOOK_S = 120.0, 120.0, 0.02
WORK = "SELECT count(*) AS n FROM range({0}) a, range({0}) b WHERE sin(a.range + b.range) > 2"
ENDLESS = WORK.format(4_000_000)


class Service:
    """HTTP to the running service, as the demo's analyst."""

    def __init__(self, port: int, folder: Path) -> None:
        self.port, self._tokens = port, folder / "demo.json"

    def opened(self, method: str, path: str, body: Any = None) -> http.client.HTTPConnection:
        """A connection whose request is sent and not answered yet."""
        token = json.loads(self._tokens.read_text())["tokens"]["analyst"]
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S)
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        connection.request(method, path, None if body is None else json.dumps(body), headers)
        return connection

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        connection = self.opened(method, path, body)
        answer = connection.getresponse()
        found = json.loads(answer.read())
        connection.close()
        if answer.status >= 400:
            raise SystemExit(f"{method} {path}: {answer.status} {str(found)[:300]}")
        return found

    def submit(self, sql: str) -> str:
        body = {"query": sql, "async": True}
        return str(self.ask("POST", "/api/queries/execute", body)["query_id"])

    def state(self, query_id: str) -> str:
        return str(self.ask("GET", f"/api/queries/{query_id}/status")["status"])

    def running(self) -> list[Any]:
        found: list[Any] = self.ask("GET", "/api/queries/history?status=running")["queries"]
        return found


@contextmanager
def service() -> Iterator[Service]:
    with tempfile.TemporaryDirectory() as name:
        port, folder = free_loopback_port(), Path(name)
        environment = {**os.environ, "PORT": str(port), "VAR_DIR": name}
        command = [sys.executable, "manage.py", "up"]
        with (folder / "up.log").open("wb") as log:
            child = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
            try:
                until(lambda: b"Serving" in (folder / "up.log").read_bytes(), START_S)
                yield Service(port, folder)
            finally:
                child.send_signal(signal.SIGINT)
                child.wait(60)


def until(check: Callable[[], Any], within_s: float = PATIENCE_S) -> float:
    """The seconds until it is true."""
    started = time.perf_counter()
    while not check():
        if time.perf_counter() - started > within_s:
            raise SystemExit("What was waited for did not happen.")
        time.sleep(LOOK_S)
    return time.perf_counter() - started


def cancelled(asked: Service) -> float:
    query_id = asked.submit(ENDLESS)
    until(lambda: asked.state(query_id) == "running")
    started = time.perf_counter()
    asked.ask("POST", f"/api/queries/{query_id}/cancel", {})
    until(lambda: asked.state(query_id) == "cancelled")
    return time.perf_counter() - started


def left(asked: Service) -> float:
    connection = asked.opened("POST", "/api/queries/execute", {"query": ENDLESS})
    until(asked.running)
    connection.close()
    return until(lambda: not asked.running())


def has_ended(asked: Service, query_id: str) -> bool:
    return asked.state(query_id) == "completed"


def runs_of_equal(asked: Service) -> int:
    """How often the warehouse is asked where equal background queries come together."""
    sql = WORK.format(5_000)
    with ThreadPoolExecutor(8) as pool:
        queries = list(pool.map(asked.submit, [sql] * EQUAL))
    answers = []
    for query_id in queries:
        until(partial(has_ended, asked, query_id))
        answers.append(asked.ask("GET", f"/api/queries/{query_id}/status"))
    return sum(not answer["cached"] for answer in answers)


def main() -> int:
    parser = argparse.ArgumentParser(description="How fast queries end that nobody wants.")
    parser.add_argument("--times", type=int, default=5)
    times = parser.parse_args().times
    slowest = 0.0
    with service() as asked:
        for name, measure in (("cancelled", cancelled), ("left", left)):
            found = sorted(measure(asked) for _ in range(times))
            slowest = max(slowest, found[-1])
            middle = found[len(found) // 2]
            print(f"{name:<10} median {middle:.2f} s, slowest {found[-1]:.2f} s of {TARGET_S:g}")
        runs = runs_of_equal(asked)
        print(f"{EQUAL} equal background queries ran {runs} time(s)")
    return 0 if slowest <= TARGET_S and runs == 1 else 1


if __name__ == "__main__":
    sys.exit(main())
