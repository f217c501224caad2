"""`/metrics` of the running server: one scrape tells what all of its processes counted."""

from __future__ import annotations

import os
import signal

import requests
from prometheus_client.parser import text_string_to_metric_families

from tests.http.client import HttpClient
from tests.http.server import Server


def test_any_process_tells_the_figures_of_all(server: Server, viewer: HttpClient) -> None:
    before = asked(server)
    first = answering(server, "figures-1")
    os.kill(first, signal.SIGSTOP)  # or it may answer every time
    try:
        second = answering(server, "figures-2")
    finally:
        os.kill(first, signal.SIGCONT)
    assert first != second
    assert asked(server) == asked(server) == before + 2


def answering(server: Server, request_id: str) -> int:
    """The process that answers a request of its own connection."""
    headers = {"X-Request-ID": request_id, "Connection": "close"}
    answer = requests.get(f"{server.url}/api/health", headers=headers, timeout=60)
    assert answer.status_code == 200
    return server.process_of(request_id)


def asked(server: Server) -> float:
    """How often /api/health was answered, by any process."""
    text = requests.get(f"{server.url}/metrics", timeout=30).text
    return sum(
        sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name == "semantic_layer_http_request_seconds_count"
        and sample.labels["route"] == "/api/health"
    )
