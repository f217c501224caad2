"""No word of a question is passed over: what is added, denied or replaced changes the outcome."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from genie.planning.asking import Outcome
from genie.replies import Reply
from genie.requests import QuestionRequest
from genie.services import answer_question
from semantic_layer.accounts.actor import actor_of
from semantic_layer.accounts.models import User
from tests.genie.conftest import Ask

UNDERSTOOD = (
    "revenue by country",
    "churn rate by plan in 2024",
    "top 3 countries by revenue",
    "net revenue from enterprise customers",
    "refunds in Germany and France",
    "minutes watched by genre excluding kids",
    "revenue in Q4 2024 vs Q3 2024",
    "countries with revenue above 10000",
    "active viewers by month since March 2024",
    "which plan has the highest churn rate",
)
CONTENT = ("purple", "weighted", "overnight", "refurbished", "seasonally", "undiscounted")
DENIALS = ("not", "except", "without", "excluding")
CLAUSES = (
    "as percent of total",
    "above average",
    "excluding the top 5",
    "without outliers",
    "per capita",
    "before noon",
    "adjusted for inflation",
    "other than that",
    "more than usual",
    "in thousands",
)


@pytest.fixture
def plan_only(analyst: User, models: None) -> Callable[[str], Reply]:
    """What is understood, with no rows."""

    def asked(question: str) -> Reply:
        return answer_question(
            actor=actor_of(analyst),
            request=QuestionRequest(question, execute=False),
            now=datetime(2025, 1, 15, 9, tzinfo=UTC),
        )

    return asked


def answered(reply: Reply) -> bool:
    return reply.outcome is Outcome.ANSWERED


def test_a_word_that_nothing_explains_keeps_the_answer_back(
    plan_only: Callable[[str], Reply],
) -> None:
    passed = []
    for number, question in enumerate(UNDERSTOOD):
        assert answered(plan_only(question)), question
        words = question.split()
        for place in (0, len(words) // 2, len(words)):
            word = CONTENT[(number + place) % len(CONTENT)]
            longer = " ".join([*words[:place], word, *words[place:]])
            reply = plan_only(longer)
            if answered(reply):
                passed.append(longer)
            else:
                assert word in reply.explanation or reply.options or reply.not_understood
    assert not passed


def test_a_clause_that_nothing_explains_keeps_the_answer_back(
    plan_only: Callable[[str], Reply],
) -> None:
    asked = [
        f"{question} {CLAUSES[(number + step) % len(CLAUSES)]}"
        for number, question in enumerate(UNDERSTOOD)
        for step in (0, 3, 7)
    ]
    assert not [question for question in asked if answered(plan_only(question))]


def test_a_denial_never_leaves_the_query_as_it_was(plan_only: Callable[[str], Reply]) -> None:
    same = []
    for number, question in enumerate(UNDERSTOOD):
        before = plan_only(question).metric_query
        words = question.split()
        for place in range(1, len(words)):
            if words[place - 1] in DENIALS or words[place] in DENIALS:
                continue  # denied twice
            denial = DENIALS[(number + place) % len(DENIALS)]
            denied = " ".join([*words[:place], denial, *words[place:]])
            reply = plan_only(denied)
            if answered(reply) and reply.metric_query == before:
                same.append(denied)
    assert not same


def test_a_value_that_is_none_is_never_dropped(ask: Ask) -> None:
    for question in (
        "refunds in Zorblaxia",
        "net revenue from Zorblax customers",
        "minutes watched by genre excluding Zorblax",
        "revenue for Zorblax Ltd in 2024",
    ):
        reply = ask(question)
        assert reply.outcome is not Outcome.ANSWERED, question
        assert any("Zorblax" in word for word in reply.not_understood), question


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("top 2 plans per country by revenue", "not within each group"),
        ("how many countries have more than 1000 revenue", "not count them"),
        ("how many different countries had refunds", "countries"),
        ("revenue in Germany or with priority urgent", ""),
        ("unplanned revenue", "unplanned"),
        ("change in revenue from June to July 2024", "change"),
        ("average daily revenue", "average"),
    ],
)
def test_what_a_query_cannot_say_is_not_answered(ask: Ask, question: str, told: str) -> None:
    reply = ask(question)
    assert reply.outcome is not Outcome.ANSWERED
    assert told in reply.explanation
