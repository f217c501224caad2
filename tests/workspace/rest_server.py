"""The REST side of the test workspace: the unmodified databricks-sdk talks to it over HTTP.

It answers only what it was told. A path it does not know is a 500 and is kept in `unexpected`,
which the fixture turns into a failed test.
"""

from __future__ import annotations

import logging
import socket
import struct
import threading
import traceback
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from tests.workspace import (
    rest_catalog,
    rest_files,
    rest_identity,
    rest_language,
    rest_warehouses,
)
from tests.workspace.rest_http import Asked, Fault, Faults, Reply, refusal
from tests.workspace.rest_world import RestWorld
from tests.workspace.state import Person, WorkspaceState

log = logging.getLogger(__name__)

ROUTES = (
    rest_identity.ROUTES,
    rest_catalog.ROUTES,
    rest_files.ROUTES,
    rest_language.ROUTES,
    rest_warehouses.ROUTES,
)


class RestServer:
    """Runs in threads of the test process until `stop`."""

    def __init__(self, state: WorkspaceState | None = None) -> None:
        self.state = state or WorkspaceState()
        self.world = RestWorld(self.state)
        self.faults = Faults()
        self.log: list[Asked] = []
        self.unexpected: list[str] = []
        self._http = _Http(("127.0.0.1", 0), self)
        self._thread = threading.Thread(
            target=self._http.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        )

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_address[1]}"

    def start(self) -> RestServer:
        self._thread.start()
        return self

    def stop(self) -> None:
        self.faults.clear()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    def asked(self, method: str, path: str) -> list[Asked]:
        """The requests so far with this method and beginning of the path."""
        return [one for one in self.log if one.method == method and one.path.startswith(path)]

    def person_of(self, headers: dict[str, str]) -> Person | None:
        scheme, _, token = headers.get("authorization", "").partition(" ")
        return self.state.person_of(token) if scheme == "Bearer" else None

    def answer(self, asked: Asked) -> Reply:
        """The reply of the route, or why there is none."""
        self.log.append(asked)
        found = next(filter(None, (r.find(asked.method, asked.path) for r in ROUTES)), None)
        if found is None:
            return self._failed(asked, "no such route")
        open_to_all, answer, parts = found
        if asked.signed_in is None and not open_to_all:
            return refusal(401, "UNAUTHENTICATED", "Invalid access token. [TraceId: t-1]")
        try:
            return answer(asked, *parts)
        except Exception:
            log.exception("the test workspace failed")
            return self._failed(asked, traceback.format_exc())

    def _failed(self, asked: Asked, why: str) -> Reply:
        self.unexpected.append(f"{asked.method} {asked.path}?{asked.query}: {why}")
        return refusal(500, "INTERNAL_ERROR", f"The test workspace was not told: {why}")


class _Http(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], rest: RestServer) -> None:
        super().__init__(address, _Connection)
        self.rest = rest

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that hang up early are part of the tests."""


class _Connection(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    disable_nagle_algorithm = True
    timeout = 60

    def log_message(self, format: str, *args: Any) -> None:
        """Not on stderr; `RestServer.log` has it."""

    def handle_any(self) -> None:
        rest = self._rest()
        asked = self._read(rest)
        fault = rest.faults.take(f"{asked.method} {asked.path}")
        if fault is None:
            self._send(rest.answer(asked))
            return
        reply = rest.answer(asked) if fault.done_first else None
        if reply is None:
            rest.log.append(asked)
        self._fail(fault, reply)

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = handle_any  # noqa: N815

    def _rest(self) -> RestServer:
        assert isinstance(self.server, _Http)
        return self.server.rest

    def _read(self, rest: RestServer) -> Asked:
        parts = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        return Asked(
            method=self.command,
            path=unquote(parts.path),
            query=dict(parse_qsl(parts.query, keep_blank_values=True)),
            headers=headers,
            body=self.rfile.read(int(headers.get("content-length") or 0)),
            base_url=rest.url,
            world=rest.world,
            signed_in=rest.person_of(headers),
        )

    def _fail(self, fault: Fault, reply: Reply | None) -> None:
        if fault.kind == "status":
            self._send(fault.reply())
        elif fault.kind == "hang":
            fault.released.wait()
            self.close_connection = True
        elif fault.kind == "reset":
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
            self.close_connection = True
        elif fault.kind == "half body":
            self._send(reply or Reply({"half": "x" * 1000}), cut=True)
            self.close_connection = True
        else:
            self._send(Reply(b"<html>proxy says no</html>"))

    def _send(self, reply: Reply, *, cut: bool = False) -> None:
        body, kind = reply.encoded()
        self.send_response(reply.status)
        self.send_header("Content-Type", kind)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body[: len(body) // 2] if cut else body)
        self.wfile.flush()
