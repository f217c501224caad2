"""GET /api/metadata/{catalogs,schemas,tables,columns} over real DuckDB files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from semantic_layer.accounts.models import User
from tests.accounts_fixtures import Api, ApiClient
from tests.catalog.conftest import SALES, TRAVEL, write_file

BASE = "/api/metadata"
PATHS = {
    "catalogs": {},
    "schemas": {"catalog": "travel"},
    "tables": {"catalog": "travel", "schema": "gold"},
    "columns": {"catalog": "travel", "schema": "gold", "table": "flights"},
    "sql-autocomplete": {"prefix": "fl"},
}


def get(client: ApiClient, name: str, **parameters: Any) -> Any:
    return client.get(f"{BASE}/{name}", parameters)


def body(client: ApiClient, name: str, **parameters: Any) -> Any:
    response = get(client, name, **parameters)
    assert response.status_code == 200, response.content
    return response.json()


def names(found: list[dict[str, Any]]) -> list[str]:
    return [one["name"] for one in found]


def test_catalogs_are_the_attached_files(client: ApiClient) -> None:
    found = body(client, "catalogs")
    assert found["catalogs"] == [
        {"name": "sales", "comment": None, "owner": None, "created_at": None},
        {"name": "travel", "comment": None, "owner": None, "created_at": None},
    ]
    assert found["pagination"] == {
        "total": 2, "page": 1, "page_size": 50, "total_pages": 1,
        "has_next": False, "has_previous": False,
    }  # fmt: skip


def test_schemas_of_a_catalog(client: ApiClient) -> None:
    found = body(client, "schemas", catalog="travel")["schemas"]
    assert {"bronze", "gold", "Empty one"} <= set(names(found))
    assert set(found[0]) == {"name", "catalog", "comment", "owner"}
    assert {one["catalog"] for one in found} == {"travel"}


def test_tables_of_a_schema(client: ApiClient) -> None:
    found = body(client, "tables", catalog="travel", schema="gold")
    assert names(found["tables"]) == ["airlines", "flights", "late_flights"]
    flights = found["tables"][1]
    assert flights["updated_at"].endswith("Z")
    assert flights == {
        "name": "flights", "catalog": "travel", "schema": "gold", "table_type": "TABLE",
        "row_count": 7, "size_bytes": None, "comment": "One row per departure", "owner": None,
        "created_at": None, "updated_at": flights["updated_at"],
    }  # fmt: skip
    view = found["tables"][2]
    assert (view["table_type"], view["row_count"]) == ("VIEW", None)


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({"filter_prefix": "fl"}, ["flights"]),
        ({"filter_prefix": "FL"}, ["flights"]),
        ({"filter_prefix": "ights"}, []),
        ({"search": "FLIGHTS"}, ["flights", "late_flights"]),
        ({"search": "departure"}, ["flights"]),
        ({"search": "light", "filter_prefix": "late"}, ["late_flights"]),
        ({"search": "%"}, []),
        ({"search": "", "filter_prefix": ""}, ["airlines", "flights", "late_flights"]),
    ],
)
def test_tables_are_filtered(
    client: ApiClient, parameters: dict[str, str], expected: list[str]
) -> None:
    found = body(client, "tables", catalog="travel", schema="gold", **parameters)
    assert names(found["tables"]) == expected
    assert found["pagination"]["total"] == len(expected)


def test_tables_come_in_pages(client: ApiClient) -> None:
    first = body(client, "tables", catalog="travel", schema="gold", page_size=2)
    second = body(client, "tables", catalog="travel", schema="gold", page_size=2, page=2)
    assert names(first["tables"]) + names(second["tables"]) == [
        "airlines", "flights", "late_flights",
    ]  # fmt: skip
    assert (first["pagination"]["has_next"], second["pagination"]["has_next"]) == (True, False)
    assert first["pagination"]["total_pages"] == 2


def test_an_empty_schema_is_no_error(client: ApiClient) -> None:
    assert body(client, "tables", catalog="travel", schema="Empty one")["tables"] == []


def test_columns_of_a_table_and_of_a_view(client: ApiClient) -> None:
    found = body(client, "columns", **PATHS["columns"])
    assert found["table_info"] == {**PATHS["columns"], "column_count": 5}
    assert found["columns"][1] == {
        "name": "carrier", "data_type": "VARCHAR", "nullable": False, "comment": "Two letters",
        "position": 2, "is_partition_key": False,
    }  # fmt: skip
    assert [one["position"] for one in found["columns"]] == [1, 2, 3, 4, 5]
    assert found["columns"][3]["data_type"] == "DECIMAL(10,2)"
    view = body(client, "columns", catalog="travel", schema="gold", table="late_flights")
    assert names(view["columns"]) == ["flight_id", "carrier"]


def test_a_wide_table_comes_whole_unless_a_page_is_asked_for(
    client: ApiClient, travel_file: Path
) -> None:
    columns = ", ".join(f"c{n} INTEGER" for n in range(130))
    write_file(travel_file, f"CREATE TABLE wide ({columns})")
    where = {"catalog": "travel", "schema": "main", "table": "wide"}
    whole = body(client, "columns", **where)
    assert len(whole["columns"]) == whole["table_info"]["column_count"] == 130
    assert whole["pagination"] == {
        "total": 130, "page": 1, "page_size": 130, "total_pages": 1,
        "has_next": False, "has_previous": False,
    }  # fmt: skip
    page = body(client, "columns", **where, page=3)
    assert len(page["columns"]) == 30
    assert (page["table_info"]["column_count"], page["pagination"]["page_size"]) == (130, 50)


@pytest.mark.parametrize(
    ("name", "parameters", "near"),
    [
        ("schemas", {"catalog": "travle"}, "travel"),
        ("tables", {"catalog": "salse", "schema": "shop"}, "sales"),
        ("tables", {"catalog": "travel", "schema": "glod"}, "gold"),
        ("columns", {**PATHS["columns"], "table": "flihgts"}, "flights"),
        ("columns", {**PATHS["columns"], "schema": "bronce"}, "bronze"),
        ("columns", {**PATHS["columns"], "table": "x" * 255}, None),
        ("tables", {"catalog": "travel", "schema": "' OR 1=1 --"}, None),
    ],
)
def test_a_missing_parent_is_404_and_names_what_was_meant(
    client: ApiClient, name: str, parameters: dict[str, str], near: str | None
) -> None:
    response = get(client, name, **parameters)
    found = response.json()
    assert (response.status_code, found["error_code"]) == (404, "NOT_FOUND")
    if near is not None:
        assert f"Did you mean {near}" in found["detail"]
        assert found["details"]["suggestions"][0] == near


@pytest.mark.parametrize(
    ("name", "parameters", "field"),
    [
        ("schemas", {}, "catalog"),
        ("schemas", {"catalog": ""}, "catalog"),
        ("schemas", {"catalog": "   "}, None),
        ("schemas", {"catalog": "x" * 256}, "catalog"),
        ("schemas", {"catalog": "a\x00b"}, "catalog"),
        ("tables", {"catalog": "travel"}, "schema"),
        ("tables", {**PATHS["tables"], "search": "x" * 256}, "search"),
        ("tables", {**PATHS["tables"], "filter_prefix": "x" * 256}, "filter_prefix"),
        ("columns", {"catalog": "travel", "schema": "gold"}, "table"),
        ("columns", {"catalog": "travel", "schema": "gold", "table": ""}, "table"),
    ],
)
def test_bad_parameters_are_named(
    client: ApiClient, name: str, parameters: dict[str, str], field: str | None
) -> None:
    response = get(client, name, **parameters)
    if field is None:  # a name of spaces is a name: there is just none
        assert response.status_code == 404
        return
    assert (response.status_code, response.json()["error_code"]) == (400, "VALIDATION_ERROR")
    assert list(response.json()["field_errors"]) == [field]


def test_all_missing_parameters_are_named_at_once(client: ApiClient) -> None:
    errors = get(client, "columns").json()["field_errors"]
    assert set(errors) == {"catalog", "schema", "table"}


@pytest.mark.parametrize("name", ["catalogs", "schemas", "tables", "columns"])
@pytest.mark.parametrize("page", [{"page": "0"}, {"page_size": "101"}, {"page": "x"}])
def test_pages_out_of_range_are_refused(client: ApiClient, name: str, page: dict[str, str]) -> None:
    assert get(client, name, **PATHS[name], **page).status_code == 400


@pytest.mark.parametrize("name", PATHS)
def test_every_role_may_read_and_nobody_else(
    api: Api,
    warehouse: None,
    viewer: User,
    analyst: User,
    engineer: User,
    admin_user: User,
    name: str,
) -> None:
    for user in (viewer, analyst, engineer, admin_user):
        assert get(api(user), name, **PATHS[name]).status_code == 200
    assert get(api(None), name, **PATHS[name]).status_code == 401


@pytest.mark.parametrize("name", PATHS)
def test_requests_are_counted_as_metadata(client: ApiClient, name: str) -> None:
    response = get(client, name, **PATHS[name])
    assert response["X-RateLimit-Limit"] == "100"
    assert response["X-RateLimit-Remaining"] == "99"
    assert int(response["X-RateLimit-Reset"]) > 0


@pytest.mark.parametrize("name", PATHS)
def test_a_slash_at_the_end_changes_nothing_and_only_get_is_known(
    client: ApiClient, name: str
) -> None:
    assert client.get(f"{BASE}/{name}/", PATHS[name]).status_code == 200
    assert client.post(f"{BASE}/{name}", {}).status_code == 405


def test_a_changed_file_is_seen_at_once(client: ApiClient, travel_file: Path) -> None:
    assert names(body(client, "tables", catalog="travel", schema="bronze")["tables"]) == [
        "raw_flights"
    ]
    write_file(travel_file, TRAVEL + "CREATE TABLE bronze.more (a INTEGER);")
    assert names(body(client, "tables", catalog="travel", schema="bronze")["tables"]) == [
        "more", "raw_flights",
    ]  # fmt: skip
    write_file(travel_file, SALES)
    assert get(client, "tables", catalog="travel", schema="bronze").status_code == 404
