"""The REST side of a test workspace, one per test."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from cryptography.fernet import Fernet
from pytest_django.fixtures import Settings

from semantic_layer.adapters.databricks.workspace import Workspace, WorkspaceOptions
from tests.workspace.rest_server import RestServer


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
