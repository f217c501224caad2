"""A filter's value of another type than its field: 422 with the place and the type, told by the
engine that knows it.
"""

from __future__ import annotations

from typing import Any

import pytest

from semantic_layer.accounts.models import User
from tests.accounts_fixtures import Api, ApiClient

pytestmark = pytest.mark.usefixtures("models")

INTEGER = ("INT32", "BIGINT")  # as the engines call it
NUMBER = {"field": "customer", "op": "=", "value": "abc"}
TEXT = {"field": "customer__name", "op": "=", "value": 5}
COUNTRY = {"field": "customer__country", "op": "=", "value": "FR"}


@pytest.mark.parametrize(
    ("where", "path", "expected"),
    [
        ([NUMBER], "where[0].value", INTEGER),
        ([{"or": [{**NUMBER, "value": 1}, NUMBER]}], "where[0].or[1].value", INTEGER),
        ([{**NUMBER, "op": "in", "value": [1, "x", 2]}], "where[0].value[1]", INTEGER),
        (["customer = 'abc'"], "where[0]", INTEGER),
        ([COUNTRY, "{{ Entity('customer') }} > 'abc'"], "where[1]", INTEGER),
        ([TEXT], "where[0].value", ("text",)),
        (["customer__name = 5"], "where[0]", ("text",)),
        ([{"not": {**TEXT, "value": True}}], "where[0].not.value", ("text",)),
        ([TEXT, TEXT], "where", ("text",)),
    ],
    ids=str,
)
def test_it_is_told_where_and_what_was_expected(
    analyst_api: ApiClient, where: list[Any], path: str, expected: tuple[str, ...]
) -> None:
    body = {"metrics": ["customer_count"], "where": where}
    response = analyst_api.post("/api/metrics-explorer/query", body)
    refused = response.json()
    assert (response.status_code, refused["error_code"]) == (422, "INVALID_FILTER"), refused
    (error,) = refused["details"]["errors"]
    assert error["path"] == path
    assert refused["details"]["expected_type"] in expected
    assert f"of type {refused['details']['expected_type']}" in refused["detail"]
    for name in ("Ada", "Bo", "Cy"):
        assert name not in str(refused), "no data of the column is shown"


@pytest.mark.parametrize(
    ("asked", "status", "code"),
    [
        ({"where": [{"field": "customer", "op": ">", "value": 10**20}]}, 422, "INVALID_FILTER"),
        ({"where": [{"field": "customer", "op": "in", "value": [-(10**45)]}]}, 422,
         "INVALID_FILTER"),
        ({"time_range": {"last": 3000, "grain": "year"}}, 422, "TIME_OUT_OF_RANGE"),
        ({"time_range": {"last": 10**30, "grain": "day"}}, 400, "MALFORMED"),
        ({"time_range": {"start": "99999-01-01"}}, 422, "INVALID_TIME"),
        ({"compare": {"offset": "999999999 years"}}, 422, "INVALID_OFFSET"),
        ({"limit": 10**30}, 400, "VALIDATION_ERROR"),
    ],
    ids=str,
)  # fmt: skip
def test_what_no_integer_or_calendar_holds_is_refused_before_any_engine(
    analyst_api: ApiClient, asked: dict[str, Any], status: int, code: str
) -> None:
    response = analyst_api.post(
        "/api/metrics-explorer/query", {"metrics": ["customer_count"], **asked}
    )
    assert (response.status_code, response.json()["error_code"]) == (status, code)


def test_the_whole_calendar_may_be_asked_for(analyst_api: ApiClient) -> None:
    body = {
        "metrics": ["customer_count"],
        "time_range": {"start": "0001-01-01", "end": "9999-12-31"},
        "where": [{"field": "metric_time__week", "op": "<=", "value": "9999-12-31"}],
        "compare": {"offset": "9999 years"},
    }
    response = analyst_api.post("/api/metrics-explorer/query", body)
    assert response.status_code == 200, response.content


def test_what_a_model_converts_is_the_models_fault(
    analyst_api: ApiClient, api: Api, engineer: User
) -> None:
    model = (
        "semantic_model:\n  name: casts\n  model: shop.main.customers\n"
        "  entities: [{name: customer_row, type: primary, expr: customer_id}]\n"
        "  measures: [{name: broken_cast, agg: sum, expr: CAST(name AS INTEGER),"
        " create_metric: true}]\n"
    )
    assert api(engineer).post("/api/models", {"yaml": model}).status_code == 201
    response = analyst_api.post("/api/metrics-explorer/query", {"metrics": ["broken_cast"]})
    assert (response.status_code, response.json()["error_code"]) == (400, "SQL_ERROR")
    assert response.json()["details"]["models"] == ["casts"]
    for name in ("Ada", "Bo", "Cy"):
        assert f"'{name}'" not in response.text, "no data of the column is shown"


@pytest.mark.parametrize(
    ("where", "path", "column"),
    [
        ([{"field": "customer__joined", "op": ">=", "value": 5}], "where[0].value", None),
        (
            [{"field": "customer__joined", "op": "in", "value": ["2024-01-05", True]}],
            "where[0].value[1]",
            None,
        ),
        ([{"not": {"field": "metric_time", "op": "=", "value": 5}}], "where[0].not.value", None),
        ([COUNTRY, "customer__joined < 5"], "where[1]", 1),
        (["{{ TimeDimension('customer__joined', 'month') }} > 5"], "where[0]", 19),
    ],
    ids=str,
)
def test_what_the_model_tells_is_refused_before_the_engine_is_asked(
    analyst_api: ApiClient, where: list[Any], path: str, column: int | None
) -> None:
    body = {"metrics": ["customer_count"], "group_by": ["metric_time__month"], "where": where}
    for name in ("query", "compile"):
        response = analyst_api.post(f"/api/metrics-explorer/{name}", body)
        refused = response.json()
        assert (response.status_code, refused["error_code"]) == (422, "INVALID_FILTER"), refused
        (error,) = refused["details"]["errors"]
        assert (error["path"], error.get("column")) == (path, column)
        assert refused["details"]["expected_type"] == "date or time"


@pytest.mark.parametrize(
    ("condition", "line", "column"),
    [
        ("customer__country = = 'FR'", 1, 21),
        ("customer__country = 'FR'\n  AND customer__nam = 'Ada'", 2, 7),
        ("{{ Dimension('customer__country') }} = 'FR' AND customer__name IN ('a' 'b'", 1, 72),
        ("customer__country = 'FR' AND {{ Dimension('customer__nam') }} = 'A'", 1, 44),
        ("customer__country = 'FR' AND {{ Dimensio('customer__name') }} = 'A'", 1, 33),
        ("customer__country = 'FR' AND {{ Dimension('customer__name') } = 'A'", 1, 30),
        ("customer__country = 'FR' OR read_text(customer__name) = 'A'", 1, 29),
        ("customer__country = 'FR' OR max(customer__name) = 'A'", 1, 29),
        ("customer__country = 'FR' OR other.name = 'A'", 1, 29),
    ],
)
def test_a_mistake_in_a_text_is_told_with_its_place_in_it(
    analyst_api: ApiClient, condition: str, line: int, column: int
) -> None:
    body = {"metrics": ["customer_count"], "where": [COUNTRY, condition]}
    for name in ("query", "compile"):
        response = analyst_api.post(f"/api/metrics-explorer/{name}", body)
        assert response.status_code == 422, response.json()
        details = response.json()["details"]
        (error,) = details["errors"]
        assert (error["path"], error["line"], error["column"]) == ("where[1]", line, column)
        assert (details["line"], details["column"]) == (line, column)
        assert "__ref" not in response.text
