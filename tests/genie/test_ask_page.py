"""The page to ask in the admin site."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from genie.planning.asking import Outcome
from genie.starters import STARTERS
from semantic_layer.accounts import services as accounts
from semantic_layer.accounts.models import User
from tests.accounts_fixtures import Api

URL = "/admin/ask/"


def signed_in(role: str) -> Client:
    client = Client()
    token = accounts.create_local_token(email=f"{role}@example.com", roles=[role])
    assert client.post("/admin/login/", {"token": token.secret}).status_code == 302
    return client


@pytest.fixture
def page(models: None) -> Client:
    return signed_in("analyst")


def post(page: Client, **form: str) -> Any:
    return page.post(URL, {"category": "production", **form})


def test_a_question_and_its_answer(page: Client) -> None:
    assert 'name="query"' in page.get(URL).content.decode()
    html = post(page, query="revenue by country").content.decode()
    assert "Revenue by Country over all time" in html
    assert "<td>Germany</td>" in html
    assert "GROUP BY" in html


def test_the_page_begins_with_questions_that_work(page: Client) -> None:
    beginnings = page.get(URL).context["beginnings"]
    assert [one["category"] for one in beginnings] == ["production"]
    questions = beginnings[0]["questions"]
    assert len(questions) == STARTERS
    for question in questions:
        reply = post(page, query=question).context["reply"]
        assert reply.outcome in (Outcome.ANSWERED, Outcome.EXPLAINED), question
    assert len({question.split()[0] for question in questions}) > 2


def test_who_sees_nothing_is_offered_nothing(db: None) -> None:
    page = signed_in("analyst").get(URL)
    assert page.context["beginnings"] == []
    assert "no metrics to ask about yet" in page.content.decode()


BONUSES = """\
semantic_model:
  name: bonuses
  model: shop.gold.invoices
  config: {meta: {access: [{roles: [admin]}]}}
  defaults: {agg_time_dimension: invoiced_at}
  entities: [{name: bonus, type: primary, expr: invoice_id}]
  dimensions: [{name: invoiced_at, type: time, type_params: {time_granularity: day}}]
  measures: [{name: bonus_sum, agg: sum, expr: amount}]
metrics:
  - name: bonus_paid
    label: Bonus paid
    type: simple
    type_params: {measure: bonus_sum}
    config: {meta: {certified: true}}
"""


def test_beginnings_are_made_of_what_the_caller_sees(
    models: None, api: Api, engineer: User
) -> None:
    written = api(engineer).post("/api/models", {"yaml": BONUSES})
    assert written.status_code == 201, written.json()
    for role, is_seen in (("analyst", False), ("admin", True)):
        questions = str(signed_in(role).get(URL).context["beginnings"])
        assert ("bonus paid" in questions) is is_seen, role


def test_options_are_buttons_and_asking_on_builds_on(page: Client) -> None:
    answer = post(page, query="minutes by genre")
    assert 'name="query" value="Minutes watched by Genre"' in answer.content.decode()
    first = post(page, query="churn rate in 2024").context["reply"]
    following = post(page, query="by segment?", conversation_id=str(first.conversation_id))
    assert following.context["reply"].metric_query["metrics"] == ["churn_rate"]


def test_hostile_text_stays_text(page: Client) -> None:
    html = post(page, query="revenue of <script>alert(1)</script>").content.decode()
    assert "<script>alert(1)" not in html
    assert "&lt;script&gt;" in html


def test_what_cannot_be_read_is_told(page: Client) -> None:
    assert post(page, query="").status_code == 400
    wrong = post(page, query="revenue", conversation_id="00000000-0000-4000-8000-000000000000")
    assert wrong.status_code == 404
    assert "no such conversation" in wrong.content.decode()


def test_a_viewer_may_not(models: None) -> None:
    client = signed_in("viewer")
    assert client.get(URL).status_code == 403
    assert "/admin/ask/" not in client.get("/admin/").content.decode()
