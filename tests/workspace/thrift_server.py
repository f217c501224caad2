"""A server that speaks a SQL warehouse's Thrift over HTTP to the unmodified connector.

`ThriftApi` answers the requests, over the workspace's state and an engine; `serving` runs it in
threads of this process. Handles are good for their owner alone, expired tokens are refused with
the workspace's words, and faults come as planned.
"""

from __future__ import annotations

import contextlib
import json
import re
import ssl
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from databricks.sql.thrift_api.TCLIService import TCLIService
from thrift.protocol.TBinaryProtocol import TBinaryProtocol
from thrift.Thrift import TMessageType
from thrift.transport.TTransport import TMemoryBuffer

from tests.workspace.engine import Engine
from tests.workspace.faults import Fault, Faults
from tests.workspace.operations import ThriftApi
from tests.workspace.rest_warehouses import WAREHOUSE_ID
from tests.workspace.state import Person, WorkspaceState

HTTP_PATH = f"/sql/1.0/warehouses/{WAREHOUSE_ID}"
WAREHOUSE = re.compile(r"/api/2\.0/sql/warehouses/(?P<id>\w+)")


class WarehouseServer:
    """One warehouse: where it answers, what it was asked, and what is to go wrong."""

    def __init__(self, state: WorkspaceState, engine: Engine) -> None:
        self.state = state
        self.faults = Faults()
        self.warehouse_state = "RUNNING"
        self.requests: list[str] = []
        self.headers: list[dict[str, str]] = []
        self.pool = ThreadPoolExecutor(16, thread_name_prefix="warehouse")
        self.api = ThriftApi(state, engine, self.pool)
        self.url = ""

    @property
    def operations(self) -> int:
        """How many statements are held, running or with rows to fetch."""
        return len(self.api.operations)


@contextlib.contextmanager
def serving(
    state: WorkspaceState, engine: Engine, *, port: int = 0, tls: ssl.SSLContext | None = None
) -> Iterator[WarehouseServer]:
    """Run the warehouse on a free port of this machine until the end."""
    warehouse = WarehouseServer(state, engine)
    server = _Server(("127.0.0.1", port), _handler(warehouse))
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    scheme, host = ("https", "localhost") if tls is not None else ("http", "127.0.0.1")
    warehouse.url = f"{scheme}://{host}:{server.server_address[1]}"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield warehouse
    finally:
        warehouse.faults.clear()
        warehouse.api.stop_all()
        server.shutdown()
        server.server_close()
        thread.join(10)
        warehouse.pool.shutdown(cancel_futures=True)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that go away are part of the tests."""


def _handler(warehouse: WarehouseServer) -> type[BaseHTTPRequestHandler]:
    class Handler(_Handler):
        pass

    Handler.warehouse = warehouse
    return Handler


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    disable_nagle_algorithm = True
    warehouse: WarehouseServer

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet."""

    def do_GET(self) -> None:
        match = WAREHOUSE.fullmatch(self.path)
        if match is None or match["id"] != WAREHOUSE_ID:
            self._reply(404, b"{}")
        elif self._person() is None:
            self._reply(403, b'{"message": "Invalid access token."}')
        elif not self._met(self.warehouse.faults.next("warehouse")):
            body = {"id": WAREHOUSE_ID, "state": self.warehouse.warehouse_state}
            self._reply(200, json.dumps(body).encode())

    def do_POST(self) -> None:
        data = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.path != HTTP_PATH:
            self._reply(404)
            return
        incoming = TBinaryProtocol(TMemoryBuffer(data))
        name, _, sequence = incoming.readMessageBegin()
        self.warehouse.requests.append(name)
        self.warehouse.headers.append(dict(self.headers))
        fault = self.warehouse.faults.next(name)
        if fault is not None and not (fault.after_work or fault.half) and self._met(fault):
            return
        person = self._person()
        if person is None:
            self._reply(403, headers={"x-databricks-reason-phrase": "Invalid access token."})
            return
        arguments = getattr(TCLIService, f"{name}_args")()
        arguments.read(incoming)
        answer = getattr(self.warehouse.api, name)(arguments.req, person)
        body = _written(name, sequence, answer)
        if fault is not None and fault.half:
            self._begin(200, len(body), {})
            self.wfile.write(body[: len(body) // 2])
            self._end()
        elif not self._met(fault):
            self._reply(200, body, headers={"Content-Type": "application/x-thrift"})

    def _person(self) -> Person | None:
        kind, _, token = (self.headers.get("Authorization") or "").partition(" ")
        return self.warehouse.state.person_of(token) if kind == "Bearer" else None

    def _met(self, fault: Fault | None) -> bool:
        """Whether a fault took the place of the answer."""
        if fault is None:
            return False
        if fault.hang is not None:
            fault.hang.wait(120)
        if fault.hang is not None or fault.reset:
            self._end()
            return True
        headers = {"x-databricks-reason-phrase": fault.reason, **fault.headers}
        self._reply(fault.status or 500, fault.body, headers=headers)
        return True

    def _reply(self, status: int, body: bytes = b"", headers: dict[str, str] | None = None) -> None:
        self._begin(status, len(body), headers or {})
        self.wfile.write(body)
        self.wfile.flush()

    def _begin(self, status: int, length: int, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(length))
        self.end_headers()

    def _end(self) -> None:
        with contextlib.suppress(OSError):
            self.wfile.flush()
            self.connection.shutdown(2)
        self.close_connection = True


def _written(name: str, sequence: int, answer: Any) -> bytes:
    buffer = TMemoryBuffer()
    protocol = TBinaryProtocol(buffer)
    protocol.writeMessageBegin(name, TMessageType.REPLY, sequence)
    getattr(TCLIService, f"{name}_result")(answer).write(protocol)
    protocol.writeMessageEnd()
    return bytes(buffer.getvalue())
