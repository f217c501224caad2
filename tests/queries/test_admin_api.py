"""The audit trail and emptying caches, for administrators."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

import pytest

from models_registry.graph_source import load_snapshot
from semantic_layer.accounts.models import User
from tests.accounts_fixtures import Api, ApiClient
from tests.queries.conftest import execute
from tests.queries.test_result_cache import ask

AUDIT, CACHE = "/api/admin/audit", "/api/admin/cache"


@pytest.fixture
def admin_api(api: Api, admin_user: User, shop: Path) -> ApiClient:
    return api(admin_user)


def entries(client: ApiClient, **query: Any) -> list[dict[str, Any]]:
    response = client.get(AUDIT, query)
    assert response.status_code == 200, response.json()
    found: list[dict[str, Any]] = response.json()["entries"]
    return found


@pytest.fixture
def history(api: Api, analyst: User, engineer: User, models: None) -> None:
    """A query, one that fails, a write and a refused one, in this order after the models."""
    ask(api(analyst), "revenue")
    execute(api(analyst), "SELECT nothing FROM shop.main.orders")
    assert api(engineer).put("/api/models/orders", {"description": "All."}).status_code == 200
    assert api(engineer).put("/api/models/orders", {"measures": []}).status_code == 422


@pytest.mark.usefixtures("history")
class TestAudit:
    def test_queries_and_writes_are_one_list_by_time(self, admin_api: ApiClient) -> None:
        found = entries(admin_api)
        moments = [entry["at"] for entry in found]
        assert moments == sorted(moments, reverse=True)
        newest = [(e["source"], e["action"], e["outcome"]) for e in found[:4]]
        assert newest == [
            ("registry", "update", "refused"),
            ("registry", "update", "done"),
            ("queries", "sql", "failed"),
            ("queries", "metric", "completed"),
        ]

    def test_a_query_is_told_whole(self, admin_api: ApiClient) -> None:
        entry = entries(admin_api, source="queries", action="metric")[0]
        assert entry["actor_email"] == "analyst@example.com"
        details = entry["details"]
        assert details["tables"] == ["shop.main.orders"]
        assert details["models"] == {"orders": 1}
        assert (details["row_count"], details["cached"]) == (1, False)
        assert details["sql"].startswith("SELECT")
        assert details["total_ms"] > 0
        assert details["byte_count"] > 0
        failed = entries(admin_api, source="queries", outcome="failed")[0]
        assert failed["details"]["error_code"] == "SQL_ERROR"

    @pytest.mark.parametrize(
        ("query", "count"),
        [
            ({"user": "ANALYST@example.com"}, 2),
            ({"user": "nobody@example.com"}, 0),
            ({"source": "queries"}, 2),
            ({"outcome": "refused"}, 1),
            ({"action": "update"}, 2),
            ({"name": "orders", "source": "queries"}, 1),
            ({"name": "shop.main.orders"}, 2),
            ({"name": "orders", "action": "update"}, 2),
            ({"category": "staging"}, 0),
            ({"to": "2020-01-01T00:00:00Z"}, 0),
            ({"from": "2020-01-01T00:00:00Z", "source": "queries"}, 2),
            ({"user": "00000000-0000-4000-8000-000000000000"}, 0),
        ],
    )
    def test_filters(self, admin_api: ApiClient, query: dict[str, str], count: int) -> None:
        assert len(entries(admin_api, **query)) == count

    def test_by_the_id_of_a_person_and_of_a_request(
        self, admin_api: ApiClient, analyst: User, engineer: User
    ) -> None:
        assert len(entries(admin_api, user=str(analyst.pk))) == 2
        assert {e["source"] for e in entries(admin_api, user=str(engineer.pk))} == {"registry"}
        newest = entries(admin_api)[0]
        assert entries(admin_api, request_id=newest["request_id"]) == [newest]

    def test_pages_meet_without_gap_or_overlap(self, admin_api: ApiClient) -> None:
        whole = entries(admin_api, page_size=100)
        pages = []
        for number in range(1, 4):
            response = admin_api.get(AUDIT, {"page": number, "page_size": 3}).json()
            pages += response["entries"]
            assert response["pagination"]["total"] == len(whole)
        assert pages == whole[:9]

    @pytest.mark.parametrize(
        "query",
        [{"page_size": 101}, {"page": 0}, {"source": "x"}, {"category": "x"}, {"from": "x"},
         {"name": "a\x00b"}],
    )  # fmt: skip
    def test_bad_parameters_are_400(self, admin_api: ApiClient, query: dict[str, Any]) -> None:
        assert admin_api.get(AUDIT, query).status_code == 400

    def test_the_trail_takes_few_statements(
        self, admin_api: ApiClient, django_assert_max_num_queries: Any
    ) -> None:
        with django_assert_max_num_queries(6):
            entries(admin_api)


def test_emptying_results_makes_queries_read_again(
    admin_api: ApiClient, analyst_api: ApiClient
) -> None:
    execute(analyst_api, "SELECT 1 AS a")
    response = admin_api.delete(f"{CACHE}?what=results")
    assert response.json() == {"message": "Cache emptied", "emptied": {"results": 1}}
    assert execute(analyst_api, "SELECT 1 AS a").json()["cached"] is False


def test_emptying_metadata_reads_it_again(admin_api: ApiClient, analyst_api: ApiClient) -> None:
    assert analyst_api.get("/api/metadata/catalogs").status_code == 200
    assert admin_api.delete(f"{CACHE}?what=metadata").json()["emptied"] == {"metadata": 1}
    assert admin_api.delete(f"{CACHE}?what=metadata").json()["emptied"] == {"metadata": 0}


def test_emptying_graphs_builds_them_anew_in_every_process(
    admin_api: ApiClient, models: None
) -> None:
    before = load_snapshot("production")
    assert load_snapshot("production") is before
    assert admin_api.delete(f"{CACHE}?what=graphs").json()["emptied"]["graphs"] >= 1
    after = load_snapshot("production")
    assert (after.version, after.stamp != before.stamp) == (before.version, True)


def test_everything_is_what_is_emptied_unless_said_otherwise(admin_api: ApiClient) -> None:
    assert set(admin_api.delete(CACHE).json()["emptied"]) == {"results", "metadata", "graphs"}
    assert admin_api.delete(f"{CACHE}?what=everything").status_code == 400


def test_an_unknown_query_id_is_no_entry(admin_api: ApiClient) -> None:
    assert entries(admin_api, request_id=str(uuid.uuid4())) == []
