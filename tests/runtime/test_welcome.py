"""What `manage.py up` understands of the service it started."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from semantic_layer.embedded.welcome import NoAnswer, Service, answer_table, curl_line


class Unready(BaseHTTPRequestHandler):
    """A service whose broker is down."""

    def do_GET(self) -> None:
        checks = {
            "database": {"status": "ok", "latency_ms": 1, "error": None},
            "broker": {"status": "error", "latency_ms": 1, "error": "connection refused"},
        }
        self._answer({"status": "unready", "checks": checks})

    def do_POST(self) -> None:
        self._answer({"detail": "broken"})

    def _answer(self, body: object) -> None:
        self.send_response(503)
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    def log_message(self, format: str, *args: object) -> None:
        """Keep the test's output clean."""


@pytest.fixture
def unready() -> Iterator[Service]:
    with HTTPServer(("127.0.0.1", 0), Unready) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield Service(f"http://127.0.0.1:{server.server_port}")
        server.shutdown()
        thread.join()


def test_the_failing_check_is_named(unready: Service) -> None:
    assert unready.not_ready() == "broker: connection refused"


def test_an_error_is_told_with_its_text(unready: Service) -> None:
    with pytest.raises(NoAnswer, match=r"/api/x answered 503: .*broken"):
        unready.post("/api/x", {})


def test_nobody_listening_is_not_ready() -> None:
    assert "refused" in Service("http://127.0.0.1:1").not_ready()


def test_the_table_has_a_cell_per_month_and_blanks_for_none() -> None:
    rows = [
        {"carrier__name": "A", "metric_time__month": "2013-01-01", "on_time_rate": 0.5},
        {"carrier__name": "A", "metric_time__month": "2013-02-01", "on_time_rate": None},
        {"carrier__name": "B", "metric_time__month": "2013-02-01", "on_time_rate": 1.0},
    ]
    table = answer_table(rows)
    assert [column.header for column in table.columns] == ["Carrier", "Jan", "Feb"]
    assert [list(column.cells) for column in table.columns] == [
        ["A", "B"],
        ["50", ""],
        ["", "100"],
    ]


def test_the_curl_line_is_one_line() -> None:
    assert "\n" not in curl_line("http://localhost:8000", "slt_x")
