"""/api/catalog/gold-tables and /api/catalog/analyze-table."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pytest

from queries.models import QueryRun
from semantic_layer.accounts.models import User
from tests.accounts_fixtures import Api, ApiClient
from tests.catalog.analysis.conftest import attached


def analyze(client: ApiClient, catalog: str, table: str) -> Any:
    response = client.post(
        "/api/catalog/analyze-table", {"catalog": catalog, "schema": "gold", "table": table}
    )
    assert response.status_code == 200, response.json()
    return response.json()


def by_name(items: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {item["name"]: item for item in items}


def test_lists_gold_tables(as_analyst: ApiClient, retail: None) -> None:
    as_analyst.get("/api/catalog/gold-tables")  # what is remembered reads the same
    body = as_analyst.get("/api/catalog/gold-tables?catalog=retail&search=FACT").json()
    assert [table["name"] for table in body["tables"]] == [
        "fact_inventory_snapshot",
        "fact_sales",
    ]
    assert body["tables"][1] == {
        "name": "fact_sales",
        "table": "fact_sales",
        "fullName": "retail.gold.fact_sales",
        "full_name": "retail.gold.fact_sales",
        "catalog": "retail",
        "schema": "gold",
        "table_type": "TABLE",
        "row_count": 6000,
        "column_count": 15,
        "comment": None,
        "has_semantic_model": False,
        "updated_at": body["tables"][1]["updated_at"],
    }
    assert body["pagination"]["total"] == 2


def test_gold_tables_of_a_pattern_and_a_limit(as_analyst: ApiClient, retail: None) -> None:
    get = as_analyst.get
    assert get("/api/catalog/gold-tables?schema_pattern=marts").json()["tables"] == []
    few = get("/api/catalog/gold-tables?schema_pattern=marts,GOLD&limit=3").json()
    assert few["pagination"]["total"] == len(few["tables"]) == 3
    assert get("/api/catalog/gold-tables?catalog=nowhere").status_code == 404
    assert get("/api/catalog/gold-tables?limit=0").status_code == 400


def test_an_analysis_has_the_contracts_shape(as_analyst: ApiClient, retail: None) -> None:
    body = analyze(as_analyst, "retail", "fact_sales")
    assert body["table"] == "retail.gold.fact_sales"
    assert body["table_info"]["name"] == "fact_sales"
    assert body["row_count"] == body["rows_read"] == 6000
    assert body["source"] == "heuristic"
    assert 0 < body["confidence"] <= 1
    assert len(body["sample_data"]) == 10
    for kind in ("entities", "dimensions", "measures", "metrics"):
        found = body[f"suggested_{kind}"]
        assert found == body["analysis"][f"suggested_{kind}"]
        assert all({"name", "confidence", "evidence", "key"} <= set(item) for item in found)
    sales = by_name(body["columns"])["sales_amount"]
    assert sales["role"] == "measure"
    assert sales["nature"] == "amount"
    assert sales["unit"] == "USD"


def test_foreign_keys_carry_their_figures_and_decoys_their_reason(
    as_analyst: ApiClient, retail: None
) -> None:
    body = analyze(as_analyst, "retail", "fact_sales")
    entities = {item["column"]: item for item in body["suggested_entities"]}
    customer = entities["customer_key"]
    assert customer["type"] == "foreign"
    assert customer["references"] == "retail.gold.dim_customer.customer_key"
    assert customer["evidence"]["coverage"] == 1.0
    assert customer["evidence"]["target_rows"] == customer["evidence"]["target_distinct"] == 800
    dates = {entities[name].get("role") for name in ("order_date_key", "ship_date_key")}
    assert dates == {"order", "ship"}
    assert not {"quantity", "line_number", "order_number"} & set(entities)


def test_personal_data_is_flagged_and_never_told(as_analyst: ApiClient, bank: None) -> None:
    body = analyze(as_analyst, "bank", "clients")
    columns = by_name(body["columns"])
    personal = {name for name, column in columns.items() if column["personal_data"]}
    assert personal == {"full_name", "phone", "street_address", "ssn"}
    for name in personal:
        shown = columns[name]
        assert shown["min"] is shown["max"] is shown["top_values"] is None
        assert {row[name] for row in body["sample_data"]} == {None}
    assert not personal & {item["column"] for item in body["suggested_dimensions"]}
    assert "Ada Stone" not in str(body)
    assert not QueryRun.objects.filter(sql__contains='SELECT "client_id", "full_name"').exists()


def test_balances_are_not_added_up_over_time(as_analyst: ApiClient, bank: None) -> None:
    measures = by_name(analyze(as_analyst, "bank", "daily_balances")["suggested_measures"])
    assert measures["closing_balance_at_end"]["non_additive_dimension"] == {
        "name": "balance_date",
        "window_choice": "max",
    }
    ledger = by_name(analyze(as_analyst, "bank", "transactions")["suggested_measures"])
    assert ledger["running_balance_at_end"]["non_additive_dimension"]["window_groupings"] == [
        "account"
    ]


def test_text_is_read_as_dates_numbers_and_flags(as_analyst: ApiClient, retail: None) -> None:
    body = analyze(as_analyst, "imported", "Orders Export")
    dimensions = by_name(body["suggested_dimensions"])
    ordered = dimensions["order_date"]
    assert ordered["type"] == "time"
    assert ordered["expr"].startswith("CAST(CONCAT(SUBSTRING(OrderDate, 7, 4)")
    measures = {item.get("column"): item for item in body["suggested_measures"]}
    assert measures["TotalAmount"]["expr"] == "CAST(REPLACE(TRIM(TotalAmount), ',', '') AS DOUBLE)"
    assert measures["Paid"]["expr"] == "Paid = 'Yes'"


def test_large_tables_are_sampled_and_say_so(
    as_analyst: ApiClient, bank: None, settings: Any
) -> None:
    settings.ANALYSIS_ROWS = 1000
    body = analyze(as_analyst, "bank", "transactions")
    assert body["row_count"] == 5000
    assert 500 < body["rows_read"] < 1500
    assert any(note.startswith("Measured on ") for note in body["notes"])
    assert body["primary_key"] == ["transaction_id"]
    assert not by_name(body["columns"])["amount"]["is_exact"]


ODD = """
CREATE SCHEMA gold;
CREATE VIEW gold.odd AS
SELECT i AS odd_id, CASE WHEN i > 5 THEN 'y' ELSE 'x' END AS letter,
       TIMESTAMPTZ '2024-01-01 00:00:00+00' AS seen_at, INTERVAL 3 DAY AS lasted,
       TIME '10:00:00' AS opens, {'a': i} AS nested, [i] AS many, 'a'::BLOB AS bytes,
       i::HUGEINT * 10000000000000000000000 AS huge, 'NaN'::DOUBLE AS nothing, uuid() AS random_id,
       NULL AS empty
FROM range(10) AS t(i);
CREATE TABLE gold.nobody (id INTEGER, amount DOUBLE, paid_on DATE);
"""


def test_odd_columns_spoil_no_analysis(as_analyst: ApiClient, tmp_path: Path) -> None:
    file = tmp_path / "odd.duckdb"
    with duckdb.connect(str(file)) as connection:
        connection.execute(ODD)
    with attached(odd=file):
        body = analyze(as_analyst, "odd", "odd")
        assert by_name(body["columns"])["odd_id"]["is_unique"]
        assert body["primary_key"] == ["odd_id"]
        empty = analyze(as_analyst, "odd", "nobody")
    assert empty["row_count"] == 0
    assert any("no rows" in note for note in empty["notes"])


def test_a_table_that_is_not_there_is_told_with_the_nearest(
    as_analyst: ApiClient, retail: None
) -> None:
    response = as_analyst.post(
        "/api/catalog/analyze-table",
        {"catalog": "retail", "schema": "gold", "table": "fact_sale"},
    )
    assert response.status_code == 404
    assert "fact_sales" in response.json()["detail"]


@pytest.mark.parametrize("body", [{}, {"catalog": "retail"}, {"catalog": 1, "schemas": "gold"}])
def test_a_bad_body_is_refused(as_analyst: ApiClient, retail: None, body: Any) -> None:
    response = as_analyst.post("/api/catalog/analyze-table", body)
    assert response.status_code == 400
    assert response.json()["field_errors"]


def test_a_viewer_may_not_measure(api: Api, viewer: User, retail: None) -> None:
    response = api(viewer).post(
        "/api/catalog/analyze-table",
        {"catalog": "retail", "schema": "gold", "table": "fact_sales"},
    )
    assert response.status_code == 403


def test_every_statement_is_in_the_persons_history(as_analyst: ApiClient, retail: None) -> None:
    analyze(as_analyst, "retail", "dim_store")
    runs = QueryRun.objects.filter(actor_email="analyst@example.com")
    assert runs.exists()
    assert {run.state for run in runs} == {"completed"}
    assert all('"retail"."gold"' in run.sql for run in runs)


def test_what_is_rejected_does_not_come_again(
    api: Api, analyst: User, engineer: User, retail: None
) -> None:
    client = api(analyst)
    table = {"catalog": "retail", "schema": "gold", "table": "fact_sales"}
    before = analyze(client, "retail", "fact_sales")
    key = by_name(before["suggested_measures"])["sales_amount_sum"]["key"]
    response = client.post(
        "/api/catalog/rejections",
        {**table, "suggestions": [key, "returned_rate"], "reason": "Not ours."},
    )
    assert response.status_code == 201, response.json()
    after = analyze(client, "retail", "fact_sales")
    assert "sales_amount_sum" not in by_name(after["suggested_measures"])
    metrics = set(by_name(before["suggested_metrics"])) - set(by_name(after["suggested_metrics"]))
    assert {"sales_amount", "returned_rate", "discount_rate"} <= metrics
    assert any("you rejected them" in note for note in after["notes"])
    # A colleague still sees them, and so does who changes their mind.
    colleague = analyze(api(engineer), "retail", "fact_sales")
    assert "sales_amount_sum" in by_name(colleague["suggested_measures"])
    listed = client.get("/api/catalog/rejections?table=fact_sales").json()["rejections"]
    assert {row["suggestion"] for row in listed} == {key, "returned_rate"}
    assert api(engineer).delete(f"/api/catalog/rejections/{listed[0]['id']}").status_code == 404
    for row in listed:
        assert client.delete(f"/api/catalog/rejections/{row['id']}").status_code == 200
    again = analyze(client, "retail", "fact_sales")
    assert "sales_amount_sum" in by_name(again["suggested_measures"])
