"""Where the warehouse is and how patient we are with it: plain values, checked once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from semantic_layer.errors import InvalidInput


@dataclass(frozen=True)
class DatabricksOptions:
    """One SQL warehouse of one workspace.

    `host` is the workspace's URL (https:// where none is written), `http_path` the warehouse's
    path. `connection` is handed to the driver as it is, over what this adapter sets itself.
    `catalog` is what names without one mean. Seconds: a request that is not answered within
    `socket_timeout_s` failed; sessions end after `session_max_age_s`, `session_max_statements` or
    `session_idle_s` unused.
    """

    host: str
    http_path: str
    catalog: str | None = None
    connection: Mapping[str, Any] = field(default_factory=dict)
    user_agent: str = "semantic-layer-service"
    socket_timeout_s: float = 30.0
    session_max_age_s: float = 1800.0
    session_max_statements: int = 200
    session_idle_s: float = 300.0
    sessions_idle_per_person: int = 4
    fetch_rows: int = 20_000
    fetch_bytes: int = 16 * 1024 * 1024

    def __post_init__(self) -> None:
        url = self.host if "://" in self.host else f"https://{self.host}"
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise InvalidInput(f"DATABRICKS_HOST={self.host!r} is not the URL of a workspace.")
        object.__setattr__(self, "host", f"{parts.scheme}://{parts.netloc}")
        object.__setattr__(self, "http_path", "/" + self.http_path.strip("/"))

    @property
    def hostname(self) -> str:
        """What the driver wants: no scheme, no port."""
        return str(urlsplit(self.host).hostname)

    @property
    def warehouse_id(self) -> str:
        return self.http_path.rsplit("/", 1)[-1]

    def arguments(self) -> dict[str, Any]:
        """What the driver is told of the way to the warehouse. The last word has `connection`."""
        parts = urlsplit(self.host)
        found: dict[str, Any] = {"server_hostname": self.hostname, "http_path": self.http_path}
        if parts.scheme == "http":
            found["_connection_uri"] = f"{self.host}{self.http_path}"
        elif parts.port is not None:
            found["_port"] = parts.port
        return {**found, **self.connection}
