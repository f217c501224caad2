"""POST /api/metrics-explorer/query over HTTP: the shop's numbers, counted by hand."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import pytest
import time_machine

from queries.models import QueryRun
from semantic_layer.accounts.models import User
from tests.accounts_fixtures import Api, ApiClient

pytestmark = pytest.mark.usefixtures("models")

PATH = "/api/metrics-explorer/query"


def ask(client: ApiClient, metrics: Sequence[str] = (), **query: Any) -> Any:
    return client.post(PATH, {"metrics": list(metrics), **query})


def rows(response: Any) -> list[list[Any]]:
    body = response.json()
    assert response.status_code == 200, body
    return [[row[name] for name in body["columns"]] for row in body["rows"]]


def refusal(response: Any) -> tuple[int, str]:
    body = response.json()
    return response.status_code, body["error_code"]


def test_answers_with_rows_sql_and_receipt(analyst_api: ApiClient) -> None:
    response = ask(
        analyst_api,
        ["revenue", "order_count"],
        group_by=["customer__country"],
        order_by=["customer__country"],
    )
    body = response.json()
    assert rows(response) == [["FR", "30.50", 2], ["SE", "5.25", 1], [None, "100.10", 2]]
    assert body["columns"] == ["customer__country", "revenue", "order_count"]
    assert body["column_types"][0] == "VARCHAR"
    assert body["column_types"][1].startswith("DECIMAL(")
    assert (body["row_count"], body["truncated"], body["cached"]) == (3, False, False)
    receipt = body["receipt"]
    assert receipt["query_id"] == body["query_id"]
    assert receipt["statement_id"] == body["statement_id"]
    assert receipt["models"] == [
        {"name": "customers", "version": 1},
        {"name": "orders", "version": 1},
    ]
    assert receipt["metrics"] == ["revenue", "order_count"]
    assert receipt["sql_sha256"] == hashlib.sha256(body["sql"].encode()).hexdigest()
    assert (receipt["category"], receipt["warehouse"], receipt["dialect"]) == (
        "production", "duckdb", "duckdb",
    )  # fmt: skip
    assert (receipt["time_zone"], receipt["time_range"]) == ("UTC", None)
    assert receipt["cache"]["state"] == "miss"
    assert "analyst" not in receipt["data_scope"]


def test_the_same_sql_is_compiled(analyst_api: ApiClient) -> None:
    query = {"metrics": ["revenue"], "group_by": ["metric_time__month"], "limit": 2}
    compiled = analyst_api.post("/api/metrics-explorer/compile", query).json()
    assert compiled["sql"] == analyst_api.post(PATH, query).json()["sql"]


def test_a_breakdown_adds_up_to_the_total(analyst_api: ApiClient) -> None:
    assert rows(ask(analyst_api, ["revenue"])) == [["135.85"]]


def test_facts_that_share_no_rows_line_up(analyst_api: ApiClient) -> None:
    response = ask(
        analyst_api,
        ["order_count", "visit_count", "revenue_per_order"],
        group_by=["customer__name"],
        order_by=["customer__name"],
    )
    assert rows(response) == [["Ada", 2, 2, 15.25], ["Bo", 1, 1, 5.25], [None, 2, None, 50.05]]


@pytest.mark.parametrize(
    ("zone", "expected"),
    [
        (None, [["2025-01-01", 2], ["2025-02-01", 2], ["2025-03-01", 1]]),
        ("Europe/Paris", [["2025-01-01", 2], ["2025-02-01", 2], ["2025-04-01", 1]]),
        ("America/New_York", [["2025-01-01", 3], ["2025-02-01", 1], ["2025-03-01", 1]]),
    ],
)
def test_months_are_cut_in_the_zone_of_the_query(
    analyst_api: ApiClient, zone: str | None, expected: list[list[Any]]
) -> None:
    response = ask(
        analyst_api,
        ["order_count"],
        group_by=["metric_time__month"],
        order_by=["metric_time__month"],
        time_zone=zone,
    )
    assert [[str(month)[:10], count] for month, count in rows(response)] == expected
    assert response.json()["receipt"]["time_zone"] == (zone or "UTC")


def test_the_object_form_of_group_by(analyst_api: ApiClient) -> None:
    response = ask(
        analyst_api,
        ["order_count"],
        group_by=[{"name": "metric_time", "date_part": "month"}],
        order_by=["-metric_time__extract_month"],
    )
    assert response.json()["columns"][0] == "metric_time__extract_month"
    assert rows(response) == [[3, 1], [2, 2], [1, 2]]


@pytest.mark.parametrize(
    ("time_range", "count"),
    [
        ({"start": "2025-02-01", "end": "2025-03-01"}, 2),
        ({"start": "2025-02-01"}, 3),
        ({"end": "2025-02-01"}, 2),
        ({"start": "2025-02-01T00:15:00", "end": "2025-02-14T12:00:00"}, 1),
    ],
)
def test_time_ranges_are_half_open(
    analyst_api: ApiClient, time_range: dict[str, str], count: int
) -> None:
    response = ask(analyst_api, ["order_count"], time_range=time_range)
    assert rows(response) == [[count]]
    understood = response.json()["receipt"]["time_range"]
    assert (understood["start"] is None) == ("start" not in time_range)


def test_relative_ranges_count_from_the_service_clock(api: Api, analyst: User) -> None:
    with time_machine.travel("2025-03-02T10:00:00Z", tick=True):
        client = api(analyst)
        this = ask(client, ["order_count"], time_range={"this": "month"})
        last = ask(client, ["order_count"], time_range={"last": 20, "grain": "day"})
    assert rows(this) == [[1]]
    assert rows(last) == [[1]]
    receipt = last.json()["receipt"]
    assert receipt["now"].startswith("2025-03-02T10:00:0")
    assert receipt["time_range"]["start"].startswith("2025-0")


@pytest.mark.parametrize(
    "where",
    [
        ["{{ Dimension('customer__country') }} = 'FR'"],
        "{{ Dimension('customer__country') }} = 'FR'",
        [{"field": "customer__country", "op": "=", "value": "FR"}],
        {"field": "customer__country", "op": "in", "value": ["FR", "x' OR 1=1 --"]},
        [{"not": {"or": [
            {"field": "customer__country", "op": "=", "value": "SE"},
            {"field": "customer__country", "op": "is_null"},
        ]}}],
    ],
)  # fmt: skip
def test_both_forms_of_where(analyst_api: ApiClient, where: Any) -> None:
    assert rows(ask(analyst_api, ["order_count"], where=where)) == [[2]]


@pytest.mark.parametrize(
    ("limit", "count", "truncated"), [(1, 1, True), (2, 2, True), (3, 3, False), (4, 3, False)]
)
def test_truncated_is_true_exactly_when_more_rows_exist(
    analyst_api: ApiClient, limit: int, count: int, truncated: bool
) -> None:
    response = ask(
        analyst_api, ["revenue"], group_by=["customer__country"], order_by=["-revenue"], limit=limit
    )
    body = response.json()
    assert (body["row_count"], body["truncated"]) == (count, truncated)
    assert body["rows"][0] == {"customer__country": None, "revenue": "100.10"}
    assert body["receipt"]["row_limit"] == limit


def test_without_a_limit_the_cap_of_the_installation_holds(
    analyst_api: ApiClient, settings: Any
) -> None:
    settings.METRIC_QUERY_MAX_ROWS = 2
    body = ask(analyst_api, ["revenue"], group_by=["customer__country"]).json()
    assert (body["row_count"], body["truncated"]) == (2, True)


def test_no_metrics_means_distinct_members(analyst_api: ApiClient) -> None:
    response = ask(analyst_api, group_by=["customer__country"], order_by=["customer__country"])
    assert rows(response) == [["FR"], ["SE"], [None]]


def test_large_integers_and_division_by_zero(analyst_api: ApiClient) -> None:
    response = ask(analyst_api, ["item_count", "broken_ratio"])
    assert rows(response) == [["9007199254740998", None]]


def test_a_saved_query_is_run_and_narrowed(analyst_api: ApiClient) -> None:
    response = analyst_api.post(PATH, {"saved_query": "revenue_by_country"})
    assert rows(response) == [[None, "100.10"], ["FR", "30.50"], ["SE", "5.25"]]
    narrowed = analyst_api.post(
        PATH,
        {
            "saved_query": "revenue_by_country",
            "where": [{"field": "customer__country", "op": "not_null"}],
            "order_by": ["customer__country"],
            "limit": 1,
        },
    )
    assert rows(narrowed) == [["FR", "30.50"]]


def test_saved_queries_that_do_not_fit(analyst_api: ApiClient) -> None:
    unknown = analyst_api.post(PATH, {"saved_query": "revenue_by_contry"})
    assert refusal(unknown) == (422, "UNKNOWN_FIELD")
    assert "revenue_by_country" in unknown.json()["details"]["suggestions"]
    both = analyst_api.post(PATH, {"saved_query": "revenue_by_country", "metrics": ["revenue"]})
    assert refusal(both) == (422, "INVALID_QUERY")


@pytest.mark.parametrize(
    ("query", "code", "suggested"),
    [
        ({"metrics": ["revenu"]}, "UNKNOWN_METRIC", "revenue"),
        (
            {"metrics": ["revenue"], "group_by": ["customer__contry"]},
            "UNKNOWN_FIELD",
            "customer__country",
        ),
        ({"metrics": ["customer_count"], "group_by": ["order__ordered_at"]}, "FAN_OUT", None),
        ({"metrics": ["visit_count"], "group_by": ["order"]}, None, None),
        (
            {"metrics": ["visit_count"], "group_by": ["metric_time__hour"]},
            None,
            None,
        ),
        ({"metrics": ["revenue"], "order_by": ["nothing"]}, None, None),
        ({"metrics": ["revenue"], "where": ["{{ Dimension('x') }}; DROP"]}, None, None),
        ({"metrics": ["revenue"], "time_zone": "Mars/Olympus"}, None, None),
        ({"metrics": ["revenue"], "category": "development"}, "UNKNOWN_METRIC", None),
        ({"metrics": ["revenue"], "time_range": {"start": "soon"}}, None, None),
    ],
)
def test_questions_without_an_answer_say_why(
    analyst_api: ApiClient, query: dict[str, Any], code: str | None, suggested: str | None
) -> None:
    response = analyst_api.post(PATH, query)
    body = response.json()
    assert response.status_code == 422, body
    assert code in (None, body["error_code"])
    (error,) = body["details"]["errors"]
    assert set(error) - {"line", "column"} == {"path", "code", "message"}
    assert error["code"] == body["error_code"]
    if suggested is not None:
        assert suggested in body["details"]["suggestions"]
    run = QueryRun.objects.get()
    assert (run.state, run.error_code, run.kind) == ("failed", body["error_code"], "metric")
    assert run.request is not None
    assert run.request["metrics"] == query["metrics"]


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"metrics": []},
        {"metrics": "revenue"},
        {"metrics": [["revenue"]]},
        {"metrics": ["revenue"], "limit": 0},
        {"metrics": ["revenue"], "limit": 100_001},
        {"metrics": ["revenue"], "category": "attic"},
        {"metrics": ["revenue"], "group_by": "customer"},
        {"metrics": ["revenue"], "metric": "revenue"},
        {"metrics": ["revenue"], "time_range": "2025"},
        {"metrics": ["revenue"], "time_range": {"beginning": "2025-01-01"}},
        {"metrics": ["revenue"], "order_by": [{"nam": "revenue"}]},
        {"metrics": ["revenue"], "min_max_only": "perhaps"},
    ],
)
def test_bad_input_is_400(analyst_api: ApiClient, query: dict[str, Any]) -> None:
    response = analyst_api.post(PATH, query)
    assert response.status_code == 400, response.json()


def test_only_the_smallest_and_largest_member(analyst_api: ApiClient) -> None:
    response = ask(analyst_api, group_by=["customer__joined__day"], min_max_only=True)
    assert [str(value)[:10] for value in rows(response)[0]] == ["2024-01-05", "2024-03-09"]
    assert response.json()["columns"] == [
        "customer__joined__day__min",
        "customer__joined__day__max",
    ]


def test_nulls_mean_left_out(analyst_api: ApiClient) -> None:
    response = ask(
        analyst_api, ["revenue"], group_by=None, where=None, order_by=None, limit=None,
        time_range=None, time_zone=None, saved_query=None, compare=None, export_format=None,
        category=None, min_max_only=None, totals=None, explain=None, refresh=None,
        **{"async": None},
    )  # fmt: skip
    assert rows(response) == [["135.85"]]


def test_a_table_that_is_gone_is_told_with_the_models(
    api: Api, engineer: User, analyst_api: ApiClient
) -> None:
    yaml = (
        "semantic_model:\n  name: ghosts\n  model: shop.main.ghosts\n"
        "  entities: [{name: ghost, type: primary, expr: id}]\n"
        "  measures: [{name: ghost_count, agg: count, expr: id, create_metric: true}]\n"
    )
    assert api(engineer).post("/api/models", {"yaml": yaml}).status_code == 201
    response = ask(analyst_api, ["ghost_count"])
    body = response.json()
    assert refusal(response) == (400, "SQL_ERROR")
    assert "ghosts" in body["detail"]
    assert body["details"]["models"] == ["ghosts"]
    assert "ghosts" in body["details"]["sql"]


def test_the_run_is_recorded_with_its_models_and_receipt(analyst_api: ApiClient) -> None:
    query = {
        "metrics": ["revenue"],
        "where": [{"field": "customer__country", "op": "=", "value": "FR"}],
    }
    body = analyst_api.post(PATH, query).json()
    run = QueryRun.objects.get(pk=body["query_id"])
    assert (run.kind, run.state, run.category) == ("metric", "completed", "production")
    assert run.model_versions == {"orders": 1, "customers": 1}
    assert run.sql == body["sql"]
    assert "FR" in run.parameters.values()
    assert run.receipt == body["receipt"]
    assert run.request is not None
    assert {key: run.request[key] for key in query} == query


def test_a_changed_model_is_used_at_once(api: Api, engineer: User, analyst_api: ApiClient) -> None:
    assert rows(ask(analyst_api, ["customer_count"])) == [[3]]
    editor = api(engineer)
    model = editor.get("/api/models/customers").json()
    yaml = model["yaml"].replace("agg: count", "agg: max", 1)
    assert yaml != model["yaml"]
    changed = editor.put("/api/models/customers", {"yaml": yaml})
    assert changed.status_code == 200, changed.json()
    again = ask(analyst_api, ["customer_count"])
    assert again.json()["receipt"]["models"] == [{"name": "customers", "version": 2}]


def problems(response: Any) -> list[tuple[str, str]]:
    assert response.status_code == 422, response.json()
    return [(e["path"], e["code"]) for e in response.json()["details"]["errors"]]


def test_every_problem_of_a_query_is_told_under_its_own_number(analyst_api: ApiClient) -> None:
    response = analyst_api.post(
        PATH,
        {
            "metrics": ["revenue"],
            "group_by": ["nowhere__x", "customer__country", "metric_time__monht"],
            "where": ["nothing = 1", {"field": "customer__country", "op": "resembles"}],
            "order_by": ["-nowhere__x", "customer__country", "height"],
            "time_zone": "Mars/Olympus",
        },
    )
    assert sorted(problems(response)) == [
        ("group_by[0]", "UNKNOWN_FIELD"),
        ("group_by[2]", "UNKNOWN_FIELD"),
        ("order_by[2]", "INVALID_ORDER_BY"),
        ("time_zone", "UNKNOWN_TIME_ZONE"),
        ("where[0]", "UNKNOWN_FIELD"),
        ("where[1].op", "INVALID_FILTER"),
    ]
    assert response.json()["error_code"] in {code for _, code in problems(response)}


def test_what_hangs_on_a_metric_is_not_blamed_once_no_metric_is_left(
    analyst_api: ApiClient,
) -> None:
    query = {"metrics": ["revenu", "turnovr"], "group_by": ["metric_time", "nowhere__x"]}
    assert problems(analyst_api.post(PATH, query)) == [
        ("metrics[0]", "UNKNOWN_METRIC"),
        ("metrics[1]", "UNKNOWN_METRIC"),
        ("group_by[1]", "UNKNOWN_FIELD"),
    ]


def test_bounds_of_metrics_are_refused_not_passed_over(analyst_api: ApiClient) -> None:
    query = {"metrics": ["revenue"], "group_by": ["metric_time__day"], "min_max_only": True}
    assert problems(analyst_api.post(PATH, query)) == [("min_max_only", "INVALID_QUERY")]
