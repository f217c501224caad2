"""GET /api/models/search: filters, pages, people, hostile words, and what writes change."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models_registry import services
from models_registry.audit import SYSTEM
from models_registry.model_search import ModelCriteria, search_models
from models_registry.models import Document, SearchEntry
from semantic_layer.accounts.models import User
from tests.accounts_fixtures import Api, ApiClient
from tests.models_registry.search_world import (
    GUARDED,
    MODELS,
    SEARCH,
    names,
    results,
    write_models,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(db: None) -> None:
    write_models()


@pytest.fixture
def as_analyst(api: Api, analyst: User) -> ApiClient:
    return api(analyst)


# ---------------------------------------------------------------- filters


ALL = ["order_items", "orders", "refunds", "warehouse_stock", "web_sessions"]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ("", ALL),
        ("query=&tags=&has_metrics=&created_after=&created_before=&model_contains=", ALL),
        ("category=staging", []),
        ("tags=core", ["order_items", "orders"]),
        ("tags=FINANCE", ["orders", "refunds"]),
        ("tags=audited", ["refunds"]),
        ("tags=audited,core", ["order_items", "orders", "refunds"]),
        ("tags=%20core%20,,", ["order_items", "orders"]),
        ("tags=cor", []),
        ("tags=%7B%7D", []),
        ("has_metrics=true", ["order_items", "orders", "web_sessions"]),
        ("has_metrics=false", ["refunds", "warehouse_stock"]),
        ("model_contains=FCT_", ["order_items", "orders"]),
        ("model_contains=lake.finance", ["refunds"]),
        ("model_contains=100%25", ["warehouse_stock"]),
        ("model_contains=%25", ["warehouse_stock"]),
        ("model_contains=fct%25items", []),
        ("model_contains='", ["web_sessions"]),
        ("created_after=2020-01-01", ALL),
        ("created_after=2100-01-01T00:00:00Z", []),
        ("created_before=2020-01-01", []),
        ("created_before=2100-01-01T00:00:00%2B02:00", ALL),
        ("updated_after=2100-01-01", []),
        ("tags=core&has_metrics=true&model_contains=items", ["order_items"]),
        ("query=order&tags=audited", ["refunds"]),
        ("query=orders&has_metrics=false", ["refunds"]),
        ("query=zzzzzz", []),
    ],
)
@pytest.mark.usefixtures("world")
def test_filters(as_viewer: ApiClient, filters: str, expected: list[str]) -> None:
    found = [model["name"] for model in results(as_viewer.get(f"{SEARCH}?{filters}"))]
    assert found == expected


@pytest.mark.usefixtures("world")
def test_times_are_half_open(as_viewer: ApiClient) -> None:
    day = datetime(2026, 3, 1, tzinfo=UTC)
    Document.objects.filter(name="orders").update(created_at=day, updated_at=day)
    before = {"created_before": "2026-03-01"}

    assert names(as_viewer, **before) == []
    assert names(as_viewer, created_before="2026-03-01T00:00:00.000001Z") == ["orders"]
    assert names(as_viewer, created_after="2026-03-01", created_before="2026-03-02") == ["orders"]
    assert "orders" not in names(as_viewer, updated_after="2026-03-01T00:00:01")
    assert "orders" in names(as_viewer, updated_after="2026-03-01")


@pytest.mark.usefixtures("world")
def test_without_words_all_score_one(as_viewer: ApiClient) -> None:
    assert {m["relevance_score"] for m in results(as_viewer.get(SEARCH))} == {1.0}


@pytest.mark.parametrize(
    ("asked", "parameter"),
    [
        ("created_after=yesterday", "created_after"),
        ("created_before=2026-13-01", "created_before"),
        ("updated_after=2026-02-30T00:00:00Z", "updated_after"),
        ("created_after=0001-01-01T00:00:00%2B14:00", "created_after"),
        ("created_after=12", "created_after"),
        ("has_metrics=maybe", "has_metrics"),
        ("has_metrics=2", "has_metrics"),
        ("category=prod", "category"),
        (f"query={'x' * 201}", "query"),
        (f"tags={'x' * 1001}", "tags"),
        (f"tags={','.join(['a'] * 21)}", "tags"),
        (f"model_contains={'x' * 251}", "model_contains"),
        ("query=a%00b", "query"),
        ("model_contains=%00", "model_contains"),
        ("tags=%00", "tags"),
        ("page=0", "page"),
        ("page_size=101", "page_size"),
        ("querry=orders", "querry"),
    ],
)
def test_bad_parameters(as_viewer: ApiClient, asked: str, parameter: str) -> None:
    response = as_viewer.get(f"{SEARCH}?{asked}")
    assert response.status_code == 400, response.content
    assert list(response.json()["field_errors"]) == [parameter]


# ---------------------------------------------------------------- pages


@pytest.mark.usefixtures("world")
def test_pages_hold_everything_once(as_viewer: ApiClient) -> None:
    whole = names(as_viewer, query="order")
    total = len(whole)
    assert total >= 3

    paged = []
    for page in range(1, total + 1):
        body = as_viewer.get(SEARCH, {"query": "order", "page": page, "page_size": 1}).json()
        assert body["total_results"] == body["pagination"]["total_pages"] == total
        assert body["pagination"]["has_next"] == (page < total)
        paged += [model["name"] for model in body["results"]]
    assert paged == whole
    assert names(as_viewer, query="order", page=total + 1, page_size=1) == []


@pytest.mark.usefixtures("world")
def test_equals_stand_in_order_of_name(as_viewer: ApiClient) -> None:
    """Ties are broken the same way whatever the database returns first."""
    for name in ("tie_c", "tie_a", "tie_b"):
        write_models(
            f"semantic_model: {{name: {name}, model: ref('t'),"
            f" entities: [{{name: k{name[-1]}, type: primary}}]}}"
        )
    assert names(as_viewer, query="tie") == ["tie_a", "tie_b", "tie_c"]


# ---------------------------------------------------------------- people


def test_who_may_search(
    api: Api, as_viewer: ApiClient, as_engineer: ApiClient, as_admin: ApiClient, world: None
) -> None:
    assert api(None).get(SEARCH).status_code == 401
    for client in (as_viewer, as_engineer, as_admin):
        response = client.get(SEARCH)
        assert names(client) == ALL
        assert response.headers["X-RateLimit-Limit"] == "50"


def test_hidden_models_are_found_by_nothing(
    as_viewer: ApiClient, as_engineer: ApiClient, world: None
) -> None:
    write_models(GUARDED)
    for query in ("salaries", "earn", "payslip", "hr.main", "salarys", ""):
        assert "salaries" not in names(as_viewer, query=query), query
        assert "salaries" in names(as_engineer, query=query), query


def test_hidden_members_are_found_by_nothing(
    as_analyst: ApiClient, as_engineer: ApiClient, world: None
) -> None:
    write_models(GUARDED)
    for query in ("bonus", "bonus_code", "clandestine", "clandestin", "arrangements"):
        assert "salaries" not in names(as_analyst, query=query), query
        assert names(as_engineer, query=query)[0] == "salaries", query
    [seen] = results(as_analyst.get(SEARCH, {"query": "earn"}))
    assert (seen["name"], seen["metrics_count"], seen["dimensions_count"]) == ("salaries", 1, 1)
    assert names(as_analyst, query="pay")[0] == "salaries"
    assert names(as_analyst, query="salaries", has_metrics=True) == ["salaries"]


def test_hidden_metrics_do_not_count(as_analyst: ApiClient, as_engineer: ApiClient) -> None:
    write_models(GUARDED.replace("bonus_paid]", "bonus_paid, pay]"))
    assert names(as_engineer, has_metrics=True) == ["salaries"]
    assert names(as_analyst, has_metrics=True) == []
    assert names(as_analyst, has_metrics=False) == ["salaries"]


# ---------------------------------------------------------------- hostile words

HOSTILE = [
    "orders & refunds", "orders | refunds", "!orders", "orders:*", "orders:A", "(((", "<->",
    "'", "''", "\"", "\\", "\\'", "orders' OR '1'='1",
    "'); DROP TABLE models_registry_document; --",
    "%", "_", "%%s", "%(x)s", "{0}", "orders\torders\nrefunds", "\u202eorders", "o\u0301rders",
    "²", "ⅷ", "①②", "中文 訂單", "заказы", "🙂", "\ud7ff", "\uffff", "a" * 200, "a " * 100,
    "the of and", "__", "..", "orders;", "<script>alert(1)</script>", "NULL", "-1",
    "1e5", "1.2.3.4",
]  # fmt: skip


@pytest.mark.parametrize("query", HOSTILE)
@pytest.mark.usefixtures("world")
def test_hostile_words_are_words(as_viewer: ApiClient, query: str) -> None:
    for asked in ({"query": query}, {"tags": query}, {"model_contains": query}):
        response = as_viewer.get(SEARCH, asked)
        assert response.status_code == 200, response.content
    assert Document.objects.count() == 5


@pytest.mark.usefixtures("world")
def test_operators_mean_nothing(as_viewer: ApiClient) -> None:
    plain = names(as_viewer, query="orders refunds")
    for query in (
        "orders & refunds",
        "orders | refunds",
        "orders <-> refunds",
        "orders & !refunds",
    ):
        assert names(as_viewer, query=query) == plain
    assert names(as_viewer, query="!!!") == []


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(query=st.text(max_size=80))
@pytest.mark.usefixtures("world")
def test_any_text_is_answered_alike_twice(query: str) -> None:
    criteria = ModelCriteria("production", query.replace("\x00", ""))
    first = search_models(actor=SYSTEM, criteria=criteria).found
    assert search_models(actor=SYSTEM, criteria=criteria).found == first
    assert all(0 < hit.score <= 1 and math.isfinite(hit.score) for hit in first)


# ---------------------------------------------------------------- after writes


def test_a_new_version_is_found_and_the_old_one_is_not(as_viewer: ApiClient, world: None) -> None:
    write = {"description": "Everything about zeppelins.", "label": "Airships"}
    services.update_model(actor=SYSTEM, category="production", name="refunds", payload=write)

    assert names(as_viewer, query="zeppelin") == ["refunds"]
    assert names(as_viewer, query="airship") == ["refunds"]
    assert names(as_viewer, query="money given back") == []


def test_changed_synonyms_are_found(as_viewer: ApiClient, world: None) -> None:
    """Synonyms alone change no number, and no definition of a metric; search follows anyway."""
    for name, write in (
        ("warehouse_stock", {"meta": {"synonyms": ["dirigible"]}}),
        ("order_items", {"metrics": [{
            "name": "revenue", "type": "simple", "measure": "item_revenue", "label": "Revenue",
            "description": "What customers paid, before refunds.",
            "meta": {"synonyms": ["blimp"]},
        }]}),
    ):  # fmt: skip
        services.update_model(actor=SYSTEM, category="production", name=name, payload=write)

    assert names(as_viewer, query="dirigible") == ["warehouse_stock"]
    assert names(as_viewer, query="blimp") == ["order_items"]
    assert names(as_viewer, query="turnover") == []
    explorer = as_viewer.get("/api/metrics-explorer/search", {"query": "blimp"}).json()
    assert [metric["name"] for metric in explorer["metrics"]] == ["revenue"]


def test_deleted_models_are_not_found_and_come_back(as_viewer: ApiClient, world: None) -> None:
    services.delete_model(actor=SYSTEM, category="production", name="refunds")
    assert not SearchEntry.objects.filter(document__name="refunds").exists()
    assert names(as_viewer, query="refunds") == ["order_items"]
    assert "refunds" not in names(as_viewer)

    write_models(
        "semantic_model: {name: refunds, description: Born again., model: ref('r'),"
        " entities: [{name: refund, type: primary}]}"
    )
    assert names(as_viewer, query="refunds")[0] == "refunds"
    assert names(as_viewer, query="born") == ["refunds"]


def test_categories_are_searched_apart(as_viewer: ApiClient, world: None) -> None:
    write_models(MODELS.replace("turnover", "gross intake"), "staging")

    assert names(as_viewer, query="intake", category="staging") == ["order_items"]
    assert names(as_viewer, query="intake") == []
    assert names(as_viewer, query="turnover", category="staging") == []


def test_entries_follow_the_pointer_whoever_moves_it(as_viewer: ApiClient, world: None) -> None:
    document = Document.objects.get(name="refunds")
    first = document.published
    services.update_model(
        actor=SYSTEM, category="production", name="refunds", payload={"description": "Zeppelins."}
    )
    Document.objects.filter(pk=document.pk).update(published=first)

    entry = SearchEntry.objects.get(document=document)
    assert "money" in entry.vector
    assert "zeppelin" not in entry.vector
    Document.objects.filter(pk=document.pk).update(published=None)
    assert not SearchEntry.objects.filter(document=document).exists()


def test_only_models_have_entries(world: None) -> None:
    services.create_model(
        actor=SYSTEM,
        category="production",
        payload={"yaml": "saved_queries: [{name: s, query_params: {metrics: [revenue]}}]"},
    )
    assert SearchEntry.objects.count() == 5


def test_a_refused_write_changes_nothing(as_viewer: ApiClient, world: None) -> None:
    before = dict(SearchEntry.objects.values_list("document__name", "vector"))
    with pytest.raises(Exception, match="nowhere"):
        services.update_model(
            actor=SYSTEM,
            category="production",
            name="refunds",
            payload={
                "description": "Zeppelins.",
                "metrics": [{"name": "m", "type": "simple", "measure": "nowhere"}],
            },
        )
    assert dict(SearchEntry.objects.values_list("document__name", "vector")) == before
    assert names(as_viewer, query="zeppelins") == []


def test_megabytes_of_words_are_written_and_found(as_viewer: ApiClient) -> None:
    words = " ".join(f"wörd{number}x" for number in range(90_000))
    services.create_model(
        actor=SYSTEM,
        category="production",
        payload={
            "name": "bulky",
            "description": words,
            "model": "ref('b')",
            "tags": ["huge"],
            "entities": [{"name": "b", "type": "primary", "description": words}],
        },
    )
    assert names(as_viewer, query="bulky") == ["bulky"]
    assert names(as_viewer, query="huge") == ["bulky"]
    assert names(as_viewer, query="wörd17x") == ["bulky"]


# ---------------------------------------------------------------- cost


@pytest.mark.usefixtures("world")
def test_a_warm_search_costs_three_queries(as_viewer: ApiClient) -> None:
    as_viewer.get(SEARCH, {"query": "orders"})
    with CaptureQueriesContext(connection) as queries:
        as_viewer.get(SEARCH, {"query": "order", "tags": "core", "has_metrics": "true"})
    found = [q["sql"] for q in queries if "models_registry" in q["sql"]]
    assert len(found) == 3, found  # the category's stamp, the ranking, the page


def test_the_route_is_no_model(as_engineer: ApiClient) -> None:
    assert as_engineer.get(f"{SEARCH}/").status_code == 200
    assert as_engineer.get(f"{SEARCH}?query={quote('orders')}").json()["results"] == []
    assert as_engineer.post(SEARCH, {}).status_code == 405


def test_times_of_results_are_those_of_the_list(as_viewer: ApiClient, world: None) -> None:
    listed = {model["name"]: model for model in as_viewer.get("/api/models").json()["models"]}
    for found in results(as_viewer.get(SEARCH)):
        assert found["updated_at"] == listed[found["name"]]["updated_at"]
        assert found["metrics_count"] == listed[found["name"]]["metric_count"]
        assert datetime.fromisoformat(found["created_at"]) > datetime.now(UTC) - timedelta(hours=1)
