"""GET /api/models/search: what is found, and in which order."""

from __future__ import annotations

import pytest

from models_registry.audit import SYSTEM
from models_registry.model_search import ModelCriteria, search_models
from models_registry.models import SearchEntry
from tests.accounts_fixtures import ApiClient
from tests.models_registry.search_world import SEARCH, names, results, write_models

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(db: None) -> None:
    write_models()


@pytest.mark.parametrize(
    ("query", "first"),
    [
        # names: exact, cased, with other separators, a part, a beginning
        ("orders", "orders"),
        ("ORDERS", "orders"),
        ("order_items", "order_items"),
        ("order items", "order_items"),
        ("Order-Items", "order_items"),
        ("orderitems", "order_items"),
        ("items", "order_items"),
        ("wareh", "warehouse_stock"),
        ("house", "warehouse_stock"),
        # labels and synonyms of the model
        ("order lines", "order_items"),
        ("stock", "warehouse_stock"),
        ("purchases", "orders"),
        ("sales orders", "orders"),
        ("inventory", "warehouse_stock"),
        # metrics: name, label, synonym, description
        ("revenue", "order_items"),
        ("turnover", "order_items"),
        ("cancellation_rate", "orders"),
        ("share of cancellations", "orders"),
        ("churned", "orders"),
        ("customers paid", "order_items"),
        ("visits", "web_sessions"),
        # dimensions, measures and entities
        ("pallet kind", "warehouse_stock"),
        ("distribution path", "orders"),
        ("telephone", "orders"),
        ("item_revenue", "order_items"),
        ("shelf", "warehouse_stock"),
        # descriptions, tags, base tables
        ("money given back", "refunds"),
        ("evening", "warehouse_stock"),
        ("audited", "refunds"),
        ("fct_order_items", "order_items"),
        ("lake.finance", "refunds"),
        ("stock_levels", "warehouse_stock"),
        # typing mistakes: swapped, missing, added, wrong letters
        ("ordres", "orders"),
        ("refnds", "refunds"),
        ("warehuose", "warehouse_stock"),
        ("inventroy", "warehouse_stock"),
        ("turnovver", "order_items"),
        ("seasions", "web_sessions"),
        ("cancelation rate", "orders"),
        ("ordr itms", "order_items"),
        # stems, which only full text knows
        ("shelving", "warehouse_stock"),
        # other alphabets
        ("größe", "web_sessions"),
        ("GRÖSSE", "web_sessions"),
        ("cafe", "web_sessions"),
        ("rückgabe", "refunds"),
    ],
)
@pytest.mark.usefixtures("world")
def test_the_best_comes_first(as_viewer: ApiClient, query: str, first: str) -> None:
    found = results(as_viewer.get(SEARCH, {"query": query}))

    assert [model["name"] for model in found][:1] == [first]
    scores = [model["relevance_score"] for model in found]
    assert scores == sorted(scores, reverse=True)
    assert all(0 < score <= 1 for score in scores)


@pytest.mark.parametrize(
    ("query", "better", "worse"),
    [
        ("order", "order_items", "refunds"),  # name before description
        ("orders", "orders", "order_items"),  # name before a like name
        ("stock", "warehouse_stock", "orders"),
        ("revenue", "order_items", "orders"),
        ("refunds", "refunds", "order_items"),  # name before a metric's description
        ("finance", "refunds", "order_items"),
    ],
)
@pytest.mark.usefixtures("world")
def test_where_a_word_stands_decides(
    as_viewer: ApiClient, query: str, better: str, worse: str
) -> None:
    found = names(as_viewer, query=query)
    assert better in found
    assert worse not in found or found.index(better) < found.index(worse)


@pytest.mark.usefixtures("world")
def test_exact_names_score_one_and_nothing_else_does(as_viewer: ApiClient) -> None:
    for name in ("orders", "order_items", "refunds", "warehouse_stock", "web_sessions"):
        found = results(as_viewer.get(SEARCH, {"query": name.upper()}))
        assert (found[0]["name"], found[0]["relevance_score"]) == (name, 1.0)
        assert all(model["relevance_score"] < 1 for model in found[1:])


@pytest.mark.usefixtures("world")
def test_places_are_worth_what_they_say() -> None:
    """Name > label and synonyms > members > descriptions > tags and base table."""
    model = """
semantic_models:
  - {{name: {0}_a, model: ref('t'), entities: [{{name: e{0}, type: primary}}]}}
  - name: b
    label: x {0}
    model: ref('t')
    entities: [{{name: eb, type: primary}}]
  - name: c
    model: ref('t')
    entities: [{{name: ec, type: primary}}]
    dimensions: [{{name: {0}_code, type: categorical}}]
  - name: d
    description: With {0} in it.
    model: ref('t')
    entities: [{{name: ed, type: primary}}]
  - name: e
    model: lake.x.{0}_rows
    entities: [{{name: ee, type: primary}}]
  - name: f
    model: ref('t')
    config: {{tags: [{0}]}}
    entities: [{{name: ef, type: primary}}]
"""
    write_models(model.format("zeppelin"), "staging")

    result = search_models(actor=SYSTEM, criteria=ModelCriteria("staging", "zeppelin"))
    found = [document.name for document, _ in result.load(result.found)]
    assert found[:4] == ["zeppelin_a", "b", "c", "d"]
    assert sorted(found[4:]) == ["e", "f"]


@pytest.mark.usefixtures("world")
def test_full_text_alone_knows_every_searched_place() -> None:
    """The trigger's entry has the words of all texts, each under its weight."""
    row = SearchEntry.objects.get(document__name="orders")
    lexemes = dict(part.rsplit(":", 1) for part in row.vector.split())
    assert "A" in lexemes["'order'"]
    assert "B" in lexemes["'purchas'"]
    for word in ("'cancel'", "'churn'", "'channel'", "'distribut'", "'rate'", "'count'"):
        assert "C" in lexemes[word], word
    # One weight per word and place; D is not written.
    for word in ("'shop'", "'telephon'", "'lake'", "'fct'", "'financ'", "'core'"):
        assert word in lexemes, word


@pytest.mark.usefixtures("world")
def test_fields_of_a_result(as_viewer: ApiClient) -> None:
    body = as_viewer.get(SEARCH, {"query": "orders"}).json()

    assert body["query"] == "orders"
    assert body["total_results"] == body["pagination"]["total"] == len(body["results"])
    assert 0 < body["search_time_ms"] < 60_000
    assert {
        "id": "orders", "name": "orders", "label": "Orders", "category": "production",
        "description": "One row per order placed in the shop.", "metrics_count": 3,
        "dimensions_count": 2, "tags": ["Finance", "core"], "relevance_score": 1.0,
        "model": "lake.sales.fct_orders", "status": "published",
    }.items() <= body["results"][0].items()  # fmt: skip
    assert body["results"][0]["created_at"].endswith("Z")
    assert body["results"][0]["updated_at"].endswith("Z")
