"""Whether the client of the request that is being answered still waits for it."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from typing import Any

Gone = Callable[[], bool]

_SOCKET = "gunicorn.socket"


def _never() -> bool:
    return False


client_gone: ContextVar[Gone] = ContextVar("client_gone", default=_never)
"""Asks the socket of the request; outside of requests, and under other servers, always False."""


def gone_of(environ: Mapping[str, Any]) -> Gone:
    """How to ask for the client of this WSGI request.

    A client that closed its half of the connection has no use for an answer either: browsers, curl
    and proxies close both.
    """
    connection = environ.get(_SOCKET)
    if not isinstance(connection, socket.socket) or isinstance(connection, ssl.SSLSocket):
        return _never  # a TLS socket cannot be looked into; where it ends, a proxy does it

    def gone() -> bool:
        try:
            return connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) == b""
        except BlockingIOError:
            return False
        except OSError:
            return True

    return gone
