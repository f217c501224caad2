"""The OpenAI-compatible language model, against a real HTTP server."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest

from semantic_layer import wiring
from semantic_layer.adapters.openai_compatible import (
    MAX_ANSWER_BYTES,
    LanguageModelUnavailable,
    OpenAICompatibleModel,
)
from semantic_layer.checks import check_language_model
from semantic_layer.ports import Completion
from tests.language_server import LanguageServer, Reply, completion, language_server

KEY = "sk-very-secret"
SCHEMA = {
    "type": "object",
    "properties": {"name": {"type": "string"}},
    "required": ["name"],
    "additionalProperties": False,
}


@pytest.fixture
def server() -> Iterator[LanguageServer]:
    with language_server() as running:
        yield running


def asked(server: LanguageServer, *, timeout_s: float = 60, **options: Any) -> Completion:
    model = OpenAICompatibleModel(server.url, "small", api_key=KEY, **options)
    return model.complete("Name it.", "a table", schema=SCHEMA, timeout_s=timeout_s)


def test_answers_in_the_schema_and_says_which_model(server: LanguageServer) -> None:
    server.tell_values({"name": "orders"})
    assert asked(server) == Completion({"name": "orders"}, "scripted-1")


def test_sends_instructions_and_material_apart_once(server: LanguageServer) -> None:
    server.tell_values({"name": "orders"})
    asked(server, options={"temperature": 0, "model": "another"})
    [request] = server.requests
    system, user = request["messages"]
    assert system["role"] == "system"
    assert system["content"].startswith("Name it.")
    assert json.dumps(SCHEMA, sort_keys=True) in system["content"]
    assert user == {"role": "user", "content": "a table"}
    assert request["model"] == "small"
    assert request["temperature"] == 0
    assert request["response_format"]["json_schema"]["schema"] == SCHEMA
    assert request["response_format"]["json_schema"]["strict"] is True
    assert server.headers[0]["Authorization"] == f"Bearer {KEY}"


def test_an_open_schema_is_not_called_strict(server: LanguageServer) -> None:
    server.tell_values({"name": "orders"})
    model = OpenAICompatibleModel(server.url, "small")
    schema = {"type": "object", "properties": {"name": {"type": "string"}}}
    model.complete("Name it.", "a table", schema=schema, timeout_s=60)
    assert server.requests[0]["response_format"]["json_schema"]["strict"] is False
    assert "Authorization" not in server.headers[0]


@pytest.mark.parametrize(
    ("answer_format", "sent"), [("json_object", {"type": "json_object"}), ("text", None)]
)
def test_speaks_with_servers_that_enforce_no_schema(
    server: LanguageServer, answer_format: str, sent: dict[str, str] | None
) -> None:
    server.tell(Reply(completion('```json\n{"name": "orders"}\n```')))
    assert asked(server, answer_format=answer_format).value == {"name": "orders"}
    assert server.requests[0].get("response_format") == sent


def test_reads_the_answer_out_of_parts(server: LanguageServer) -> None:
    parts = [{"type": "reasoning", "summary": []}, {"type": "text", "text": '{"name": "orders"}'}]
    server.tell(Reply(completion(parts)))
    assert asked(server).value == {"name": "orders"}


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (completion({"name": 7}), "does not fit its schema at $.name"),
        (completion({"name": "a", "sql": "drop table t"}), "does not fit its schema at $"),
        (completion("Sure! It is orders."), "did not answer in JSON"),
        (completion("[" * 100_000), "did not answer in JSON"),
        (completion("", finish_reason="stop"), "declined to answer"),
        (completion('{"na', finish_reason="length"), "was cut"),
        (b"<html>welcome</html>", "server did not answer in JSON"),
        (b'{"choices": []}', "has no content"),
        (b'{"choices": [{"message": null}]}', "has no content"),
    ],
)
def test_an_answer_of_another_shape_is_none(
    server: LanguageServer, body: bytes, message: str
) -> None:
    server.tell(Reply(body))
    with pytest.raises(LanguageModelUnavailable) as raised:
        asked(server)
    assert message in raised.value.message
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("status", "advice"),
    [
        (400, "LANGUAGE_MODEL_FORMAT"),
        (401, "LANGUAGE_MODEL_API_KEY"),
        (404, "LANGUAGE_MODEL_NAME"),
        (500, ""),
        (307, ""),
    ],
)
def test_a_refusal_is_told_without_the_key_and_not_repeated(
    server: LanguageServer, status: int, advice: str
) -> None:
    body = json.dumps({"error": {"message": f"no, {KEY} is\nwrong."}}).encode()
    server.tell(Reply(body, status=status, headers={"Location": server.url}))
    with pytest.raises(LanguageModelUnavailable) as raised:
        asked(server)
    assert f"answered {status}: no, *** is wrong." in raised.value.message
    assert advice in raised.value.message
    assert len(server.requests) == 1


def test_says_when_to_come_again(server: LanguageServer) -> None:
    server.tell(Reply(b"busy", status=429, headers={"Retry-After": "42"}))
    with pytest.raises(LanguageModelUnavailable) as raised:
        asked(server)
    assert raised.value.retry_after_s == 42


def test_a_server_that_is_not_there_is_unavailable() -> None:
    with language_server() as gone:
        pass
    with pytest.raises(LanguageModelUnavailable, match="could not be asked"):
        asked(gone)


def test_a_lost_connection_is_not_asked_again(server: LanguageServer) -> None:
    def hang_up(handler: BaseHTTPRequestHandler, stopped: threading.Event) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{")

    server.tell(Reply(raw=hang_up))
    with pytest.raises(LanguageModelUnavailable, match="could not be asked"):
        asked(server)
    assert len(server.requests) == 1


def _drip(data: bytes) -> Reply:
    """Sends the data, then a byte every few milliseconds until the test ends."""

    def raw(handler: BaseHTTPRequestHandler, stopped: threading.Event) -> None:
        with contextlib.suppress(OSError):
            handler.wfile.write(data)
            while not stopped.wait(0.02):
                handler.wfile.write(b"x")
                handler.wfile.flush()

    return Reply(raw=raw)


def _silence(handler: BaseHTTPRequestHandler, stopped: threading.Event) -> None:
    stopped.wait()


@pytest.mark.parametrize(
    "reply",
    [
        Reply(raw=_silence),
        _drip(b"HTTP/1.1 200 OK\r\nX-Slow: "),
        _drip(b"HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n"),
    ],
    ids=["silence", "headers by the byte", "body by the byte"],
)
def test_the_deadline_is_over_the_whole_call(server: LanguageServer, reply: Reply) -> None:
    server.tell(reply)
    with pytest.raises(LanguageModelUnavailable):
        asked(server, timeout_s=0.5)
    assert not server.stopped.is_set()  # it would have gone on


def test_an_endless_answer_is_not_kept(server: LanguageServer) -> None:
    server.tell(Reply(b"x" * (MAX_ANSWER_BYTES + 1)))
    with pytest.raises(LanguageModelUnavailable, match="too long"):
        asked(server)


def test_is_chosen_by_settings(server: LanguageServer, settings: Any) -> None:
    assert wiring.language_model() is None
    settings.LANGUAGE_MODEL_URL = server.url
    settings.LANGUAGE_MODEL_NAME = "small"
    settings.LANGUAGE_MODEL_API_KEY = KEY
    settings.LANGUAGE_MODEL_FORMAT = "text"
    settings.LANGUAGE_MODEL_OPTIONS = {"temperature": 0}
    server.tell_values({"name": "orders"})
    model = wiring.language_model()
    assert model is not None
    assert model.name == "small"
    assert model.complete("Name it.", "t", schema=SCHEMA, timeout_s=60).value["name"] == "orders"
    assert server.headers[0]["Authorization"] == f"Bearer {KEY}"
    assert server.requests[0]["temperature"] == 0


def test_half_a_configuration_is_told_at_start(settings: Any) -> None:
    assert check_language_model(None) == []
    settings.LANGUAGE_MODEL_URL = "models.example.com/v1"
    found = {message.id for message in check_language_model(None)}
    assert found == {"semantic_layer.E006", "semantic_layer.E007"}
