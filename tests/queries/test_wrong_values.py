"""A filter's value of another type than its field: 422 with the place and the type, told by the
engine that knows it.
"""

from __future__ import annotations

from typing import Any

import pytest

from semantic_layer.accounts.models import User
from tests.accounts_fixtures import Api, ApiClient

pytestmark = pytest.mark.usefixtures("models")

NUMBER = {"field": "customer", "op": "=", "value": "abc"}
TEXT = {"field": "customer__name", "op": "=", "value": 5}
COUNTRY = {"field": "customer__country", "op": "=", "value": "FR"}


@pytest.mark.parametrize(
    ("where", "path", "expected"),
    [
        ([NUMBER], "where[0].value", "INT32"),
        ([{"or": [{**NUMBER, "value": 1}, NUMBER]}], "where[0].or[1].value", "INT32"),
        ([{**NUMBER, "op": "in", "value": [1, "x", 2]}], "where[0].value[1]", "INT32"),
        (["customer = 'abc'"], "where[0]", "INT32"),
        ([COUNTRY, "{{ Entity('customer') }} > 'abc'"], "where[1]", "INT32"),
        ([TEXT], "where[0].value", "text"),
        (["customer__name = 5"], "where[0]", "text"),
        ([{"not": {**TEXT, "value": True}}], "where[0].not.value", "text"),
        ([TEXT, TEXT], "where", "text"),
    ],
    ids=str,
)
def test_it_is_told_where_and_what_was_expected(
    analyst_api: ApiClient, where: list[Any], path: str, expected: str
) -> None:
    body = {"metrics": ["customer_count"], "where": where}
    response = analyst_api.post("/api/metrics-explorer/query", body)
    refused = response.json()
    assert (response.status_code, refused["error_code"]) == (422, "INVALID_FILTER"), refused
    (error,) = refused["details"]["errors"]
    assert error["path"] == path
    assert refused["details"]["expected_type"] == expected
    assert f"of type {expected}" in refused["detail"]
    for name in ("Ada", "Bo", "Cy"):
        assert name not in str(refused), "no data of the column is shown"


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
