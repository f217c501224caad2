"""What a person may not see does not exist for them: in answers, names, suggestions and errors."""

from __future__ import annotations

from typing import Any

import pytest

from semantic_layer.accounts.models import User
from tests.accounts_fixtures import Api

QUERY = "/api/metrics-explorer/query"
MODEL = """
name: guests
model: shop.main.customers
entities: [{name: guest, type: primary, expr: customer_id}]
dimensions:
  - {name: country, type: categorical}
  - {name: name, type: categorical}
measures: [{name: guest_count, agg: count, expr: customer_id, create_metric: true}]
config:
  meta:
    access:
      - {roles: [engineer]}
      - roles: [analyst]
        members: {excludes: [name]}
        rows: [{field: country, op: "=", value: FR}]
"""


@pytest.fixture(autouse=True)
def guests(api: Api, engineer: User, shop: Any) -> None:
    response = api(engineer).post("/api/models", {"yaml": MODEL})
    assert response.status_code == 201, response.json()


def test_each_person_counts_the_rows_they_may_see(api: Api, analyst: User, engineer: User) -> None:
    found = {
        person.email: api(person).post(QUERY, {"metrics": ["guest_count"]}).json()
        for person in (analyst, engineer)
    }
    counts = {email: body["rows"][0]["guest_count"] for email, body in found.items()}
    assert counts == {"analyst@example.com": 1, "engineer@example.com": 3}
    scopes = {body["receipt"]["data_scope"] for body in found.values()}
    assert len(scopes) == 2


def test_a_hidden_dimension_is_unknown(api: Api, analyst: User, engineer: User) -> None:
    query = {"metrics": ["guest_count"], "group_by": ["guest__name"]}
    assert api(engineer).post(QUERY, query).status_code == 200
    hidden = api(analyst).post(QUERY, query).json()
    query["group_by"] = ["guest__nam"]
    absent = api(analyst).post(QUERY, query).json()
    assert hidden["error_code"] == absent["error_code"] == "UNKNOWN_FIELD"
    assert "guest__name" not in str(absent["details"].get("suggestions"))


def test_hidden_names_are_not_listed(api: Api, analyst: User, engineer: User) -> None:
    def names(person: User) -> set[str]:
        response = api(person).post(
            "/api/metrics-explorer/dimensions", {"metrics": ["guest_count"]}
        )
        return {item["name"] for item in response.json()["dimensions"]}

    assert names(engineer) - names(analyst) == {"guest__name"}


def test_a_role_without_a_rule_sees_nothing(api: Api, viewer: User) -> None:
    response = api(viewer).post("/api/metrics-explorer/compile", {"metrics": ["guest_count"]})
    assert response.json()["error_code"] == "UNKNOWN_METRIC"
    near = api(viewer).post("/api/metrics-explorer/compile", {"metrics": ["guest_coun"]}).json()
    assert "guest_count" not in str(near["details"]) + near["detail"]


def test_values_are_filtered_too(api: Api, analyst: User, engineer: User) -> None:
    body = {"dimension": "guest__country"}
    path = "/api/metrics-explorer/dimension-values"
    assert api(analyst).post(path, body).json()["values"] == ["FR"]
    assert api(engineer).post(path, body).json()["values"] == ["FR", "SE", None]
