"""The web server as `manage.py up` runs it, one process, over the test database and the shop."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

from semantic_layer.embedded.folders import Folders, free_loopback_port
from semantic_layer.embedded.process import Child, last_lines, spawn, stop
from semantic_layer.embedded.programs import Address, web
from tests.accounts_fixtures import ApiClient
from tests.queries.background import worker_environment
from tests.waiting import PATIENCE_S, wait_for
from tests.worker_fixture import database_url_of_test

START_S = 60
LIVE = "live-web"
"""What its connections to the database are called there; none outlives its request."""


@dataclass
class LiveServer:
    """A running web server; `child` is None after `kill`."""

    folders: Folders
    environment: dict[str, str]
    address: Address
    child: Child | None = None

    def start(self) -> None:
        if self.child is None:
            program = web(self.address, self.folders, self.environment)
            self.child = spawn(program, self.folders.run)
            wait_for(self._answers, within_s=START_S, what="the web server")

    def stop(self) -> None:
        """`kill -9` for the server and its processes."""
        if self.child is not None:
            self.child.process.kill()
            self.child.process.wait(10)
            stop(self.child)
            self.child = None

    def get(self, client: ApiClient, path: str, **options: Any) -> requests.Response:
        return self._request("GET", client, path, **options)

    def post(self, client: ApiClient, path: str, body: Any, **options: Any) -> requests.Response:
        return self._request("POST", client, path, json=body, **options)

    def _request(
        self,
        method: str,
        client: ApiClient,
        path: str,
        *,
        headers: Mapping[str, str] | None = None,
        **options: Any,
    ) -> requests.Response:
        sent = {"Authorization": f"Bearer {client.bearer}", **(headers or {})}
        return requests.request(
            method, self._url(path), headers=sent, timeout=PATIENCE_S, **options
        )

    def _url(self, path: str) -> str:
        return f"http://{self.address.bind}{path}"

    def _answers(self) -> bool:
        assert self.child is not None
        assert self.child.is_running(), last_lines(self.child.program.log, 20)
        try:
            return requests.get(self._url("/health"), timeout=5).ok
        except requests.ConnectionError:
            return False


@pytest.fixture(scope="package")
def _live(
    services: None, django_db_setup: None, shop_file: Path, tmp_path_factory: Any
) -> Iterator[LiveServer]:
    folders = Folders(tmp_path_factory.mktemp("live"))
    folders.make()
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "DATABASE_URL": database_url_of_test(),
        "PGAPPNAME": LIVE,
        "DATABASE_CONN_MAX_AGE_S": "0",
        "RATE_LIMIT_PROFILE": "development",
        **worker_environment(shop_file),
    }
    server = LiveServer(folders, environment, Address("127.0.0.1", free_loopback_port()))
    yield server
    server.stop()


@pytest.fixture
def live(_live: LiveServer, transactional_db: None) -> LiveServer:
    """The server, running."""
    _live.start()
    return _live
