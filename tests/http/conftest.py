"""The running server, a client for each role, and the demo's file for second opinions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import duckdb
import pytest

from tests.http import server as servers
from tests.http.client import HttpClient
from tests.http.server import Server
from tests.workspace import switch


@pytest.fixture(scope="package")
def server(
    services: None, demo_warehouse: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """One server for all tests here: they add what they need and leave the demo as it is."""
    folder = tmp_path_factory.mktemp("http-server")
    environment, tokens = switch.demo_server(demo_warehouse) or (None, None)
    with servers.running(folder, demo_warehouse, served_with=environment, tokens=tokens) as running:
        yield running


@pytest.fixture(scope="package")
def clients(server: Server) -> Iterator[Mapping[str, HttpClient]]:
    """By role; `anonymous` sends no token. Signed in once, as a frontend does."""
    made = {"anonymous": HttpClient(server)}
    for role, token in server.tokens.items():
        body = made["anonymous"].answer("POST", "/api/auth/login", {"databricks_token": token})
        made[role] = HttpClient(server, body["access_token"])
    yield made
    for client in made.values():
        client.close()


@pytest.fixture
def dialect() -> str:
    """Of the SQL that people send here."""
    return "databricks" if switch.IS_ON else "duckdb"


@pytest.fixture
def anonymous(clients: Mapping[str, HttpClient]) -> HttpClient:
    return clients["anonymous"]


@pytest.fixture
def viewer(clients: Mapping[str, HttpClient]) -> HttpClient:
    return clients["viewer"]


@pytest.fixture
def analyst(clients: Mapping[str, HttpClient]) -> HttpClient:
    return clients["analyst"]


@pytest.fixture
def engineer(clients: Mapping[str, HttpClient]) -> HttpClient:
    return clients["engineer"]


@pytest.fixture
def admin(clients: Mapping[str, HttpClient]) -> HttpClient:
    return clients["admin"]


@pytest.fixture(scope="package")
def warehouse(server: Server) -> Iterator[duckdb.DuckDBPyConnection]:
    """The demo's file, read without the service."""
    with duckdb.connect() as connection:
        connection.execute(f"ATTACH '{server.warehouse_file}' AS flights (READ_ONLY)")
        connection.execute("USE flights")
        yield connection
