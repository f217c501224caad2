"""A whole workspace: both servers over one state, and what the service is told to find them."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from cryptography.fernet import Fernet

from tests.workspace.engine import Engine
from tests.workspace.rest_server import RestServer
from tests.workspace.state import WorkspaceState
from tests.workspace.thrift_server import HTTP_PATH, WarehouseServer, serving

SERVICE, SERVICE_SECRET = "service-app-id", "service-secret"
SERVICE_GROUP = "services"
GROUPS = {"analyst": "analysts", "engineer": "engineers", "admin": "platform-admins"}


@dataclass(frozen=True)
class WholeWorkspace:
    """`environment` is all that the service has to be told."""

    state: WorkspaceState
    rest: RestServer
    warehouse: WarehouseServer
    environment: dict[str, str]

    def configure(self, settings: Any) -> None:
        """The same in Django's settings, for a service in this process."""
        given = self.environment
        for name in ("HOST", "HTTP_PATH", "CATALOG", "CLIENT_ID", "CLIENT_SECRET"):
            setattr(settings, f"DATABRICKS_{name}", given[f"DATABRICKS_{name}"])
        settings.DATABRICKS_CONNECTION = json.loads(given["DATABRICKS_CONNECTION"])
        settings.CREDENTIAL_KEYS = [given["CREDENTIAL_KEYS"]]
        settings.ROLE_GROUPS = {"viewer": [], **{role: [group] for role, group in GROUPS.items()}}

    def add_person(self, name: str, role: str = "viewer") -> str:
        """Somebody whose group gives this role; their token."""
        token = f"dapi-{name}-of-{role}"
        groups = [GROUPS[role]] if role in GROUPS else []
        self.state.add_person(f"{name}@example.com", token=token, groups=groups)
        return token


@contextlib.contextmanager
def running(
    state: WorkspaceState, engine: Engine, *, catalog: str = ""
) -> Iterator[WholeWorkspace]:
    """Both servers, in threads of this process; `catalog` is what names without one mean."""
    state.add_person(SERVICE, groups=[SERVICE_GROUP])
    state.secrets[SERVICE] = SERVICE_SECRET
    rest = RestServer(state).start()
    try:
        with serving(state, engine) as warehouse:
            environment = {
                "DATABRICKS_HOST": rest.url,
                "DATABRICKS_HTTP_PATH": HTTP_PATH,
                "DATABRICKS_CATALOG": catalog,
                "DATABRICKS_CLIENT_ID": SERVICE,
                "DATABRICKS_CLIENT_SECRET": SERVICE_SECRET,
                # A workspace has both behind one address.
                "DATABRICKS_CONNECTION": json.dumps(
                    {"_connection_uri": f"{warehouse.url}{HTTP_PATH}"}
                ),
                "CREDENTIAL_KEYS": Fernet.generate_key().decode(),
                **{f"ROLE_GROUPS_{role.upper()}": group for role, group in GROUPS.items()},
            }
            yield WholeWorkspace(state, rest, warehouse, environment)
    finally:
        rest.stop()
