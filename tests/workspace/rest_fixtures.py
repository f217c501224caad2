"""The REST side of a test workspace, one per test."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass

import pyarrow as pa
import pytest
from cryptography.fernet import Fernet
from pytest_django.fixtures import Settings

from semantic_layer import wiring
from semantic_layer.adapters.databricks.workspace import Workspace, WorkspaceOptions
from tests.workspace.engine import Asked, ScriptedEngine
from tests.workspace.rest_server import RestServer
from tests.workspace.thrift_server import HTTP_PATH, WarehouseServer, serving


@pytest.fixture
def rest() -> Iterator[RestServer]:
    """A running server; a request it was not told how to answer fails the test."""
    server = RestServer().start()
    try:
        yield server
    finally:
        server.faults.clear()
        for thread in threading.enumerate():
            if thread.name == "refresh":  # would go on asking whoever gets the port next
                thread.join(60)
        server.stop()
    assert server.unexpected == []


@pytest.fixture
def workspace(rest: RestServer) -> Workspace:
    """The product's client of it. Short limits, so that a test of one of them ends soon."""
    return Workspace(options_of(rest))


def options_of(rest: RestServer, **changed: object) -> WorkspaceOptions:
    """A service principal with its secret, known to the server."""
    rest.state.add_person("service-app-id", groups=["services"])
    rest.state.secrets["service-app-id"] = "service-secret"
    known = {
        "host": rest.url,
        "client_id": "service-app-id",
        "client_secret": "service-secret",
        "timeout_s": 5.0,
        "budget_s": 10.0,
        "patient_timeout_s": 5.0,
    }
    return WorkspaceOptions(**{**known, **changed})  # type: ignore[arg-type]


@pytest.fixture
def at_workspace(rest: RestServer, settings: Settings) -> RestServer:
    """The service signs people in at this workspace; SQL still runs on DuckDB."""
    options_of(rest)
    settings.DATABRICKS_HOST = rest.url
    settings.DATABRICKS_CLIENT_ID = "service-app-id"
    settings.DATABRICKS_CLIENT_SECRET = "service-secret"
    settings.CREDENTIAL_KEYS = [Fernet.generate_key().decode()]
    settings.ROLE_GROUPS = {
        "viewer": [],
        "analyst": ["analysts"],
        "engineer": ["engineers"],
        "admin": ["sl-admins", "platform"],
    }
    return rest


@dataclass(frozen=True)
class SqlWorkspace:
    """A workspace whose warehouse answers what its engine was told."""

    rest: RestServer
    engine: ScriptedEngine
    warehouse: WarehouseServer


@pytest.fixture
def sql_workspace(at_workspace: RestServer, settings: Settings) -> Iterator[SqlWorkspace]:
    """The service signs in at this workspace and runs its SQL there."""
    engine = ScriptedEngine()
    engine.when("SELECT current_user()", _whose_token)
    with serving(at_workspace.state, engine) as warehouse:
        settings.DATABRICKS_HTTP_PATH = HTTP_PATH
        settings.DATABRICKS_CATALOG = "main"
        settings.DATABRICKS_CONNECTION = {"_connection_uri": f"{warehouse.url}{HTTP_PATH}"}
        yield SqlWorkspace(at_workspace, engine, warehouse)
        wiring._databricks().close()


def _whose_token(asked: Asked) -> pa.Table:
    return pa.table({"current_user()": [asked.person.user_name]})
