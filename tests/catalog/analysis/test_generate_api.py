"""/api/catalog/generate-model: drafts that validate, compile and answer."""

from __future__ import annotations

from typing import Any

import duckdb
import pytest

from semantic_layer.accounts.models import User
from tests.accounts_fixtures import Api, ApiClient
from tests.catalog.analysis.conftest import WORLDS
from tests.catalog.analysis.test_analyze_api import analyze, by_name

SALES = {"catalog": "retail", "schema": "gold", "table": "fact_sales"}


def generate(client: ApiClient, **body: Any) -> Any:
    response = client.post("/api/catalog/generate-model", body)
    assert response.status_code == 200, response.json()
    return response.json()


def ask(client: ApiClient, **body: Any) -> Any:
    response = client.post("/api/metrics-explorer/query", {"category": "development", **body})
    assert response.status_code == 200, response.json()
    return response.json()


def test_a_draft_validates_answers_and_is_not_saved(as_engineer: ApiClient, retail: None) -> None:
    draft = generate(as_engineer, **SALES)
    assert draft["validation"] == {
        "valid": True,
        "errors": [],
        "warnings": draft["validation"]["warnings"],
    }
    assert draft["yaml"] == draft["yaml_content"]
    assert draft["saved"] is None
    assert draft["model"]["name"] == "sales"
    assert draft["model"]["defaults"] == {"agg_time_dimension": "order_date_key"}
    assert draft["answered"]["metrics"] == len(draft["model"]["metrics"]) > 5
    assert draft["answered"]["dimensions"] == len(draft["model"]["dimensions"])
    listed = as_engineer.get("/api/models?category=development").json()
    assert listed["models"] == []


def test_metrics_are_those_a_person_wants(as_engineer: ApiClient, retail: None) -> None:
    metrics = {m["name"] for m in generate(as_engineer, **SALES)["model"]["metrics"]}
    wanted = {"sales", "sales_amount", "returned_rate", "average_unit_price", "unique_customers"}
    assert wanted <= metrics
    # Not one of every aggregate per column: no sums of prices, no averages of keys.
    assert not {m for m in metrics if "unit_price" in m} - {"average_unit_price"}
    assert len(metrics) <= 16


@pytest.mark.parametrize("world", ["bank", "saas", "imported", "hospital", "city"])
def test_every_table_of_every_world_gets_a_draft(
    world: str, world_files: Any, as_engineer: ApiClient
) -> None:
    from tests.catalog.analysis.conftest import attached

    with attached(**{world: world_files(world)}):
        for truth in WORLDS[world].truths:
            table = {"catalog": world, "schema": "gold", "table": truth.table}
            draft = generate(as_engineer, **table)
            assert draft["validation"]["valid"], truth.table
            assert draft["answered"]["metrics"] == len(draft["model"]["metrics"]) > 0
            left_out = [note for note in draft["notes"] if "left out" in note.lower()]
            assert left_out == [], truth.table


def test_saved_models_join_and_answer(as_engineer: ApiClient, retail: None) -> None:
    for table in ("dim_customer", "dim_product", "fact_sales"):
        saved = generate(as_engineer, **{**SALES, "table": table}, save=True)["saved"]
        assert saved["version"] == 1
    rows = ask(
        as_engineer,
        metrics=["sales_amount", "sales"],
        group_by=["product__category"],
        order_by=["product__category"],
    )["rows"]
    assert [row["product__category"] for row in rows] == [
        "chairs", "desks", "lamps", "rugs", "tables",
    ]  # fmt: skip
    assert sum(row["sales"] for row in rows) == 6000


def test_unix_times_odd_dates_and_money_in_text_are_read(
    as_engineer: ApiClient, world_files: Any
) -> None:
    from tests.catalog.analysis.conftest import attached

    table = {"catalog": "city", "schema": "gold"}
    with attached(city=world_files("city")):
        for name in ("rides", "tickets", "refunds"):
            generate(as_engineer, **table, table=name, save=True)
        rides = ask(as_engineer, metrics=["rides"], group_by=["metric_time__year"])["rows"]
        assert {row["metric_time__year"][:4] for row in rides} == {"2024", "2025", "2026"}
        first = {"start": "2024-11-01", "end": "2024-11-02"}
        [opened] = ask(as_engineer, metrics=["tickets"], time_range=first)["rows"]
        assert opened["tickets"] == 4  # one every five hours, the first at five in the morning
        [early] = ask(as_engineer, metrics=["refunds", "refund_value"],
                      time_range={"start": "2024-11-04", "end": "2024-11-05"})["rows"]  # fmt: skip
    with duckdb.connect(str(world_files("city")), read_only=True) as second_opinion:
        count, money = second_opinion.execute(
            "SELECT count(*), sum(replace(substr(refund_value, 2), ',', '')::DECIMAL(10, 2)) "
            "FROM gold.refunds WHERE refunded = '04-Nov-2024'"
        ).fetchone() or (0, 0)
    assert early["refunds"] == count > 0
    assert float(early["refund_value"]) == pytest.approx(float(money))


def test_a_balance_is_that_of_the_last_day(as_engineer: ApiClient, bank: None) -> None:
    table = {"catalog": "bank", "schema": "gold", "table": "daily_balances"}
    generate(as_engineer, **table, save=True)
    [row] = ask(as_engineer, metrics=["closing_balance"])["rows"]
    check = as_engineer.post(
        "/api/queries/execute",
        {
            "query": "SELECT sum(closing_balance) AS total FROM bank.gold.daily_balances "
            "WHERE balance_date = DATE '2024-04-30'"
        },
    ).json()
    assert row["closing_balance"] == check["rows"][0]["total"]


def test_an_existing_model_is_extended_and_never_overwritten(
    as_engineer: ApiClient, retail: None
) -> None:
    mine = {
        "name": "my_sales",
        "description": "Written by hand.",
        "model": "retail.gold.fact_sales",
        "entities": [{"name": "sale", "type": "primary", "expr": "sales_key"}],
        "dimensions": [
            {
                "name": "way",
                "type": "categorical",
                "expr": "channel",
                "description": "By hand.",
            }
        ],
        "measures": [
            {"name": "money", "agg": "sum", "expr": "sales_amount", "create_metric": True}
        ],
        "category": "development",
    }
    assert as_engineer.post("/api/models", mine).status_code == 201
    draft = generate(as_engineer, **SALES, model_name="my_sales", save=True)
    assert draft["extends"] == "my_sales"
    assert draft["saved"] == {"id": "my_sales", "category": "development", "version": 2}
    model = draft["model"]
    assert model["description"] == "Written by hand."
    assert model["entities"][0] == mine["entities"][0]
    assert by_name(model["dimensions"])["way"]["description"] == "By hand."
    assert "channel" not in by_name(model["dimensions"])
    assert "sales_amount_sum" not in by_name(model["measures"])
    assert by_name(model["metrics"])["discount_rate"]["type_params"]["denominator"] == "money"
    again = generate(as_engineer, **SALES, save=True)
    assert again["extends"] == "my_sales"
    assert again["added"] == {"entities": [], "dimensions": [], "measures": [], "metrics": []}
    assert again["saved"]["version"] == 2


def test_a_name_of_its_own_makes_another_model_of_the_table(
    as_engineer: ApiClient, retail: None
) -> None:
    first = generate(as_engineer, **SALES, save=True)
    other = generate(as_engineer, **SALES, model_name="other", save=True)
    assert (other["model"]["name"], other["extends"]) == ("other", None)
    assert other["saved"] == {"id": "other", "category": "development", "version": 1}
    assert other["validation"]["valid"] is True
    names = {metric["name"] for metric in other["model"]["metrics"]}
    assert names
    assert not names & {metric["name"] for metric in first["model"]["metrics"]}
    again = generate(as_engineer, **SALES, model_name="other", save=True)
    assert (again["extends"], again["saved"]["version"]) == ("other", 1)


def test_nulls_mean_left_out(as_engineer: ApiClient, retail: None) -> None:
    nulls = {"model_name": None, "description": None, "customizations": None, "async": None}
    assert generate(as_engineer, **SALES, **nulls)["model"]["name"] == "sales"


def test_customizations_are_honoured(as_engineer: ApiClient, retail: None) -> None:
    draft = generate(
        as_engineer,
        **SALES,
        model_name="shop",
        description="What the shop sold.",
        customizations={
            "selected_dimensions": ["channel", "order_date_key"],
            "selected_metrics": ["returned_rate"],
            "selected_measures": [],
        },
    )
    model = draft["model"]
    assert (model["name"], model["description"]) == ("shop", "What the shop sold.")
    assert {d["name"] for d in model["dimensions"]} == {"channel", "order_date_key"}
    assert {m["name"] for m in model["metrics"]} == {"sales", "returned_sales", "returned_rate"}
    assert {m["name"] for m in model["measures"]} == {"sales_count", "returned_sales_count"}


def test_unknown_customizations_are_refused_with_the_nearest(
    as_engineer: ApiClient, retail: None
) -> None:
    response = as_engineer.post(
        "/api/catalog/generate-model",
        {**SALES, "customizations": {"selected_dimensions": ["chanel"]}},
    )
    assert response.status_code == 422
    body = response.json()
    assert body["error_code"] == "UNKNOWN_SELECTION"
    [problem] = body["field_errors"]["customizations.selected_dimensions"]
    assert "Did you mean 'channel'?" in problem


def test_an_analysis_may_be_sent_back_changed(as_engineer: ApiClient, retail: None) -> None:
    analysis = analyze(as_engineer, "retail", "fact_sales")
    del analysis["analysis"]
    for metric in analysis["suggested_metrics"]:
        if metric["name"] == "sales_amount":
            metric["label"] = "Money"
    draft = generate(as_engineer, analysis=analysis)
    assert by_name(draft["model"]["metrics"])["sales_amount"]["label"] == "Money"


@pytest.mark.parametrize(
    "expr",
    ["read_csv('/etc/passwd')", "(SELECT max(ssn) FROM bank.gold.clients)", "1; DROP TABLE x"],
)
def test_a_hostile_analysis_gets_nothing_past_the_compiler(
    as_engineer: ApiClient, retail: None, expr: str
) -> None:
    analysis = {
        "table_info": {"catalog": "retail", "schema": "gold", "name": "fact_sales"},
        "suggested_entities": [{"name": "sale", "type": "primary", "expr": "sales_key"}],
        "suggested_measures": [
            {"name": "good", "agg": "sum", "expr": "quantity"},
            {"name": "evil", "agg": "sum", "expr": expr},
        ],
        "suggested_metrics": [
            {"name": "good", "type": "simple", "type_params": {"measure": "good"}},
            {"name": "evil", "type": "simple", "type_params": {"measure": "evil"}},
        ],
    }
    draft = generate(as_engineer, analysis=analysis)
    assert draft["validation"]["valid"]
    assert [m["name"] for m in draft["model"]["metrics"]] == ["good"]
    assert expr not in draft["yaml"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"catalog": "retail", "schema": "gold"}, 400),
        ({**SALES, "table": "nothing"}, 404),
        ({**SALES, "model_name": "Not A Name"}, 422),
        ({**SALES, "model_name": "search"}, 422),
        ({"analysis": {"table_info": {}, "suggested_metrics": "x"}, **SALES}, 422),
        ({"analysis": {"suggested_measures": [{"name": 1}]}, **SALES}, 422),
    ],
)
def test_bad_requests(as_engineer: ApiClient, retail: None, body: Any, status: int) -> None:
    response = as_engineer.post("/api/catalog/generate-model", body)
    assert response.status_code == status, response.json()


def test_a_name_of_another_tables_model_is_taken(as_engineer: ApiClient, retail: None) -> None:
    generate(as_engineer, **{**SALES, "table": "dim_store"}, model_name="shops", save=True)
    response = as_engineer.post("/api/catalog/generate-model", {**SALES, "model_name": "shops"})
    assert response.status_code == 409


def test_an_analyst_may_not_generate(api: Api, analyst: User, retail: None) -> None:
    assert api(analyst).post("/api/catalog/generate-model", SALES).status_code == 403
