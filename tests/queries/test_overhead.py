"""Round trips to the database per query: they are most of what HTTP costs on top of the engine."""

from __future__ import annotations

from typing import Any

import pytest

from tests.accounts_fixtures import ApiClient
from tests.queries.conftest import execute


def test_sql_takes_two_statements(analyst_api: ApiClient, django_assert_num_queries: Any) -> None:
    execute(analyst_api, "SELECT 1 AS a")
    with django_assert_num_queries(2) as seen:
        execute(analyst_api, "SELECT 2 AS a")
    assert [query["sql"].split()[0] for query in seen.captured_queries] == ["SELECT", "INSERT"]


@pytest.mark.usefixtures("models")
@pytest.mark.parametrize(("path", "statements"), [("query", 3), ("compile", 2)])
def test_metric_queries_take_one_more_for_the_version_of_the_models(
    analyst_api: ApiClient, django_assert_num_queries: Any, path: str, statements: int
) -> None:
    def ask(country: str) -> Any:
        where = [{"field": "customer__country", "op": "=", "value": country}]
        return analyst_api.post(
            f"/api/metrics-explorer/{path}", {"metrics": ["revenue"], "where": where}
        )

    assert ask("FR").status_code == 200
    with django_assert_num_queries(statements):
        assert ask("SE").status_code == 200
