"""Two people write one model at once, and two processes of the server see every write at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
import requests

from tests.http.client import HttpClient
from tests.http.server import WORKERS, Server

WRITERS = 6
TRIES = 60


def model(name: str) -> dict[str, Any]:
    return {
        "name": name,
        "category": "development",
        "model": "flights.gold.airlines",
        "entities": [{"name": name, "type": "primary", "expr": "carrier_code"}],
        "measures": [{"name": f"{name}_count", "agg": "count", "expr": "carrier_code"}],
    }


def together(server: Server, method: str, path: str, bodies: list[Any], **headers: str) -> Any:
    """Send all bodies at the same moment, each by a client of its own."""
    start = Barrier(len(bodies))

    def send(body: Any) -> requests.Response:
        client = HttpClient(server, server.bearer("engineer"))
        try:
            client.get("/api/auth/me")  # connected, before the race
            start.wait(30)
            return client.request(method, path, json=body, headers=headers)
        finally:
            client.close()

    with ThreadPoolExecutor(len(bodies)) as pool:
        return list(pool.map(send, bodies))


@pytest.mark.parametrize("with_etag", [True, False], ids=["If-Match", "without If-Match"])
def test_one_wins_and_nothing_is_lost(
    server: Server, engineer: HttpClient, with_etag: bool
) -> None:
    name = f"raced_{'etag' if with_etag else 'plain'}"
    engineer.answer("POST", "/api/models", model(name), status=201)
    path = f"/api/models/{name}?category=development"
    bodies = [{"description": f"Writer {number}."} for number in range(WRITERS)]
    headers = {"If-Match": '"1"'} if with_etag else {}
    responses = together(server, "PUT", path, bodies, **headers)

    won = {r.json()["version"]: number for number, r in enumerate(responses) if r.ok}
    lost = {r.status_code for r in responses if not r.ok}
    assert lost <= ({412} if with_etag else {409})
    assert len(won) == (1 if with_etag else len(won)) >= 1
    # Every version that was promised exists once: numbers without holes, the last one is shown.
    assert sorted(won) == list(range(2, 2 + len(won)))
    shown = engineer.answer("GET", path)
    assert shown["version"] == max(won)
    assert shown["description"] == f"Writer {won[max(won)]}."


def test_one_name_is_created_once(server: Server, engineer: HttpClient) -> None:
    bodies = [{**model("raced_name"), "description": f"Writer {n}."} for n in range(WRITERS)]
    responses = together(server, "POST", "/api/models", bodies)
    assert sorted(r.status_code for r in responses) == [201] + [409] * (WRITERS - 1)
    winner = next(n for n, r in enumerate(responses) if r.status_code == 201)
    shown = engineer.answer("GET", "/api/models/raced_name?category=development")
    assert (shown["version"], shown["description"]) == (1, f"Writer {winner}.")


def test_every_process_sees_a_write_at_once(server: Server) -> None:
    """Each read goes over a new connection, until both processes have answered after each write."""
    client = HttpClient(server, server.bearer("engineer"))
    client.session.headers["Connection"] = "close"
    client.answer("POST", "/api/models", model("seen"), status=201)
    for version in (2, 3):
        metric = {"name": f"seen_{version}", "type": "simple", "measure": "seen_count"}
        path = "/api/models/seen?category=development"
        client.answer("PUT", path, {"metrics": [metric]})
        processes: set[int] = set()
        for _ in range(TRIES):
            body = {"metrics": [metric["name"]], "category": "development"}
            response = client.post("/api/metrics-explorer/query", body)
            assert response.status_code == 200, response.text
            assert response.json()["receipt"]["models"] == [{"name": "seen", "version": version}]
            processes.add(server.process_of(response.headers["X-Request-ID"]))
            if len(processes) == WORKERS:
                break
        assert len(processes) == WORKERS, "one process answered everything"
    client.close()
