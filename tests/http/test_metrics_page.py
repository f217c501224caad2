"""`/metrics` of the running server: one scrape tells what all of its processes counted."""

from __future__ import annotations

import requests
from prometheus_client.parser import text_string_to_metric_families

from tests.http.client import HttpClient
from tests.http.server import Server

TRIES = 60


def test_any_process_tells_the_figures_of_all(server: Server, viewer: HttpClient) -> None:
    processes, before = set(), asked(server)
    for number in range(TRIES):
        answer = requests.get(
            f"{server.url}/api/health",
            headers={"X-Request-ID": f"figures-{number}", "Connection": "close"},
            timeout=30,
        )
        assert answer.status_code == 200
        processes.add(server.process_of(f"figures-{number}"))
        if len(processes) == 2:
            break
    assert len(processes) == 2, "the same process answered every time"
    assert asked(server) == asked(server) == before + number + 1


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
