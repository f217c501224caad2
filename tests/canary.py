"""Servers for tests of where the service goes: one not to be reached, one that sends there."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Canary:
    """Listens on this machine and remembers who came."""

    port: int
    visits: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/canary"


@contextmanager
def canary() -> Iterator[Canary]:
    """A server that answers everybody with an empty object."""

    class Visited(_Silent):
        def answer(self) -> None:
            found.visits.append(f"{self.command} {self.path}")
            self.reply(200)

    with _serving(Visited) as port:
        found = Canary(port)
        yield found


@contextmanager
def sending_to(target: str, status: int) -> Iterator[str]:
    """The address of a server that answers every request with a redirect."""

    class Sending(_Silent):
        def answer(self) -> None:
            self.reply(status, Location=target)

    with _serving(Sending) as port:
        yield f"http://127.0.0.1:{port}"


class _Silent(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self) -> None:
        raise NotImplementedError

    def _any(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.answer()

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = _any

    def reply(self, status: int, **headers: str) -> None:
        self.send_response(status)
        body = b"{}"
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing on the terminal."""


@contextmanager
def _serving(handler: type[_Silent]) -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join(60)
        server.server_close()
