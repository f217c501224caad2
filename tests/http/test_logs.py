"""What the server logs of requests that carry secrets, good ones and bad ones: never the secret."""

from __future__ import annotations

import os

from tests.http.client import HttpClient
from tests.http.server import Server

WRONG = "slt_this-is-not-a-token-but-looks-like-one-0123456789"


def test_no_token_and_no_key_is_ever_logged(
    server: Server, anonymous: HttpClient, analyst: HttpClient
) -> None:
    pair = anonymous.answer(
        "POST", "/api/auth/login", {"databricks_token": server.tokens["viewer"]}
    )
    anonymous.post("/api/auth/login", {"databricks_token": WRONG})
    anonymous.post("/api/auth/login", {"databricks_token": [WRONG]})
    anonymous.post("/api/auth/refresh", {"refresh_token": pair["refresh_token"] + "x"})
    fresh = anonymous.answer("POST", "/api/auth/refresh", {"refresh_token": pair["refresh_token"]})
    anonymous.request("GET", "/api/auth/me", headers={"Authorization": f"Bearer {WRONG}"})
    anonymous.request("GET", "/api/auth/me", headers={"Authorization": f"Basic {WRONG}"})
    analyst.post("/api/queries/execute", {"query": "SELECT no_such_column"})
    analyst.post("/api/queries/execute", {"query": 1})
    secrets = [
        *server.tokens.values(), WRONG, pair["access_token"], pair["refresh_token"],
        fresh["access_token"], fresh["refresh_token"], os.environ["SECRET_KEY"],
        os.environ["JWT_SIGNING_KEY"],
    ]  # fmt: skip
    log = server.log.read_text()
    assert "ANSWERED" in log
    for secret in secrets:
        assert secret not in log
        assert secret.split(".")[-1] not in log, "not even a signature"


def test_a_request_id_cannot_break_a_line_of_the_log(server: Server, viewer: HttpClient) -> None:
    forged = 'abc"}\\n{"level": "ERROR", "message": "forged"}'
    answer = viewer.request("GET", "/api/models", headers={"X-Request-ID": forged})
    assert answer.headers["X-Request-ID"] != forged
    assert "forged" not in server.log.read_text()
