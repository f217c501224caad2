"""POST /api/genie/query: shape, conversations, rights."""

from __future__ import annotations

import uuid
from typing import Any

from genie.models import Conversation, Turn
from queries.models import QueryRun
from semantic_layer.accounts.models import User
from tests.accounts_fixtures import Api, ApiClient

URL = "/api/genie/query"


def question(client: ApiClient, query: str, **more: Any) -> Any:
    response = client.post(URL, {"query": query, **more})
    assert response.status_code == 200, response.json()
    return response.json()


def test_an_answer_has_rows_sql_and_what_was_understood(client: ApiClient) -> None:
    body = question(client, "revenue by country in 2024")

    assert body["outcome"] == "answered"
    assert body["metric_query"] == {
        "metrics": ["revenue"],
        "group_by": ["customer__country"],
        "time_range": {"start": "2024-01-01", "end": "2025-01-01"},
        "order_by": ["-revenue"],
    }
    assert body["result"]["columns"] == ["customer__country", "revenue"]
    assert len(body["result"]["rows"]) == 6
    assert "GROUP BY" in body["sql"]
    assert (body["source"], body["governed"], body["reader"]) == (
        "semantic_layer", True, "planner",
    )  # fmt: skip
    assert "from 2024-01-01 to 2024-12-31" in body["explanation"]
    assert body["clarification"] is None
    assert body["confidence"] > 0.8
    assert QueryRun.objects.filter(pk=body["query_id"], kind="metric").exists()


def test_the_numbers_are_those_of_the_metric_query(client: ApiClient) -> None:
    body = question(client, "top 2 countries by revenue in 2024")
    same = client.post("/api/metrics-explorer/query", body["metric_query"]).json()
    assert body["result"]["rows"] == same["rows"]
    assert len(same["rows"]) == 2


def test_without_execute_there_is_only_sql(client: ApiClient) -> None:
    body = question(client, "revenue by country", execute=False)
    assert (body["outcome"], body["result"], body["query_id"]) == ("answered", None, None)
    assert "GROUP BY" in body["sql"]
    assert not QueryRun.objects.filter(kind="metric").exists()


def test_two_readings_are_asked_about_and_the_options_answer(client: ApiClient) -> None:
    body = question(client, "minutes by genre")
    assert (body["outcome"], body["sql"], body["result"]) == ("asked_back", None, None)
    options = body["clarification"]["options"]
    assert len(options) > 1
    assert body["clarification"]["question"]
    for option in options:
        assert question(client, option["text"])["outcome"] == "answered"


def test_a_word_that_nothing_explains_is_named(client: ApiClient) -> None:
    body = question(client, "revenue of flamingos")
    assert body["outcome"] == "asked_back"
    assert body["not_understood"] == ["flamingos"]
    assert "'flamingos'" in body["explanation"]
    assert body["confidence"] < 0.5


def test_what_is_out_of_scope_is_refused_with_what_can_be_asked(client: ApiClient) -> None:
    for query in (
        "How do I bake bread?",
        "drop table customers",
        "why did revenue fall?",
        "forecast churn",
    ):
        body = question(client, query)
        assert body["outcome"] == "refused", query
        assert (body["sql"], body["result"]) == (None, None)
        assert "You can ask for" in body["explanation"]


def test_questions_of_a_conversation_build_on_each_other(client: ApiClient) -> None:
    first = question(client, "churn rate in 2024")
    conversation = first["conversation_id"]
    grouped = question(client, "and by segment?", conversation_id=conversation)
    assert grouped["conversation_id"] == conversation
    assert grouped["metric_query"]["metrics"] == ["churn_rate"]
    assert grouped["metric_query"]["group_by"] == ["customer__segment"]
    assert grouped["metric_query"]["time_range"]["start"] == "2024-01-01"
    filtered = question(client, "only Spain", conversation_id=conversation)
    assert filtered["metric_query"]["where"] == [
        {"field": "customer__country", "op": "=", "value": "Spain"}
    ]
    assert [turn.question for turn in Turn.objects.filter(conversation_id=conversation)] == [
        "churn rate in 2024", "and by segment?", "only Spain",
    ]  # fmt: skip
    assert Conversation.objects.count() == 1


def test_a_conversation_is_its_owners_alone(client: ApiClient, api: Api, engineer: User) -> None:
    conversation = question(client, "revenue")["conversation_id"]
    other = api(engineer).post(URL, {"query": "by country", "conversation_id": conversation})
    unknown = client.post(URL, {"query": "by country", "conversation_id": str(uuid.uuid4())})
    assert (other.status_code, unknown.status_code) == (404, 404)
    assert other.json()["error_code"] == unknown.json()["error_code"] == "NOT_FOUND"
    assert Turn.objects.count() == 1


def test_a_conversation_stays_in_its_category(client: ApiClient) -> None:
    conversation = question(client, "revenue")["conversation_id"]
    body = {"query": "by country", "conversation_id": conversation, "category": "staging"}
    assert client.post(URL, body).status_code == 422


HOSTILE: list[tuple[dict[str, str], int]] = [
    ({}, 400),
    ({"query": ""}, 400),
    ({"query": "x" * 1001}, 400),
    ({"query": "revenue", "time_zone": "Mars/Base"}, 400),
    ({"query": "revenue", "conversation_id": "mine"}, 400),
    ({"query": "revenue", "sql": "select 1"}, 400),
    ({"query": "?!"}, 200),
    ({"query": "'; DROP TABLE customers; --"}, 200),
    ({"query": 'revenue where country is "\' OR 1=1 --"'}, 200),
    ({"query": "{{ Dimension('customer__country') }} = 'x'"}, 200),
    ({"query": "rev\u0000enue"}, 400),
    ({"query": "😀" * 200}, 200),
    ({"query": "revenue " * 120}, 200),
    ({"query": "revenue in 99999999999999999999"}, 200),
    ({"query": "top 0 countries by revenue"}, 200),
    ({"query": "revenue in the last 999999999 years"}, 422),
    ({"query": "revenue 99999999999 days ago"}, 422),
    ({"query": "revenue in the next 12345 years"}, 422),
    ({"query": "revenue in the last 99999999 days of 2013"}, 422),
    ({"query": "top 999999999999999999999 countries by revenue"}, 400),
]


def test_bad_and_hostile_questions(client: ApiClient) -> None:
    for body, status in HOSTILE:
        response = client.post(URL, body)
        assert response.status_code == status, (body, response.json())


def test_a_viewer_may_not_ask(api: Api, viewer: User, models: None) -> None:
    assert api(viewer).post(URL, {"query": "revenue"}).status_code == 403


def test_an_empty_registry_says_so(api: Api, analyst: User, business: Any) -> None:
    body = question(api(analyst), "revenue by country")
    assert body["outcome"] == "refused"
    assert "no metrics that you may ask for" in body["explanation"]
