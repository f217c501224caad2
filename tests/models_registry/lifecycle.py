"""Moving versions over HTTP, as the tests of reviews and transitions do it."""

from __future__ import annotations

from typing import Any

from tests.accounts_fixtures import ApiClient


def move(client: ApiClient, action: str, name: str = "customers", **body: Any) -> Any:
    category = body.pop("category", "production")
    headers = body.pop("headers", {})
    return client.post(
        f"/api/models/{name}/transitions?category={category}",
        {"action": action, **body},
        headers=headers,
    )


def status(client: ApiClient, name: str = "customers", category: str = "production") -> list[str]:
    """States of all versions, newest first."""
    body = client.get(f"/api/models/{name}/versions?category={category}").json()
    return [version["status"] for version in body["versions"]]
