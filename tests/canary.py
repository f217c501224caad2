"""Servers for tests of where the service goes: one not to be reached, one that sends there."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Answer = tuple[int, Mapping[str, str]]
"""Status and headers."""
_BODY = b"{}"


@dataclass
class Canary:
    """Listens on this machine and remembers who came."""

    port: int
    visits: list[str]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/canary"


@contextmanager
def canary() -> Iterator[Canary]:
    """A server that answers everybody with an empty object."""
    visits: list[str] = []

    def visited(request: str) -> Answer:
        visits.append(request)
        return 200, {}

    with _serving(visited) as port:
        yield Canary(port, visits)


@contextmanager
def sending_to(target: str, status: int) -> Iterator[str]:
    """The address of a server that answers every request with a redirect."""
    with _serving(lambda _: (status, {"Location": target})) as port:
        yield f"http://127.0.0.1:{port}"


@contextmanager
def _serving(answer: Callable[[str], Answer]) -> Iterator[int]:
    """The port of a server; `answer` gets method and path of each request."""

    class Silent(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _any(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status, headers = answer(f"{self.command} {self.path}")
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(_BODY))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(_BODY)

        do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = _any

        def log_message(self, format: str, *args: object) -> None:
            """Nothing on the terminal."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Silent)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join(60)
        server.server_close()
