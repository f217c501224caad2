"""The contract's operations: all of them are there, and documented.

What is there is what the permission table lists, so whoever adds an operation changes nothing here.
"""

from __future__ import annotations

import pytest

from tests.api.permission_table import ROWS
from tests.http.client import HttpClient
from tests.http.server import Server

CONTRACT = [
    "GET api/health", "GET api/health/databricks", "GET api/health/ready",
    "POST api/auth/login", "GET api/auth/me", "POST api/auth/refresh", "GET api/auth/permissions",
    "POST api/auth/logout",
    "GET api/metadata/catalogs", "GET api/metadata/schemas", "GET api/metadata/tables",
    "GET api/metadata/columns", "GET api/metadata/sql-autocomplete",
    "POST api/queries/execute", "POST api/queries/validate",
    "GET api/models", "GET api/models/<name>", "POST api/models", "PUT api/models/<name>",
    "DELETE api/models/<name>", "GET api/models/<name>/download",
    "GET api/metrics-explorer/metrics", "GET api/metrics-explorer/search",
    "GET api/metrics-explorer/metrics/<name>", "POST api/metrics-explorer/query",
    "POST api/metrics-explorer/compile", "POST api/metrics-explorer/dimensions",
    "POST api/metrics-explorer/dimension-values",
    "GET api/queries/<query_id>/status", "GET api/queries/<query_id>/results",
    "POST api/queries/<query_id>/cancel", "GET api/queries/<query_id>/events",
    "GET api/queries/history", "POST api/queries/format", "POST api/queries/export",
    "GET api/queries/exports/<export_id>/download", "GET api/queries/saved",
    "POST api/queries/saved", "GET api/queries/saved/<saved_id>",
    "POST api/models/upload", "POST api/models/batch", "GET api/models/search",
    "POST api/models/validate", "GET api/models/<name>/versions", "GET api/models/<name>/diff",
    "GET api/models/<name>/versions/<number>", "POST api/models/<name>/promote",
    "GET api/models/<name>/impact", "GET api/models/schema", "POST api/models/<name>/metrics",
    "POST api/models/<name>/transitions", "GET api/models/<name>/audit", "GET api/models/sync",
    "POST api/models/sync", "DELETE api/admin/cache", "GET api/admin/audit",
    "GET api/catalog/gold-tables", "POST api/catalog/analyze-table",
    "POST api/catalog/generate-model", "POST api/documentation/generate",
    "GET api/documentation/models", "GET api/lineage/tables/<table>",
    "GET api/lineage/models/<name>", "GET api/lineage/columns/<column>",
    "GET api/lineage/metrics/<name>", "POST api/genie/query", "POST api/genie/suggest-metrics",
]  # fmt: skip
THERE = {f"{row.method} {row.route}" for row in ROWS}


@pytest.fixture(scope="module")
def documented(server: Server) -> set[str]:
    """Operations of the served OpenAPI document, parameters as `<name>`."""
    client = HttpClient(server)
    document = client.answer("GET", "/api/schema?format=json")
    client.close()
    return {
        f"{method.upper()} {path[1:]}".replace("{", "<").replace("}", ">")
        for path, operations in document["paths"].items()
        for method in operations
    }


def test_everything_promised_is_there_and_documented(documented: set[str]) -> None:
    assert set(CONTRACT) <= THERE
    assert set(CONTRACT) <= documented


def test_all_that_is_there_is_documented_and_nothing_else(documented: set[str]) -> None:
    own_routes = {"GET health", "GET api/schema"}
    assert documented - own_routes == THERE - own_routes


@pytest.mark.parametrize("path", ["/docs", "/redoc", "/docs/", "/redoc/"])
def test_the_documentation_needs_no_other_server(anonymous: HttpClient, path: str) -> None:
    page = anonymous.get(path)
    assert page.status_code == 200
    assert "http://" not in page.text.replace("http://www.w3.org", "")
    assert "//cdn" not in page.text
