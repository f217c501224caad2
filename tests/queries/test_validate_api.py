"""POST /api/queries/validate: the guard and the engine's binder, nothing executed."""

from __future__ import annotations

from typing import Any

import pytest

from queries.models import QueryRun
from tests.accounts_fixtures import ApiClient


def validate(client: ApiClient, query: str, **extra: Any) -> Any:
    return client.post("/api/queries/validate", {"query": query, **extra})


def test_a_good_statement_is_valid_in_exactly_the_contract(analyst_api: ApiClient) -> None:
    body = validate(analyst_api, "SELECT name FROM shop.main.customers").json()
    assert body == {
        "valid": True,
        "is_valid": True,
        "errors": [],
        "warnings": [],
        "message": "The statement is valid.",
        "details": None,
    }


@pytest.mark.parametrize(
    ("query", "word", "details"),
    [
        ("SELECT naem FROM shop.main.customers", "naem", {"line": 1, "column": 8}),
        ("SELECT name\nFROM\n  shop.main.nowhere", "nowhere", {"line": 3, "column": 3}),
        ("SELECT name + FROM shop.main.customers", "", None),
        ("SELECT sum(name) FROM shop.main.customers", "sum", {"line": 1, "column": 8}),
        ("DROP TABLE shop.main.customers", "DROP", {"line": 1, "column": 1}),
        ("SELECT * FROM read_csv('/etc/passwd')", "read_csv", {"line": 1, "column": 15}),
        ("SELECT 1; SELECT 2", "", None),
        ("", "", None),
    ],
)
def test_what_is_wrong_is_told_with_its_place(
    analyst_api: ApiClient, query: str, word: str, details: dict[str, int] | None
) -> None:
    response = validate(analyst_api, query)
    if not query:
        assert response.status_code == 400
        return
    body = response.json()
    assert response.status_code == 200, body
    assert (body["valid"], body["is_valid"]) == (False, False)
    assert word.casefold() in body["errors"][0].casefold()
    assert body["message"] == body["errors"][0]
    if details is not None:
        assert body["details"] == details


def test_nothing_runs(analyst_api: ApiClient) -> None:
    """The division fails when it runs, the count would take minutes; binding does neither."""
    query = "SELECT CAST('x' || range AS INTEGER) FROM range(100000000000)"
    assert validate(analyst_api, query).json()["valid"] is True
    assert QueryRun.objects.count() == 0


def test_parameters_need_no_values_but_may_have_them(analyst_api: ApiClient) -> None:
    query = "SELECT name FROM shop.main.customers WHERE customer_id = :id"
    assert validate(analyst_api, query).json()["valid"] is True
    assert validate(analyst_api, query, parameters={"id": 1}).json()["valid"] is True
    body = validate(analyst_api, query, parameters={"idd": 1}).json()
    assert body["valid"] is False
    assert "id" in body["errors"][0]


@pytest.mark.parametrize(
    "body", [{}, {"query": None}, {"query": "SELECT 1", "limit": 5}, {"query": "x" * 10_001}]
)
def test_bad_input_is_400(analyst_api: ApiClient, body: dict[str, Any]) -> None:
    assert analyst_api.post("/api/queries/validate", body).status_code == 400
