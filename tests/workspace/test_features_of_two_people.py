"""Features over the workspace, asked by two people of whom one may see less: what Bob is told is
what he would be told if the hidden table did not exist, before and after Ann asked the same.
"""

from __future__ import annotations

import json
from typing import Any

import pyarrow as pa
import pytest
from django.core.management import call_command
from pytest_django.fixtures import Settings

from tests.accounts_fixtures import ApiClient
from tests.workspace.rest_fixtures import SqlWorkspace
from tests.workspace.rest_world import ScriptedMessage
from tests.workspace.state import Column, Table

pytestmark = pytest.mark.django_db

HIDDEN = "main.gold.bonus_payments"
GENIES_SQL = f"SELECT note FROM {HIDDEN}"
CANARIES = ("bonus_amount", "CANARY-77", "of pilots", "secret-board")


@pytest.fixture
def people(sql_workspace: SqlWorkspace, settings: Settings) -> dict[str, ApiClient]:
    settings.GENIE_SPACE_ID = "space1"
    settings.RATE_LIMIT_PROFILE = "development"
    rest, state = sql_workspace.rest, sql_workspace.rest.state
    for name in ("ann", "bob"):
        state.add_person(f"{name}@example.com", token=f"token-of-{name}", groups=["engineers"])
    state.add_table(Table("main", "gold", "orders", columns=(Column("id", "int"),)))
    columns = (Column("bonus_amount", "int", comment="of pilots"), Column("note", "string"))
    state.add_table(Table("main", "gold", "bonus_payments", columns, comment="bonus of pilots"))
    state.grant("ann@example.com", "main.gold")
    state.grant("bob@example.com", "main.gold.orders")
    state.grant("service-app-id", "main")
    rest.world.table_lineage |= {(HIDDEN, "main.gold.orders")}
    rest.world.dashboards |= {(HIDDEN, "secret-board"), ("main.gold.orders", "open-board")}
    rest.world.genie_spaces["space1"] = lambda question: ScriptedMessage(
        ("COMPLETED",), sql=GENIES_SQL
    )
    sql_workspace.engine.when(GENIES_SQL, pa.table({"note": ["CANARY-77"]}))
    return {name: sign_in(f"token-of-{name}") for name in ("ann", "bob")}


def sign_in(token: str) -> ApiClient:
    response = ApiClient().post("/api/auth/login", {"databricks_token": token})
    assert response.status_code == 200, response.content
    return ApiClient(response.json()["access_token"])


def ask(client: ApiClient, method: str, path: str, body: Any = None) -> tuple[int, Any]:
    response = client.get(path) if method == "GET" else client.post(path, body)
    return response.status_code, response.json()


def questions(table: str) -> list[tuple[str, str, Any]]:
    names = {"catalog": "main", "schema": "gold", "table": table}
    return [
        ("GET", f"/api/lineage/tables/main.gold.{table}", None),
        ("GET", f"/api/lineage/tables/main.gold.{table}?direction=downstream&depth=3", None),
        ("GET", f"/api/lineage/columns/main.gold.{table}.note", None),
        ("GET", "/api/lineage/tables/main.gold.orders", None),
        ("GET", "/api/catalog/gold-tables?catalog=main", None),
        ("GET", f"/api/catalog/gold-tables?search={table[:5]}", None),
        ("POST", "/api/catalog/analyze-table", names),
        ("POST", "/api/catalog/generate-model", names),
    ]


def told(client: ApiClient, table: str) -> list[str]:
    found = []
    for question in questions(table):
        status, body = ask(client, *question)
        assert status < 500, (question, body)
        for key in ("timestamp", "request_id", "generated_at", "as_of"):
            body.pop(key, None)
        found.append(f"{status} {json.dumps(body, sort_keys=True)}".replace(table, "T"))
    return found


def test_lineage_catalog_and_drafts_know_no_hidden_table(
    sql_workspace: SqlWorkspace, people: dict[str, ApiClient]
) -> None:
    call_command("refresh_lineage")
    before = told(people["bob"], "bonus_payments")
    anns = told(people["ann"], "bonus_payments")
    after = told(people["bob"], "bonus_payments")
    absent = told(people["bob"], "absent_payments")
    assert before == after == absent
    assert "secret-board" in json.dumps(anns)
    assert "open-board" in after[3], after[3]
    for canary in CANARIES:
        assert canary not in json.dumps(after)


def test_genie_is_asked_and_its_sql_run_as_who_asks(
    sql_workspace: SqlWorkspace, people: dict[str, ApiClient]
) -> None:
    question = {"query": "what do the pilots get paid on top"}
    status, anns = ask(people["ann"], "POST", "/api/genie/query", question)
    assert (status, anns["source"], anns["sql"]) == (200, "genie", GENIES_SQL)
    assert anns["result"]["rows"] == [{"note": "CANARY-77"}]
    status, bobs = ask(people["bob"], "POST", "/api/genie/query", question)
    assert status == 200
    assert bobs["result"] is None
    assert "CANARY-77" not in json.dumps(bobs)
    owners = [message.owner for message in sql_workspace.rest.world.genie_messages.values()]
    assert owners == ["ann@example.com", "bob@example.com"]


def test_genie_goes_on_only_in_ones_own_conversation(people: dict[str, ApiClient]) -> None:
    question = {"query": "what do the pilots get paid on top"}
    _, anns = ask(people["ann"], "POST", "/api/genie/query", question)
    follow_up = {"query": "and last year", "conversation_id": anns["conversation_id"]}
    assert ask(people["bob"], "POST", "/api/genie/query", follow_up)[0] == 404


def test_without_genie_the_planners_own_words_are_the_answer(
    sql_workspace: SqlWorkspace, people: dict[str, ApiClient], settings: Settings
) -> None:
    settings.GENIE_SPACE_ID = ""
    question = {"query": "what do the pilots get paid on top"}
    status, body = ask(people["ann"], "POST", "/api/genie/query", question)
    assert (status, body["source"], body["sql"]) == (200, "semantic_layer", None)
    assert sql_workspace.rest.world.genie_messages == {}


def test_a_genie_that_fails_is_no_error_of_ours(
    sql_workspace: SqlWorkspace, people: dict[str, ApiClient]
) -> None:
    sql_workspace.rest.world.genie_spaces["space1"] = lambda question: ScriptedMessage(("FAILED",))
    question = {"query": "what do the pilots get paid on top"}
    status, body = ask(people["ann"], "POST", "/api/genie/query", question)
    assert (status, body["source"], body["sql"]) == (200, "semantic_layer", None)
