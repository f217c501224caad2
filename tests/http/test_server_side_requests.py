"""SSRF: no address that a caller writes anywhere makes the service go there."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests.canary import Canary, canary
from tests.http.client import HttpClient
from tests.http.operations import OPERATIONS

BODIES: dict[str, Any] = {
    "/api/auth/login": {"databricks_token": "a token"},
    "/api/auth/oauth/token": {"code": "x", "code_verifier": "v" * 43},
    "/api/auth/refresh": {"refresh_token": "x"},
    "/api/catalog/rejections": {
        "catalog": "flights", "schema": "gold", "table": "airlines", "suggestions": ["x"],
    },
    "/api/documentation/generate": {"model_id": "flights", "format": "html", "template": "x"},
    "/api/models/batch": {"operations": [{"action": "validate", "model": {"name": "a"}}]},
    "/api/models/validate": {
        "name": "planes_of_mine",
        "model": "flights.gold.planes",
        "description": "x",
        "entities": [{"name": "plane", "type": "primary", "expr": "tail_number"}],
        "dimensions": [{"name": "maker", "type": "categorical", "expr": "manufacturer"}],
        "measures": [{"name": "plane_count", "agg": "count", "expr": "tail_number"}],
        "metrics": [{"name": "fleet", "type": "simple", "type_params": {"measure": "plane_count"}}],
        "meta": {"link": "x"},
    },
    "/api/queries/export": {"query": "SELECT 1 AS one", "export_format": "csv"},
    "/api/queries/execute": {
        "query": "SELECT $a AS a", "parameters": {"a": "x"}, "warehouse_id": "x",
    },
    "/api/queries/format": {"query": "SELECT 1"},
}  # fmt: skip
WRITES_MODELS = ("/api/models", "/api/models/{name}", "/api/models/upload", "/api/models/sync")
"""What they read is read by /api/models/validate as well; the demo stays as it is."""
NOT_HERE = {
    "/api/auth/logout",  # others need the session
    "/api/admin/users/{user_id}/roles",  # names of roles only
    "/api/queries/saved", "/api/queries/saved/{saved_id}", "/api/queries/saved/{saved_id}/run",
}  # fmt: skip


def example_of(path: str, operation: Any) -> Any:
    """A good body: the document's own, or ours."""
    if path in BODIES:
        return BODIES[path]
    content = operation["requestBody"]["content"]["application/json"]
    return next(iter(content["examples"].values()))["value"]


def with_posts() -> list[tuple[str, Any]]:
    return [
        (path, example_of(path, operations["post"]))
        for path, operations in OPERATIONS.items()
        if "requestBody" in operations.get("post", {})
        and path not in NOT_HERE
        and path not in WRITES_MODELS
        and not path.startswith("/api/models/{name}/")
    ]


def replaced(value: Any, by: str) -> Iterator[Any]:
    """The value as often as it has texts, each time with another one replaced."""
    if isinstance(value, str):
        yield by
    elif isinstance(value, dict | list):
        for key in value if isinstance(value, dict) else range(len(value)):
            for other in replaced(value[key], by):
                changed = copy.copy(value)
                changed[key] = other
                yield changed


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[Canary]:
    with canary() as found:
        requests.get(found.url, timeout=30)
        assert found.visits.pop(), "it is seen who comes"
        yield found


@pytest.mark.parametrize(("path", "body"), with_posts(), ids=lambda value: str(value)[:40])
def test_addresses_in_bodies(engineer: HttpClient, elsewhere: Canary, path: str, body: Any) -> None:
    bodies = list(replaced(body, elsewhere.url))
    assert bodies
    for one in bodies:
        engineer.post(path, one)
    assert elsewhere.visits == []


GETS = [
    (path, operations["get"]["parameters"])
    for path, operations in OPERATIONS.items()
    if operations.get("get", {}).get("parameters") and "{" not in path
]


@pytest.mark.parametrize(("path", "parameters"), GETS, ids=lambda value: str(value)[:40])
def test_addresses_in_parameters(
    engineer: HttpClient, elsewhere: Canary, path: str, parameters: Any
) -> None:
    names = [one["name"] for one in parameters if one["in"] == "query"]
    everywhere = dict.fromkeys(names, elsewhere.url)
    for query in (everywhere, *({name: elsewhere.url} for name in names)):
        engineer.get(path, **query)
    assert elsewhere.visits == []


def test_addresses_in_statements(engineer: HttpClient, elsewhere: Canary) -> None:
    url = elsewhere.url
    for sql in (
        f"SELECT * FROM '{url}/a.csv'",
        f"SELECT * FROM read_csv('{url}')",
        f"SELECT * FROM read_parquet(['{url}'])",
        f"SELECT * FROM read_json_auto('{url}')",
        f"SELECT content FROM read_text('{url}')",
        f"SELECT * FROM sniff_csv('{url}')",
        f"SELECT * FROM glob('{url}')",
        f"ATTACH '{url}/a.duckdb' AS a",
        f"COPY (SELECT 1) TO '{url}'",
        f"IMPORT DATABASE '{url}'",
        f"INSTALL a FROM '{url}'",
        f"LOAD '{url}'",
        f"SELECT * FROM postgres_scan('host=127.0.0.1 port={elsewhere.port}', 'a', 'b')",
    ):
        answer = engineer.post("/api/queries/execute", {"query": sql})
        assert 400 <= answer.status_code < 500, (sql, answer.text)
    assert elsewhere.visits == []


def test_addresses_in_files_and_headers(engineer: HttpClient, elsewhere: Canary) -> None:
    url = elsewhere.url
    for text in (f"!include {url}", f'<!DOCTYPE a [<!ENTITY x SYSTEM "{url}">]><a>&x;</a>'):
        files = {"file": ("model.yml", text)}
        answer = engineer.request("POST", "/api/models/upload", files=files)
        assert answer.status_code == 400, answer.text
    for name in ("Referer", "Origin", "X-Forwarded-For", "Forwarded", "X-Original-URL", "Via"):
        engineer.request("GET", "/api/models", headers={name: url})
    engineer.request("GET", "/api/models", headers={"X-Forwarded-Host": f"127.0.0.1:{url[-5:]}"})
    assert elsewhere.visits == []
