"""Conversations: listed, read and deleted by their owner alone, and forgotten in time."""

from __future__ import annotations

import uuid
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import override_settings
from django.utils import timezone

from genie import conversations
from genie.models import Conversation, Turn
from genie.services import answering
from genie.tasks import forget_conversations
from semantic_layer.accounts.models import User
from tests.accounts_fixtures import Api, ApiClient
from tests.models_registry.threads import at_once

ASK, URL = "/api/genie/query", "/api/genie/conversations"


def asked(client: ApiClient, *questions: str) -> str:
    """A conversation of these questions; its id."""
    found = None
    for question in questions:
        response = client.post(ASK, {"query": question, "conversation_id": found})
        assert response.status_code == 200, response.json()
        found = response.json()["conversation_id"]
    return str(found)


def aged(days: float, owner: User, question: str = "revenue") -> Conversation:
    """A conversation whose only question was asked `days` days ago."""
    then = timezone.now() - timedelta(days=days)
    made = Conversation.objects.create(
        owner=owner, category="production", created_at=then, updated_at=then
    )
    Turn.objects.create(
        conversation=made, question=question, outcome="refused", source="semantic_layer",
        explanation="", confidence=0.0, asked_at=then,
    )  # fmt: skip
    return made


def test_listed_newest_first_and_read(client: ApiClient) -> None:
    first = asked(client, "churn rate in 2024", "and by segment?")
    second = asked(client, "show me the flamingos")
    body = client.get(URL).json()
    listed = [(item["id"], item["title"], item["question_count"]) for item in body["conversations"]]
    assert listed == [
        (second, "show me the flamingos", 1),
        (first, "churn rate in 2024", 2),
    ]
    assert body["pagination"]["total"] == 2
    told = client.get(f"{URL}/{first}").json()
    assert [item["question"] for item in told["questions"]] == [
        "churn rate in 2024", "and by segment?",
    ]  # fmt: skip
    assert told["questions"][1]["outcome"] == "answered"
    assert told["questions"][1]["metric_query"]["group_by"] == ["customer__segment"]
    assert "frame" not in told["questions"][1]
    page = client.get(f"{URL}/{first}?page=2&page_size=1").json()
    assert [item["question"] for item in page["questions"]] == ["and by segment?"]
    assert client.get(f"{URL}?page_size=0").status_code == 400


def test_going_on_puts_a_conversation_first(client: ApiClient) -> None:
    first, second = asked(client, "revenue in 2024"), asked(client, "churn rate in 2024")
    client.post(ASK, {"query": "by country", "conversation_id": first})
    assert [item["id"] for item in client.get(URL).json()["conversations"]] == [first, second]


@pytest.mark.django_db
def test_nobody_elses_is_there_for_anybody(
    api: Api, analyst: User, engineer: User, admin_user: User
) -> None:
    mine = aged(0, analyst)
    unknown = str(uuid.uuid4())
    for other in (engineer, admin_user):
        client = api(other)
        assert client.get(URL).json()["conversations"] == []
        for method in (client.get, client.delete):
            theirs, nobodys = method(f"{URL}/{mine.pk}"), method(f"{URL}/{unknown}")
            assert (theirs.status_code, nobodys.status_code) == (404, 404)
            assert theirs.json()["detail"] == nobodys.json()["detail"]
    assert api(analyst).get(f"{URL}/{mine.pk}").status_code == 200


@pytest.mark.django_db
def test_deleted_with_its_questions_and_not_twice(api: Api, analyst: User) -> None:
    gone, stays = aged(0, analyst), aged(0, analyst)
    client = api(analyst)
    assert client.delete(f"{URL}/{gone.pk}").json()["id"] == str(gone.pk)
    assert client.delete(f"{URL}/{gone.pk}").status_code == 404
    assert [turn.conversation_id for turn in Turn.objects.all()] == [stays.pk]
    question = {"query": "revenue", "conversation_id": str(gone.pk)}
    assert client.post(ASK, question).status_code == 404


def test_deleted_while_a_question_is_answered(
    client: ApiClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    conversation = asked(client, "revenue in 2024")
    plan = answering.plan

    def deleting(*args: Any) -> Any:
        assert client.delete(f"{URL}/{conversation}").status_code == 200
        return plan(*args)

    monkeypatch.setattr(answering, "plan", deleting)
    response = client.post(ASK, {"query": "by country", "conversation_id": conversation})
    assert response.json()["outcome"] == "answered"
    assert not Conversation.objects.exists()
    assert not Turn.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_deleting_at_once_leaves_nothing_and_fails_nobody(api: Api, analyst: User) -> None:
    conversation = aged(0, analyst)

    def delete() -> int:
        return int(api(analyst).delete(f"{URL}/{conversation.pk}").status_code)

    found = at_once(delete, delete, delete)
    assert set(found) <= {200, 404}
    assert 200 in found
    assert not Turn.objects.exists()


@pytest.mark.django_db
def test_forgotten_after_the_days_of_the_setting(analyst: User, engineer: User) -> None:
    aged(91, analyst)
    aged(400, engineer)
    kept = aged(89, engineer)
    assert forget_conversations() == 2
    assert [one.pk for one in Conversation.objects.all()] == [kept.pk]
    assert Turn.objects.count() == 1
    with override_settings(GENIE_CONVERSATIONS_KEPT_DAYS=0):
        kept.updated_at = timezone.now() - timedelta(days=9_000)
        kept.save()
        assert forget_conversations() == 0
    assert Conversation.objects.count() == 1


@pytest.mark.django_db
def test_forgotten_in_batches(analyst: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conversations, "BATCH", 2)
    for _ in range(5):
        aged(100, analyst)
    assert forget_conversations() == 5


@pytest.mark.django_db
def test_the_command_says_what_it_does(analyst: User) -> None:
    aged(10, analyst)
    aged(100, analyst)

    def said(*options: str) -> str:
        out = StringIO()
        call_command("forget_conversations", *options, stdout=out)
        return out.getvalue().strip()

    assert said("--dry-run") == "1 conversations without a question for 90 days would be deleted."
    assert Conversation.objects.count() == 2
    assert said() == "1 conversations without a question for 90 days deleted."
    assert said("--days", "5") == "1 conversations without a question for 5 days deleted."
    with pytest.raises(CommandError, match="at least 1"):
        said("--days", "0")
    with override_settings(GENIE_CONVERSATIONS_KEPT_DAYS=0):
        assert "are kept" in said()


@pytest.mark.django_db
def test_the_list_costs_three_statements_however_long_it_is(
    api: Api, analyst: User, django_assert_num_queries: Any
) -> None:
    for _ in range(5):
        aged(0, analyst)
    client = api(analyst)
    client.get(URL)
    with django_assert_num_queries(3):  # the session, the count, the page
        assert len(client.get(URL).json()["conversations"]) == 5
