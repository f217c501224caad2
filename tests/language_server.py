"""A real HTTP server that speaks chat completions and answers what a test told it, nothing else."""

from __future__ import annotations

import json
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.fakes import Untold

PATH = "/v1/chat/completions"


def completion(content: Any, *, model: str = "scripted-1", finish_reason: str = "stop") -> bytes:
    """The body of a good answer whose message is this content (JSON unless it is text)."""
    text = content if isinstance(content, str | list) else json.dumps(content)
    message = {"role": "assistant", "content": text}
    choice = {"index": 0, "message": message, "finish_reason": finish_reason}
    return json.dumps({"id": "1", "model": model, "choices": [choice]}).encode()


@dataclass(frozen=True)
class Reply:
    """One answer of the server. `raw` sends bytes of its own instead of an HTTP response."""

    body: bytes = b"{}"
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    raw: Callable[[BaseHTTPRequestHandler, threading.Event], None] | None = None


@dataclass
class LanguageServer:
    """`requests` are the bodies it got, `headers` what came with each; `stopped` is set at the
    end, for replies that hang until then."""

    url: str
    stopped: threading.Event = field(default_factory=threading.Event)
    requests: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    untold: list[str] = field(default_factory=list)
    _replies: deque[Reply] = field(default_factory=deque)

    def tell(self, *replies: Reply) -> None:
        """Answer the next requests with these, in order."""
        self._replies.extend(replies)

    def tell_values(self, *values: Any) -> None:
        """Answer the next requests with good completions of these values."""
        self.tell(*(Reply(completion(value)) for value in values))

    def take(self, handler: BaseHTTPRequestHandler) -> Reply:
        length = int(handler.headers.get("Content-Length", "0"))
        body = json.loads(handler.rfile.read(length))
        self.requests.append(body)
        self.headers.append(dict(handler.headers))
        if handler.path != PATH or not self._replies:
            self.untold.append(f"{handler.path} {sorted(body)}")
            return Reply(b'{"error": {"message": "untold"}}', status=500)
        return self._replies.popleft()


@contextmanager
def language_server() -> Iterator[LanguageServer]:
    """Runs the server on a free port of this machine; raises Untold at the end where it was asked
    more than it was told of."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            reply = server.take(self)
            if reply.raw is not None:
                reply.raw(self, server.stopped)
                return
            self.send_response(reply.status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(reply.body)))
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(reply.body)

        def log_message(self, *args: Any) -> None:
            """Stay quiet."""

    listener = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    listener.daemon_threads = True
    server = LanguageServer(f"http://127.0.0.1:{listener.server_port}/v1")
    thread = threading.Thread(target=listener.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.stopped.set()
        listener.shutdown()
        listener.server_close()
        thread.join()
    if server.untold:
        raise Untold(f"The language model was asked more than the test told of: {server.untold}")
