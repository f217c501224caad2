"""A plain HTTP client that holds every answer to the conventions of the API."""

from __future__ import annotations

import re
from typing import Any

import pytest
import requests

from tests.http.server import Server
from tests.waiting import PATIENCE_S

TIMEOUT_S = PATIENCE_S
TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
ERROR_KEYS = {
    "detail", "status_code", "timestamp", "error_code", "field_errors", "details", "request_id",
}  # fmt: skip


class HttpClient:
    """One person's client. Every answer is checked by `check_conventions`."""

    def __init__(self, server: Server, bearer: str | None = None) -> None:
        self.server = server
        self.session = requests.Session()
        self.session.trust_env = False  # no proxy of this machine stands between
        if bearer:
            self.session.headers["Authorization"] = f"Bearer {bearer}"

    def close(self) -> None:
        self.session.close()

    def request(self, method: str, path: str, **options: Any) -> requests.Response:
        options.setdefault("timeout", TIMEOUT_S)
        options.setdefault("allow_redirects", False)
        response = self.session.request(method, self.server.url + path, **options)
        if response.status_code >= 500:
            pytest.fail(f"{method} {path}: {self.server.logged(response.headers['X-Request-ID'])}")
        check_conventions(response)
        return response

    def get(self, path: str, **parameters: Any) -> requests.Response:
        """`get("/api/x", page=2)` asks for /api/x?page=2."""
        return self.request("GET", path, params=parameters)

    def post(self, path: str, body: Any = None, **options: Any) -> requests.Response:
        return self.request("POST", path, json=body, **options)

    def put(self, path: str, body: Any = None, **options: Any) -> requests.Response:
        return self.request("PUT", path, json=body, **options)

    def delete(self, path: str, **options: Any) -> requests.Response:
        return self.request("DELETE", path, **options)

    def answer(self, method: str, path: str, body: Any = None, status: int = 200) -> Any:
        """The JSON of an answer with this status."""
        response = self.request(method, path, json=body)
        assert response.status_code == status, response.text
        return response.json()

    def refused(self, method: str, path: str, body: Any = None, *, status: int, code: str) -> Any:
        """The body of an error with this status and code."""
        refusal = self.answer(method, path, body, status)
        assert refusal["error_code"] == code, refusal
        return refusal


def check_conventions(response: requests.Response) -> None:
    """Headers of every response, and the one body of every error."""
    assert response.headers["X-Request-ID"]
    assert float(response.headers["X-Process-Time"]) >= 0
    if response.status_code < 400:
        return
    assert response.headers["Content-Type"].startswith("application/json"), response.text
    body = response.json()
    assert set(body) >= ERROR_KEYS
    assert body["status_code"] == response.status_code
    assert body["request_id"] == response.headers["X-Request-ID"]
    assert re.fullmatch(r"[A-Z][A-Z0-9_]*", body["error_code"])
    assert TIMESTAMP.fullmatch(body["timestamp"])
    assert body["detail"].strip()
    assert body["field_errors"] is None or all(
        isinstance(texts, list) for texts in body["field_errors"].values()
    )
    assert body["details"] is None or isinstance(body["details"], dict)
