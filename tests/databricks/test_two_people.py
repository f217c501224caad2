"""Two people with different rights in the workspace: what only one may see, the other never meets.

Ann may see a table that Bo may not. test_every_endpoint.py asks everything as both; here is what
takes more than one question.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.http.client import HttpClient
from tests.http.server import Server
from tests.workspace.mirrored import DEMO, MirroredWorkspace
from tests.workspace.state import Column, Table
from tests.workspace.whole import WholeWorkspace

HIDDEN = "bonus_payments"
EXECUTE = "/api/queries/execute"
PEOPLE = {"ann": (DEMO,), "bo": (f"{DEMO}.gold.airlines",)}


@pytest.fixture(scope="module")
def people(
    server: Server, mirror: MirroredWorkspace, whole_workspace: WholeWorkspace
) -> Iterator[dict[str, HttpClient]]:
    """Both are engineers; Ann may see all of the demo and the hidden table, Bo one table."""
    columns = (Column("bonus_amount", "int", comment="what it says"), Column("note", "string"))
    hidden = Table(DEMO, "gold", HIDDEN, columns, comment="bonuses of pilots")
    mirror.load(hidden, [[4711, "CANARY-77"]])
    anonymous = HttpClient(server)
    found = {}
    for name, grants in PEOPLE.items():
        token = whole_workspace.add_person(name, "engineer")
        whole_workspace.state.grant(f"{name}@example.com", *grants)
        body = anonymous.answer("POST", "/api/auth/login", {"databricks_token": token})
        found[name] = HttpClient(server, body["access_token"])
    yield found
    for client in (anonymous, *found.values()):
        client.close()


def test_what_ann_ran_is_not_there_for_bo(people: dict[str, HttpClient]) -> None:
    """Her results, exports, history and the answer that is kept for her."""
    ann, bo = people["ann"], people["bo"]
    read = {"query": f"SELECT * FROM flights.gold.{HIDDEN}"}
    first = ann.answer("POST", EXECUTE, read)
    again = ann.answer("POST", EXECUTE, read)
    assert first["rows"] == again["rows"] == [{"bonus_amount": 4711, "note": "CANARY-77"}]
    assert again["cached"] is True
    assert bo.refused("POST", EXECUTE, read, status=400, code="SQL_ERROR")
    exported = ann.answer("POST", EXECUTE, {**read, "export_format": "csv"})
    query_id = first["query_id"]
    for method, path in (
        ("GET", f"/api/queries/{query_id}/status"),
        ("GET", f"/api/queries/{query_id}/results"),
        ("GET", f"/api/queries/{query_id}/receipt"),
        ("POST", f"/api/queries/{query_id}/cancel"),
        (
            "GET",
            f"/api/queries/exports/{exported['export_url'].split('/exports/')[1].split('/')[0]}/download",
        ),
    ):
        bo.refused(method, path, status=404, code="NOT_FOUND")
    history = bo.request("GET", "/api/queries/history").text
    assert query_id not in history
    assert exported["query_id"] not in history


def test_what_both_may_see_is_read_for_each(
    people: dict[str, HttpClient], whole_workspace: WholeWorkspace
) -> None:
    """No answer crosses over, even where both would get the same."""
    read = {"query": "SELECT count(*) AS airlines FROM flights.gold.airlines"}
    for client in people.values():
        answer = client.answer("POST", EXECUTE, read)
        assert (answer["rows"], answer["cached"]) == ([{"airlines": 16}], False)
    who = [
        one.person.user_name
        for one in whole_workspace.warehouse.api.history
        if "AS airlines" in one.sql
    ]
    assert who == ["ann@example.com", "bo@example.com"]


def test_a_grant_that_is_taken_away_ends_there_and_then(
    people: dict[str, HttpClient], whole_workspace: WholeWorkspace
) -> None:
    bo, table = people["bo"], f"{DEMO}.gold.planes"
    read = {"query": f"SELECT count(*) AS planes FROM {table}"}
    whole_workspace.state.grant("bo@example.com", table)
    assert bo.answer("POST", EXECUTE, read)["rows"] == [{"planes": 3322}]
    whole_workspace.state.revoke("bo@example.com", table)
    bo.refused("POST", EXECUTE, {**read, "refresh": True}, status=400, code="SQL_ERROR")


def test_metric_queries_run_with_the_callers_rights(people: dict[str, HttpClient]) -> None:
    body = {"metrics": ["flights"], "group_by": ["origin"]}
    rows = people["ann"].answer("POST", "/api/metrics-explorer/query", body)["rows"]
    assert sum(row["flights"] for row in rows) == 336_776
    refusal = people["bo"].request("POST", "/api/metrics-explorer/query", json=body)
    assert refusal.status_code == 400
    assert "336776" not in refusal.text
