"""gunicorn's threads, with the API's error body for requests that are refused before Django.

`gunicorn --worker-class semantic_layer.http_server.ApiWorker --limit-request-line 8190`
"""

from __future__ import annotations

import contextlib
import gc
import json
import socket
import time
import uuid
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from gunicorn import util
from gunicorn.http import errors
from gunicorn.http.unreader import SocketUnreader
from gunicorn.workers.gthread import _DEFER, TConn, ThreadWorker

PARTINGS = 32
"""So many clients at once may take their time to close; further ones are cut off."""


MOMENT_S = 0.2
"""A thread waits so long for headers of which a part is there: they may come in several packets."""
PEEK_BYTES = 65_536
"""Headers that are longer are read by a thread, however slowly they come."""
_HALF = object()


class TooSlow(errors.ParseException):  # type: ignore[misc]  # gunicorn has no types
    """The line and the headers of a request did not arrive in time."""


class BodyTooSlow(OSError):
    """The body did not arrive in time: Django's UnreadablePostError to whoever reads it."""


@dataclass(frozen=True)
class _Refusal:
    """What to answer; `text` may name gunicorn's `{limit}` of a request line."""

    status: int
    reason: str
    code: str
    text: str


_OUR_FAULT = _Refusal(
    500,
    "Internal Server Error",
    "INTERNAL_ERROR",
    "Something failed on our side; it has been logged.",
)
_REFUSALS: dict[type[Exception], _Refusal] = {
    errors.LimitRequestLine: _Refusal(
        414,
        "URI Too Long",
        "URI_TOO_LONG",
        "The address with its parameters is longer than {limit} characters; send less text in it.",
    ),
    errors.LimitRequestHeaders: _Refusal(
        431,
        "Request Header Fields Too Large",
        "HEADERS_TOO_LARGE",
        "The headers of the request are too large or too many.",
    ),
    errors.ExpectationFailed: _Refusal(
        417, "Expectation Failed", "EXPECTATION_FAILED", "Of Expect only 100-continue is known."
    ),
    errors.UnsupportedTransferCoding: _Refusal(
        501,
        "Not Implemented",
        "TRANSFER_CODING_NOT_SUPPORTED",
        "This transfer coding is not supported; send the body chunked or with its length.",
    ),
    TooSlow: _Refusal(
        408,
        "Request Timeout",
        "REQUEST_TIMEOUT",
        "The request took too long to arrive; send it again, all at once.",
    ),
    errors.InvalidResponseHeader: _OUR_FAULT,
    errors.InvalidResponseHeaderName: _OUR_FAULT,
    errors.ParseException: _Refusal(
        400, "Bad Request", "MALFORMED", "The request is not HTTP as it should be."
    ),
    Exception: _OUR_FAULT,
}


class _Unreader(SocketUnreader):  # type: ignore[misc]
    """Reads from the client until a moment, however little comes at a time."""

    until = float("inf")
    is_body = False

    def chunk(self, size_hint: int | None = None) -> bytes:
        before = self.sock.gettimeout()
        try:
            left = self.until - time.monotonic()
            if left <= 0:
                raise TimeoutError
            self.sock.settimeout(left if before is None else min(left, before))
            data: bytes = super().chunk(size_hint)
        except TimeoutError as error:
            if before is not None:  # gunicorn's own bound, of a body that nobody wanted
                raise
            raise BodyTooSlow("too slow") if self.is_body else TooSlow from error
        finally:
            self.sock.settimeout(before)
        return data


class ApiWorker(ThreadWorker):  # type: ignore[misc]  # gunicorn has no types
    """Requests that gunicorn cannot read, and failures outside Django, get the one error body.

    Two things that gunicorn leaves to clients are bounded here. It ends a connection in its only
    loop, and gives the client two seconds to close its own side: threads wait for them instead.
    And whoever sends half of a request holds one of its few threads: here a connection gets one
    when all headers are there, the loop looks after those that are not, and a body has to arrive in
    time.
    """

    head_s = 15.0
    """For the line and the headers."""
    body_s = 60.0

    def init_process(self) -> None:
        """gunicorn's hook: starts, and works until it is told to end."""
        self._partings = ThreadPoolExecutor(PARTINGS, thread_name_prefix="parting")
        self._parting = 0  # these are changed by the loop's thread only
        self._halves: dict[TConn, float] = {}
        super().init_process()

    def load_wsgi(self) -> None:
        """gunicorn's hook: the application is loaded, no request was answered yet.

        What is there now stays for good. Left among what the garbage collector counts, it would
        put off those that free large answers: a response and its request know each other.
        """
        super().load_wsgi()
        gc.freeze()
        gc.collect()  # of nothing: what it looked at would no longer be shared with other processes

    def handle(self, conn: TConn) -> Any:
        """gunicorn's hook, in a thread: reads one request and answers it."""
        if not conn.initialized and not conn.wait_for_data(0):
            return _DEFER
        if not self._has_buffered(conn) and not _arrives(conn.sock, MOMENT_S):
            return _HALF
        conn.sock.setblocking(True)
        conn.init()
        if not isinstance(conn.parser.unreader, _Unreader):
            conn.parser.unreader = _Unreader(conn.sock)
        self._wait_for(conn, self.head_s, is_body=False)
        return super().handle(conn)

    def murder_pending(self) -> None:
        """gunicorn's hook, in its loop, every second or more often."""
        super().murder_pending()
        now = time.monotonic()
        for conn, until in list(self._halves.items()):
            if _arrives(conn.sock, 0):
                del self._halves[conn]
                self.enqueue_req(conn)
            elif now > until or not self.alive:
                del self._halves[conn]
                self.handle_error(None, conn.sock, conn.client, TooSlow())
                self._part(conn)

    def _has_buffered(self, conn: TConn) -> bool:
        """Whether some of the request was read with the one before."""
        return bool(conn.initialized and conn.parser.unreader.buf.getvalue())

    def handle_request(self, req: Any, conn: TConn) -> bool:
        """gunicorn's hook: the headers are there, a body may follow."""
        self._wait_for(conn, self.body_s, is_body=True)
        answered: bool = super().handle_request(req, conn)
        return answered

    def _wait_for(self, conn: TConn, seconds: float, *, is_body: bool) -> None:
        unreader = conn.parser.unreader
        unreader.until, unreader.is_body = time.monotonic() + seconds, is_body

    def finish_request(self, conn: TConn, fs: Future[Any]) -> None:
        """gunicorn's hook, in its loop: keeps the connection for more, or ends it."""
        if fs.cancelled() or fs.exception():
            super().finish_request(conn, fs)
        elif fs.result() is _HALF:
            self._halves[conn] = time.monotonic() + self.head_s
        elif fs.result():
            super().finish_request(conn, fs)
        else:
            self._part(conn)

    def _part(self, conn: TConn) -> None:
        self.nr_conns -= 1
        if self._parting >= PARTINGS:
            conn.close()
            return
        self._parting += 1
        parted = self._partings.submit(conn.close, graceful=True)
        parted.add_done_callback(lambda _: self.method_queue.defer(self._has_parted))

    def _has_parted(self) -> None:
        self._parting -= 1

    def handle_error(
        self, req: Any, client: socket.socket, addr: tuple[str, int] | None, exc: Exception
    ) -> None:
        """gunicorn's hook; its own answers with HTML."""
        refusal = next(_REFUSALS[cls] for cls in type(exc).__mro__ if cls in _REFUSALS)
        if refusal is _OUR_FAULT:
            self.log.exception("failed outside the application: %s", exc)
        else:
            self.log.warning("refused a request from %s: %s", addr, exc)
        text = refusal.text.format(limit=self.cfg.limit_request_line)
        with contextlib.suppress(OSError):  # the client may be gone
            util.write_nonblock(client, _response(refusal, text))


def _arrives(client: socket.socket, within_s: float) -> bool:
    """Whether there is nothing to wait for: all headers are there, or no more will come."""
    until, pause_s = time.monotonic() + within_s, 0.002
    while True:
        try:
            seen = client.recv(PEEK_BYTES, socket.MSG_PEEK | socket.MSG_DONTWAIT)
        except BlockingIOError:
            seen = b"nothing yet"
        except OSError:
            return True
        if not seen or b"\r\n\r\n" in seen or len(seen) >= PEEK_BYTES:
            return True
        if time.monotonic() >= until:
            return False
        time.sleep(pause_s)
        pause_s *= 2


def _response(refusal: _Refusal, text: str) -> bytes:
    """The whole HTTP response. gunicorn loads this before Django, so api/ cannot be used here."""
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    request_id = uuid.uuid4().hex
    body = json.dumps(
        {
            "detail": text,
            "status_code": refusal.status,
            "timestamp": now.replace("+00:00", "Z"),
            "error_code": refusal.code,
            "field_errors": None,
            "details": None,
            "request_id": request_id,
        }
    )
    head = [
        f"HTTP/1.1 {refusal.status} {refusal.reason}",
        "Connection: close",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
        f"X-Request-ID: {request_id}",
        "X-Process-Time: 0",
    ]
    return "\r\n".join([*head, "", body]).encode("ascii")
