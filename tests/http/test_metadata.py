"""Contract 8 to 12 over the demo's warehouse."""

from __future__ import annotations

from typing import Any

import pytest

from tests.http.client import HttpClient
from tests.http.shapes import BOOL, INT, PAGINATION, TEXT, TIME, Items, Nullable, check

CATALOGS = {
    "catalogs": Items(
        {
            "name": TEXT,
            "comment": Nullable(TEXT),
            "owner": Nullable(TEXT),
            "created_at": Nullable(TIME),
        }
    ),
    "pagination": PAGINATION,
}
SCHEMAS = {
    "schemas": Items(
        {"name": TEXT, "catalog": TEXT, "comment": Nullable(TEXT), "owner": Nullable(TEXT)}
    ),
    "pagination": PAGINATION,
}
TABLES = {
    "tables": Items(
        {
            "name": TEXT,
            "catalog": TEXT,
            "schema": TEXT,
            "table_type": {
                "TABLE", "VIEW", "MATERIALIZED_VIEW", "STREAMING_TABLE", "METRIC_VIEW", "FOREIGN"
            },
            "row_count": Nullable(INT),
            "size_bytes": Nullable(INT),
            "comment": Nullable(TEXT),
            "owner": Nullable(TEXT),
            "created_at": Nullable(TIME),
            "updated_at": Nullable(TIME),
        }
    ),
    "pagination": PAGINATION,
}  # fmt: skip
COLUMNS = {
    "columns": Items(
        {
            "name": TEXT,
            "data_type": TEXT,
            "nullable": BOOL,
            "comment": Nullable(TEXT),
            "position": INT,
            "is_partition_key": BOOL,
        }
    ),
    "table_info": {"catalog": TEXT, "schema": TEXT, "table": TEXT, "column_count": INT},
}
SUGGESTIONS = {
    "suggestions": Items(
        {
            "value": TEXT,
            "type": {
                "table", "column", "keyword", "function", "schema", "catalog", "metric", "dimension"
            },
            "description": Nullable(TEXT),
            "schema": Nullable(TEXT),
        }
    )
}  # fmt: skip
GOLD = {"catalog": "flights", "schema": "gold"}


@pytest.mark.parametrize("slash", ["", "/"])
@pytest.mark.parametrize(
    ("path", "parameters", "shape"),
    [
        ("catalogs", {}, CATALOGS),
        ("schemas", {"catalog": "flights"}, SCHEMAS),
        ("tables", GOLD, TABLES),
        ("columns", {**GOLD, "table": "flights"}, COLUMNS),
        ("sql-autocomplete", {"prefix": "fli"}, SUGGESTIONS),
    ],
)
def test_shapes(
    viewer: HttpClient, path: str, parameters: dict[str, str], shape: Any, slash: str
) -> None:
    response = viewer.get(f"/api/metadata/{path}{slash}", **parameters)
    assert response.status_code == 200
    check(response.json(), shape)


def test_tables_and_views_of_gold(viewer: HttpClient, dialect: str) -> None:
    tables = {t["name"]: t for t in viewer.get("/api/metadata/tables", **GOLD).json()["tables"]}
    # Unity Catalog keeps no count.
    assert tables["flights"]["row_count"] == (336_776 if dialect == "duckdb" else None)
    assert tables["flights"]["table_type"] == "TABLE"
    assert tables["flight_details"]["table_type"] == "VIEW"
    assert tables["airlines"]["comment"] == "One row per airline."


def test_columns_in_order(viewer: HttpClient) -> None:
    body = viewer.get("/api/metadata/columns", **GOLD, table="airlines").json()
    assert [(c["position"], c["name"], c["nullable"]) for c in body["columns"]] == [
        (1, "carrier_code", False),
        (2, "airline_name", False),
    ]
    assert body["table_info"] == {**GOLD, "table": "airlines", "column_count": 2}


def test_filters_and_pages(viewer: HttpClient) -> None:
    def names(**parameters: Any) -> list[str]:
        body = viewer.get("/api/metadata/tables", **GOLD, **parameters).json()
        return [table["name"] for table in body["tables"]]

    everything = names()
    assert names(filter_prefix="flight") == ["flight_details", "flight_seats", "flights"]
    assert "weather" in names(search="hour")
    assert names(page=1, page_size=3) + names(page=2, page_size=3) == everything[:6]
    assert names(page=99) == []


def test_completion_knows_tables_columns_and_the_registry(viewer: HttpClient) -> None:
    def types(**parameters: str) -> dict[str, str]:
        body = viewer.get("/api/metadata/sql-autocomplete", **parameters).json()
        assert len(body["suggestions"]) <= 20
        return {found["value"]: found["type"] for found in body["suggestions"]}

    assert types(prefix="ON_TIME")["on_time_rate"] == "metric"
    assert types(prefix="carrier__n")["carrier__name"] == "dimension"
    assert types(search="sel")["SELECT"] == "keyword"
    after_from = types(prefix="fl", context="SELECT * FROM ")
    assert after_from["flights"] in ("table", "catalog")
    assert types(prefix="a.ai", context="SELECT a.ai FROM gold.airlines AS a")["airline_name"] == (
        "column"
    )


@pytest.mark.parametrize(
    ("path", "parameters"),
    [
        ("schemas", {"catalog": "nothing"}),
        ("tables", {"catalog": "flights", "schema": "nothing"}),
        ("columns", {**GOLD, "table": "nothing"}),
    ],
)
def test_what_does_not_exist(viewer: HttpClient, path: str, parameters: dict[str, str]) -> None:
    response = viewer.get(f"/api/metadata/{path}", **parameters)
    assert response.status_code == 404
    assert "nothing" in response.json()["detail"]
