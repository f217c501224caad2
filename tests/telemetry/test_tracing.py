"""Traces reach a collector, hold together, and carry no secret; unconfigured, nothing is loaded."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import requests
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.http import server as servers


class Collector:
    """A real OTLP endpoint that keeps what it was sent; any other path is an error."""

    def __init__(self) -> None:
        self.spans: list[Any] = []
        self.bodies: list[bytes] = []
        self.lock = threading.Lock()

    def take(self, body: bytes) -> None:
        request = ExportTraceServiceRequest.FromString(body)
        with self.lock:
            self.bodies.append(body)
            for resource in request.resource_spans:
                for scope in resource.scope_spans:
                    self.spans.extend(scope.spans)

    def wait_for(self, wanted: Callable[[Any], bool]) -> Any:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            with self.lock:
                found = [span for span in self.spans if wanted(span)]
            if found:
                return found[0]
            time.sleep(0.1)
        raise AssertionError(f"no such span among {sorted({span.name for span in self.spans})}")


@contextmanager
def collecting() -> Iterator[tuple[Collector, str]]:
    collector = Collector()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            assert self.path == "/v1/traces", self.path
            collector.take(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *args: Any) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield collector, f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def attributes(span: Any) -> dict[str, str]:
    return {one.key: one.value.string_value for one in span.attributes}


@pytest.mark.slow
def test_a_query_is_one_trace_from_request_to_warehouse(
    services: None, demo_warehouse: Path, tmp_path: Path
) -> None:
    with collecting() as (collector, url):
        traced = {
            "OTEL_EXPORTER_OTLP_ENDPOINT": url,
            "OTEL_EXPORTER_OTLP_COMPRESSION": "none",
            "OTEL_BSP_SCHEDULE_DELAY": "100",
        }
        with servers.running(tmp_path / "traced", demo_warehouse, traced) as server:
            token = server.tokens["analyst"]
            answer = requests.post(
                f"{server.url}/api/metrics-explorer/query?secret=in-the-address",
                json={"metrics": ["flights"], "where": [
                    {"field": "carrier", "op": "=", "value": "a-secret-value"}]},
                headers={"Authorization": f"Bearer {token}", "X-Request-ID": "traced-1"},
                timeout=60,
            )  # fmt: skip
            assert answer.status_code == 200, answer.text
            request = collector.wait_for(
                lambda span: (
                    span.name.startswith("POST")
                    and attributes(span).get("request_id") == "traced-1"
                )
            )
            for name in ("compile", "warehouse"):
                inner = collector.wait_for(
                    lambda span, name=name: span.name == name and span.trace_id == request.trace_id
                )
                assert inner.parent_span_id == request.span_id
        sent = b"".join(collector.bodies)
        for secret in (token, "in-the-address", "a-secret-value", "SELECT"):
            assert secret.encode() not in sent


def test_unconfigured_nothing_is_loaded() -> None:
    program = (
        "import os, sys\n"
        "os.environ['DJANGO_SETTINGS_MODULE'] = 'tests.settings'\n"
        "import django; django.setup()\n"
        "import semantic_layer.urls\n"
        "PARTS = ('opentelemetry.instrumentation', 'opentelemetry.exporter')\n"
        "print(','.join(name for name in sys.modules if name.startswith(PARTS)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == ""
