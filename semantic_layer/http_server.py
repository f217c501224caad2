"""gunicorn's threads, with the API's error body for requests that are refused before Django.

`gunicorn --worker-class semantic_layer.http_server.ApiWorker --limit-request-line 8190`
"""

from __future__ import annotations

import contextlib
import json
import socket
import uuid
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from gunicorn import util
from gunicorn.http import errors
from gunicorn.workers.gthread import TConn, ThreadWorker

PARTINGS = 32
"""So many clients at once may take their time to close; further ones are cut off."""


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
    errors.InvalidResponseHeader: _OUR_FAULT,
    errors.InvalidResponseHeaderName: _OUR_FAULT,
    errors.ParseException: _Refusal(
        400, "Bad Request", "MALFORMED", "The request is not HTTP as it should be."
    ),
    Exception: _OUR_FAULT,
}


class ApiWorker(ThreadWorker):  # type: ignore[misc]  # gunicorn has no types
    """Requests that gunicorn cannot read, and failures outside Django, get the one error body.

    gunicorn ends a connection in its only loop, and gives the client two seconds to close its own
    side: a few that do not hurry would keep everybody waiting. Here threads wait for them.
    """

    def init_process(self) -> None:
        """gunicorn's hook: starts, and works until it is told to end."""
        self._partings = ThreadPoolExecutor(PARTINGS, thread_name_prefix="parting")
        self._parting = 0  # changed by the loop's thread only
        super().init_process()

    def finish_request(self, conn: TConn, fs: Future[Any]) -> None:
        """gunicorn's hook, in its loop: keeps the connection for more, or ends it."""
        if fs.cancelled() or fs.exception() or fs.result():
            super().finish_request(conn, fs)
            return
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
