"""Two people with different rights in the workspace: what only one may see, the other never meets.

Ann may see a table that Bo may not. Whatever endpoint Bo asks, before and after Ann asked the same,
Bo's answer is what it would be if the table did not exist.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.http.client import HttpClient
from tests.http.server import Server
from tests.workspace.mirrored import DEMO, MirroredWorkspace
from tests.workspace.state import Column, Table
from tests.workspace.whole import WholeWorkspace

HIDDEN, ABSENT = "bonus_payments", "absent_payments"
CANARIES = ("bonus_amount", "CANARY-77", "bonuses of pilots")
EXECUTE, VALIDATE = "/api/queries/execute", "/api/queries/validate"
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


def questions(table: str) -> list[tuple[str, str, Any]]:
    """Every way there is to ask about a table of the warehouse."""
    full = f"flights.gold.{table}"
    parts = f"catalog=flights&schema=gold&table={table}"
    read = f"SELECT * FROM {full}"
    query = "query=" + full
    asked: list[tuple[str, str, Any]] = [
        ("GET", "/api/metadata/catalogs", None),
        ("GET", "/api/metadata/schemas?catalog=flights", None),
        ("GET", "/api/metadata/tables?catalog=flights&schema=gold", None),
        ("GET", f"/api/metadata/tables?catalog=flights&schema=gold&search={table[:5]}", None),
        ("GET", f"/api/metadata/columns?{parts}", None),
        ("GET", f"/api/metadata/sql-autocomplete?prefix={table[:5]}", None),
        (
            "GET",
            f"/api/metadata/sql-autocomplete?prefix=no&context=SELECT x.no FROM {full} x",
            None,
        ),
        ("GET", f"/api/models/search?{query}", None),
        ("GET", "/api/queries/history", None),
        ("POST", EXECUTE, {"query": read}),
        ("POST", EXECUTE, {"query": f"SELECT count(*) AS n FROM {full}"}),
        ("POST", EXECUTE, {"query": f"SELECT nope FROM {full}"}),
        ("POST", EXECUTE, {"query": f"WITH x AS ({read}) SELECT * FROM x"}),
        ("POST", EXECUTE, {"query": f"SELECT (SELECT max(note) FROM {full}) AS n"}),
        ("POST", EXECUTE, {"query": f"SELECT * FROM `flights`.`gold`.`{table}`"}),
        ("POST", EXECUTE, {"query": f"SELECT * FROM gold.{table}"}),
        ("POST", EXECUTE, {"query": "SHOW TABLES IN flights.gold"}),
        ("POST", EXECUTE, {"query": read, "export_format": "csv"}),
        ("POST", VALIDATE, {"query": read}),
        ("POST", VALIDATE, {"query": f"SELECT nope FROM {full}"}),
        ("POST", "/api/queries/format", {"query": read}),
        ("POST", "/api/models/validate", {"yaml": model_over(full)}),
    ]
    return asked


def model_over(table: str) -> str:
    return (
        "semantic_models:\n  - name: payments\n    model: "
        f"{table}\n    entities:\n      - {{name: payment, type: primary, expr: note}}\n"
        "    measures:\n      - {name: paid, agg: sum, expr: bonus}\n"
    )


def told(client: HttpClient, table: str) -> list[Any]:
    """All answers, the table's name and what differs each time taken out."""
    found = []
    for number, (method, path, body) in enumerate(questions(table)):
        response = client.request(method, path, json=body)
        content = response.json() if response.content else None
        found.append((number, response.status_code, plain(content, table)))
    return found


VARYING = {
    "timestamp", "request_id", "query_id", "execution_time_ms", "search_time_ms", "statement_id",
    "created_at", "updated_at", "submitted_at", "started_at", "finished_at", "result_url",
    "export_url", "export_id", "expires_at", "queries", "pagination", "age_s", "file_size_bytes",
    "total_count", "data_read_at", "data_age_s", "next_refresh_at",
}  # fmt: skip


def plain(value: Any, table: str) -> Any:
    if isinstance(value, dict):
        return {key: plain(item, table) for key, item in value.items() if key not in VARYING}
    if isinstance(value, list):
        return [plain(item, table) for item in value]
    return value.replace(table, "T") if isinstance(value, str) else value


def test_a_hidden_table_is_like_one_that_does_not_exist(people: dict[str, HttpClient]) -> None:
    before = told(people["bo"], HIDDEN)
    anns = told(people["ann"], HIDDEN)
    after = told(people["bo"], HIDDEN)
    absent = told(people["bo"], ABSENT)
    assert {canary: canary in json.dumps(anns) for canary in CANARIES} == dict.fromkeys(
        CANARIES, True
    )
    for bos in (before, after):
        for canary in CANARIES:
            assert canary not in json.dumps(bos)
        differing = [pair for pair in zip(bos, absent, strict=True) if pair[0] != pair[1]]
        assert differing == []


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
