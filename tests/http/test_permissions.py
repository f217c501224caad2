"""The permission table of tests/api, asked over HTTP by four roles and nobody."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
import requests

from tests.api.permission_table import ROLES, ROWS, Row
from tests.http.client import HttpClient

GUARDED = [row for row in ROWS if row.needs]


def send(client: HttpClient, row: Row) -> requests.Response:
    body = None if row.method == "GET" else row.body or {}
    return client.request(row.method, row.url, json=body)


@pytest.mark.parametrize("row", GUARDED, ids=str)
def test_each_role_and_nobody(clients: Mapping[str, HttpClient], row: Row) -> None:
    refused = send(clients["anonymous"], row)
    assert refused.status_code == 401
    assert refused.headers["WWW-Authenticate"] == "Bearer"
    for role, permissions in ROLES.items():
        response = send(clients[role], row)
        if row.needs in permissions:
            assert response.status_code in (200, 201, 400, 404, 422), f"{role}: {response.text}"
        else:
            assert response.status_code == 403, f"{role}: {response.text}"
            assert response.json()["details"] == {"required_permission": row.needs}


@pytest.mark.parametrize("row", [row for row in ROWS if not row.needs], ids=str)
def test_public_operations(anonymous: HttpClient, row: Row) -> None:
    response = send(anonymous, row)
    assert response.status_code in (200, 400, 401)
    assert response.status_code != 401 or row.route.startswith("api/auth/")
