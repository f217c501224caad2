"""IDOR over every id: what is another's is not there, on each route that takes an id of a person's.

The routes come from the OpenAPI document, so that a new one cannot be forgotten: it is either
tried here or said to be of everybody.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.http.client import HttpClient
from tests.http.operations import OPERATIONS

OF_EVERYBODY = (
    "/api/admin/",  # administrators only, see the permission table
    "/api/documentation/",
    "/api/lineage/",
    "/api/metrics-explorer/",
    "/api/models/",
)
"""Routes whose ids name models, tables and metrics; hidden ones have tests of their own."""


def routes() -> Iterator[tuple[str, str]]:
    for path, operations in OPERATIONS.items():
        if "{" in path and not path.startswith(OF_EVERYBODY):
            for method in operations:
                if method in ("get", "post", "put", "patch", "delete"):
                    yield method.upper(), path


@pytest.fixture(scope="module")
def theirs(request: pytest.FixtureRequest) -> dict[str, str]:
    """Ids of things that the engineer has, by the route's prefix up to the id."""
    mine: HttpClient = request.getfixturevalue("clients")["engineer"]
    table = {"catalog": "flights", "schema": "gold", "table": "airlines"}
    job = mine.answer("POST", "/api/catalog/generate-model", {**table, "async": True}, status=202)
    rejected = {**table, "suggestions": ["airlines"]}
    rejection = mine.answer("POST", "/api/catalog/rejections", rejected, status=201)
    run = mine.answer("POST", "/api/queries/execute", {"query": "SELECT 1 AS one"})
    export = mine.answer(
        "POST", "/api/queries/export", {"query": "SELECT 1 AS one", "export_format": "csv"}
    )
    saved = mine.answer(
        "POST", "/api/queries/saved", {"name": "of the engineer", "query": "SELECT 1"}, status=201
    )
    question = mine.answer("POST", "/api/genie/query", {"query": "flights in 2013"})
    return {
        "/api/genie/conversations/{": question["conversation_id"],
        "/api/catalog/generation-jobs/{": job["job_id"],
        "/api/catalog/rejections/{": rejection["rejections"][0]["id"],
        "/api/queries/{": run["query_id"],
        "/api/queries/exports/{": export["export_url"].split("/exports/")[1].split("/")[0],
        "/api/queries/saved/{": saved["id"],
    }


@pytest.mark.parametrize(("method", "path"), sorted(routes()))
def test_anothers_is_not_there(
    theirs: dict[str, str], analyst: HttpClient, admin: HttpClient, method: str, path: str
) -> None:
    prefix = path[: path.index("{") + 1]
    assert prefix in theirs, f"{path} takes an id: make one of somebody, or list it as everybody's"
    tail = path[path.index("}") + 1 :]
    assert "{" not in tail
    url = prefix[:-1] + theirs[prefix] + tail
    body = {"name": "mine now", "query": "SELECT 2"} if method in ("PUT", "PATCH") else None
    # Administrators may look at queries of others; jobs need the permission to write.
    other = admin if path.startswith("/api/catalog/") else analyst
    answer = other.request(method, url, json=body)
    assert answer.status_code == 404, answer.text
    unknown = url.replace(theirs[prefix], "00000000-0000-4000-8000-000000000000")
    nothing = other.request(method, unknown, json=body)
    assert nothing.status_code == 404
    assert answer.json()["error_code"] == nothing.json()["error_code"]
