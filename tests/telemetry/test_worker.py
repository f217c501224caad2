"""A worker on a host of its own shows what it and its children counted."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import requests

from semantic_layer.embedded.folders import free_loopback_port
from tests.accounts_fixtures import Api
from tests.queries.background import ended, submit
from tests.telemetry.test_scraping import samples, value
from tests.worker_fixture import CeleryWorker


def test_queries_of_its_children_are_in_its_figures(
    celery_worker: CeleryWorker, api: Api, transactional_db: None, analyst: Any, tmp_path: Path
) -> None:
    port = free_loopback_port()
    celery_worker.use(WORKER_METRICS_PORT=str(port), PROMETHEUS_MULTIPROC_DIR=str(tmp_path))
    client = api(analyst)
    assert ended(client, submit(client, "SELECT 1 AS one"))["status"] == "completed"
    labels = {"kind": "sql", "outcome": "completed", "background": "true"}
    deadline = time.monotonic() + 30
    while not value(samples(scraped(port)), "queries_total", **labels):
        assert time.monotonic() < deadline, celery_worker.said()
        time.sleep(0.05)


def scraped(port: int) -> str:
    return requests.get(f"http://127.0.0.1:{port}/metrics", timeout=30).text
