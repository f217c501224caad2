"""How many kept metric queries a second the service answers, with nothing left out.

python -m bench.throughput [--seconds 15] [--clients 16]

A live gunicorn as `manage.py up` runs it, with two processes: every answer is signed in, counted,
recorded durably and compared with the first one. The clients are one process of their own, whose
share of the processors is told: on two cores it is taken from the service.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import selectors
import socket
import statistics
import subprocess
import sys
import time

from bench.http_overhead import MODEL, post, prepared
from bench.serving import connected, people, web
from queries.models import QueryRun

TARGET = 300.0
BODY = json.dumps(
    {
        "metrics": ["revenue"],
        "group_by": ["sale__channel"],
        "where": [{"field": "sale", "op": ">", "value": 7}],
    }
).encode()


class Client:
    """One kept connection that asks again as soon as it has its answer."""

    def __init__(self, port: int, token: str) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        head = (
            "POST /api/metrics-explorer/query HTTP/1.1\r\nHost: localhost\r\n"
            f"Authorization: Bearer {token}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(BODY)}\r\n\r\n"
        )
        self.request = head.encode() + BODY
        self.received = b""
        self.times: list[float] = []
        self.rows: set[bytes] = set()

    def ask(self) -> None:
        self.asked_at = time.perf_counter()
        self.socket.sendall(self.request)

    def read(self) -> bool:
        """Whether the answer is whole now. Exits where it is no answer from the cache."""
        piece = self.socket.recv(262_144)
        if not piece:
            raise SystemExit("the service hung up")
        self.received += piece
        head, _, body = self.received.partition(b"\r\n\r\n")
        if b"Content-Length: " not in head:
            return False
        length = int(head.split(b"Content-Length: ")[1].split(b"\r\n")[0])
        if len(body) < length:
            return False
        self.times.append((time.perf_counter() - self.asked_at) * 1000)
        if not head.startswith(b"HTTP/1.1 200") or b'"cached":true' not in body:
            raise SystemExit(f"not a kept answer: {head[:20]!r} {body[:300]!r}")
        self.rows.add(body.split(b'"rows":')[1].split(b"]")[0])
        self.received = b""
        return True


def run(clients: list[Client], seconds: float) -> float:
    """Keep all clients busy; seconds it took."""
    started = time.monotonic()
    with selectors.DefaultSelector() as selector:
        for client in clients:
            selector.register(client.socket, selectors.EVENT_READ, client)
            client.ask()
        waiting = len(clients)
        while waiting:
            for key, _ in selector.select():
                if not key.data.read():
                    continue
                if time.monotonic() - started < seconds:
                    key.data.ask()
                else:
                    waiting -= 1
    return time.monotonic() - started


def drive(port: int, tokens: list[str], seconds: float) -> None:
    """What the process of the clients does: its figures as JSON."""
    clients = [Client(port, token) for token in tokens]
    run(clients, 2.0)
    for client in clients:
        client.times.clear()
    before = resource.getrusage(resource.RUSAGE_SELF)
    passed_s = run(clients, seconds)
    after = resource.getrusage(resource.RUSAGE_SELF)
    cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    if len(set().union(*(client.rows for client in clients))) != 1:
        raise SystemExit("not every answer had the same rows")
    times = sorted(time for client in clients for time in client.times)
    found = {"times": times, "share": cpu_s / passed_s, "seconds": passed_s}
    print(json.dumps(found))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.throughput", description=__doc__)
    parser.add_argument("--seconds", type=float, default=15)
    parser.add_argument("--clients", type=int, default=16)
    asked = parser.parse_args()
    with prepared() as (folder, environment), web(environment, folder) as (port, _):
        tokens = people(asked.clients, "engineer")
        post(connected(port), tokens[0], "/api/models", {"yaml": MODEL})
        post(connected(port), tokens[0], "/api/metrics-explorer/query", json.loads(BODY))
        report(port, tokens, asked.seconds)


def report(port: int, tokens: list[str], seconds: float) -> None:
    recorded = QueryRun.objects.count()
    command = [sys.executable, "-c", f"from bench.throughput import drive; drive({port}, "]
    command[-1] += f"{tokens!r}, {seconds})"
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr.strip() or done.stdout)
    found = json.loads(done.stdout)
    times, count = found["times"], len(found["times"])
    rate = count / found["seconds"]
    if QueryRun.objects.count() - recorded < count:
        raise SystemExit("some answers are not recorded")
    print(
        f"{len(tokens)} clients: {rate:.0f} kept metric queries a second (target {TARGET:g}: "
        f"{'ok' if rate >= TARGET else 'below'}), each recorded; median "
        f"{statistics.median(times):.1f} ms, p95 {times[int(count * 0.95)]:.1f} ms; the clients "
        f"took {found['share']:.0%} of one of {os.cpu_count()} cores"
    )


if __name__ == "__main__":
    main()
