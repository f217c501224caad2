"""Clients that send half of a request hold nobody up, and are told before they are cut off."""

from __future__ import annotations

import gc
import os
import re
import socket
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from django.http import UnreadablePostError

from semantic_layer.api.exceptions import describe
from semantic_layer.embedded.folders import free_loopback_port
from semantic_layer.embedded.process import Child, Program, last_lines, spawn, stop
from semantic_layer.embedded.programs import STOP_WEB
from semantic_layer.http_server import ApiWorker, BodyTooSlow
from tests.waiting import PATIENCE_S, wait_for

PROJECT = Path(__file__).resolve().parents[2]
THREADS = 2
GET = b"GET / HTTP/1.1\r\nHost: here\r\n"
POST = b"POST / HTTP/1.1\r\nHost: here\r\nContent-Length: 10\r\n\r\n"


class Impatient(ApiWorker):
    """Waits less, so that the tests do."""

    head_s = 2.0
    body_s = 2.0


def application(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    """Says how long the body was, or how much the garbage collector passes over.

    What Django makes of a body that does not come, describe() tells.
    """
    try:
        said = len(environ["wsgi.input"].read())
    except BodyTooSlow:
        start_response("408 Request Timeout", [("Connection", "close")])
        return [b"slow"]
    start_response("200 OK", [("Content-Type", "text/plain")])
    if environ["PATH_INFO"] == "/frozen":
        return [b"%d objects" % gc.get_freeze_count()]
    return [b"%d bytes" % said]


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    folder, number = tmp_path_factory.mktemp("slow"), free_loopback_port()
    command = [sys.executable, "-m", "gunicorn", f"{__name__}:application"]
    command += ["--worker-class", f"{__name__}.{Impatient.__name__}", "--workers", "1"]
    command += ["--threads", str(THREADS), "--bind", f"127.0.0.1:{number}", "--no-control-socket"]
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings"}
    program = Program("slow", command, folder / "log", environment, None, STOP_WEB, PROJECT)
    child = spawn(program, folder)
    try:
        wait_for(lambda: _answers(child, number), what="the web server")
        yield number
    finally:
        child.process.kill()
        child.process.wait(30)
        stop(child)


def _answers(child: Child, number: int) -> bool:
    assert child.is_running(), last_lines(child.program.log, 20)
    try:
        return asked(number).startswith(b"HTTP/1.1 200")
    except ConnectionError:
        return False


def connected(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S)


def asked(port: int, get: bytes = GET) -> bytes:
    """The answer to a whole request."""
    with connected(port) as client:
        client.sendall(get + b"Connection: close\r\n\r\n")
        return rest_of(client)


def rest_of(client: socket.socket) -> bytes:
    """All that the server still says, until it closes the connection."""
    parts = []
    while part := client.recv(4096):
        parts.append(part)
    return b"".join(parts)


@pytest.mark.parametrize("begun", [b"", b"GET / HT", GET, POST + b"12345"])
def test_half_requests_keep_nobody_waiting(port: int, begun: bytes) -> None:
    with ExitStack() as clients:
        for _ in range(4 * THREADS if begun and b"\r\n\r\n" not in begun else THREADS):
            clients.enter_context(connected(port)).sendall(begun)
        assert b"0 bytes" in asked(port)


@pytest.mark.parametrize("begun", [b"GET / HT", GET])
def test_headers_that_do_not_come_are_answered(port: int, begun: bytes) -> None:
    with connected(port) as client:
        client.sendall(begun)
        answer = rest_of(client)
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b'"error_code": "REQUEST_TIMEOUT"' in answer


def test_a_byte_now_and_then_is_too_slow_as_well(port: int) -> None:
    """However many bytes come, the time for all of them is bounded."""
    with connected(port) as client:
        client.sendall(GET)
        client.settimeout(0.1)

        def is_cut_off() -> bool:
            try:
                client.sendall(b"X: y\r\n")
                return client.recv(4096).startswith(b"HTTP/1.1 408 ")
            except TimeoutError:
                return False
            except ConnectionError:  # it came when the answer had been given
                return True

        wait_for(is_cut_off, what="the end")


def test_a_body_that_does_not_come_is_answered(port: int) -> None:
    with connected(port) as client:
        client.sendall(POST + b"12345")
        assert rest_of(client).startswith(b"HTTP/1.1 408 ")


def test_a_connection_is_kept_for_the_next_request(port: int) -> None:
    with connected(port) as client:
        for _ in range(3):
            client.sendall(POST + b"1234567890")
            answer = b""
            while not answer.endswith(b"10 bytes\r\n0\r\n\r\n"):
                part = client.recv(4096)
                assert part, answer
                answer += part
            assert answer.startswith(b"HTTP/1.1 200 ")


def test_django_answers_a_body_that_did_not_come() -> None:
    body, _ = describe(UnreadablePostError("too slow"))
    assert (body["status_code"], body["error_code"]) == (408, "REQUEST_TIMEOUT")


def test_what_was_loaded_is_not_collected_again_and_again(port: int) -> None:
    """It would put off the collections that free what large answers took."""
    said = re.search(rb"(\d+) objects", asked(port, GET.replace(b"/ ", b"/frozen ", 1)))
    assert said is not None
    assert int(said[1]) > 10_000
