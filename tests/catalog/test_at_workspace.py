"""Metadata and completion over Unity Catalog: each sees what is theirs, also out of caches."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine

from tests.accounts_fixtures import ApiClient
from tests.waiting import wait_for
from tests.workspace.rest_fixtures import SqlWorkspace
from tests.workspace.rest_server import RestServer
from tests.workspace.state import Column, Table

pytestmark = pytest.mark.django_db

SALARIES = Table(
    "main", "people", "salaries", columns=(Column("net_pay", "decimal(18,2)"),), comment="Secret"
)
ORDERS = Table("main", "gold", "orders", columns=(Column("order_id", "bigint"),))


@pytest.fixture
def server(sql_workspace: SqlWorkspace) -> RestServer:
    state = sql_workspace.rest.state
    state.add_person("ann@example.com", token="token-of-ann", groups=["hr"])
    state.add_person("bob@example.com", token="token-of-bob")
    for table in (SALARIES, ORDERS):
        state.add_table(table)
    state.grant("hr", "main.people", "main.gold")
    state.grant("bob@example.com", "main.gold")
    return sql_workspace.rest


@pytest.fixture
def ann(server: RestServer) -> ApiClient:
    return sign_in("token-of-ann")


@pytest.fixture
def bob(server: RestServer) -> ApiClient:
    return sign_in("token-of-bob")


def sign_in(token: str) -> ApiClient:
    body = ApiClient().post("/api/auth/login", {"databricks_token": token}).json()
    return ApiClient(body["access_token"])


def names(client: ApiClient, path: str, key: str) -> list[str]:
    response = client.get(path)
    assert response.status_code == 200, response.content
    return [one["name"] for one in response.json()[key]]


def suggested(client: ApiClient, prefix: str) -> set[str]:
    response = client.get(f"/api/metadata/sql-autocomplete?prefix={prefix}&context=SELECT%20")
    assert response.status_code == 200, response.content
    return {one["value"] for one in response.json()["suggestions"]}


def test_each_person_sees_what_is_theirs(ann: ApiClient, bob: ApiClient) -> None:
    path = "/api/metadata/schemas?catalog=main"
    assert names(ann, path, "schemas") == ["gold", "people"]
    assert names(bob, path, "schemas") == ["gold"]
    assert names(ann, path, "schemas") == ["gold", "people"]


def test_what_is_hidden_does_not_exist_in_any_answer(ann: ApiClient, bob: ApiClient) -> None:
    paths = [
        "/api/metadata/tables?catalog=main&schema=people",
        "/api/metadata/columns?catalog=main&schema=people&table=salaries",
    ]
    for path in paths:
        assert ann.get(path).status_code == 200
        hidden = bob.get(path)
        missing = bob.get(path.replace("people", "nothing"))
        assert hidden.status_code == missing.status_code == 404
        assert without_names(hidden, "people") == without_names(missing, "nothing")
        assert "net_pay" not in hidden.content.decode()


def without_names(response: Any, name: str) -> str:
    return str(response.json()["detail"]).replace(name, "NAME")


def test_suggestions_are_the_callers_own(ann: ApiClient, bob: ApiClient) -> None:
    assert "salaries" in {one.rpartition(".")[2] for one in suggested(ann, "salar")}
    wait_for(lambda: "net_pay" in suggested(ann, "net_p"))
    wait_for(lambda: "order_id" in suggested(bob, "order_i"))
    assert suggested(bob, "salar") == suggested(bob, "net_p") == set()


def test_tables_are_suggested_before_their_columns_were_read(
    server: RestServer, ann: ApiClient
) -> None:
    slow = server.faults.add("GET /api/2.1/unity-catalog/tables", kind="hang")
    assert any("salaries" in one for one in suggested(ann, "salar"))
    slow.released.set()


def test_lists_are_remembered_for_five_minutes_and_no_longer(
    server: RestServer, ann: ApiClient
) -> None:
    path = "/api/metadata/tables?catalog=main&schema=gold"
    now = datetime(2026, 1, 1, 12, 0, 0, tzinfo=UTC)
    with time_machine.travel(now, tick=False):
        client = sign_in("token-of-ann")
        assert names(client, path, "tables") == ["orders"]
        asked = len(server.log)
        assert names(client, path, "tables") == ["orders"]
        assert len(server.log) == asked
    server.state.add_table(Table("main", "gold", "returns"))
    with time_machine.travel(now + timedelta(seconds=301), tick=False):
        assert names(client, path, "tables") == ["orders", "returns"]


def test_an_expired_token_is_told_by_metadata_as_well(server: RestServer, ann: ApiClient) -> None:
    server.state.expire("token-of-ann")
    for _ in range(2):
        response = ann.get("/api/metadata/catalogs")
        assert response.status_code == 401
        assert response.json()["error_code"] == "WORKSPACE_TOKEN_EXPIRED"


def test_a_workspace_that_is_down_is_503(server: RestServer, ann: ApiClient) -> None:
    server.faults.add("GET .*/catalogs", status=500, error_code="INTERNAL_ERROR")
    response = ann.get("/api/metadata/catalogs")
    assert response.status_code == 503
    assert response.json()["error_code"] == "WORKSPACE_UNAVAILABLE"


def test_a_catalog_that_is_closed_keeps_the_others_in(server: RestServer, ann: ApiClient) -> None:
    server.state.add_table(Table("aaa", "s", "closed"))
    server.state.grant("ann@example.com", "aaa")
    server.faults.add("GET .*/table-summaries", status=403, error_code="PERMISSION_DENIED")
    assert any("salaries" in one for one in suggested(ann, "salar"))
