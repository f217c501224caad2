"""What a person may not see is not there: in names, values, options and explanations alike."""

from __future__ import annotations

from typing import Any

import pytest

from genie.requests import QuestionRequest
from genie.services import answer_question
from semantic_layer.accounts.actor import actor_of
from semantic_layer.accounts.models import User
from tests.accounts_fixtures import Api
from tests.genie.conftest import MODELS, NOW

RULES = """
    config:
      meta:
        synonyms: [clients, accounts]
        access:
          - roles: [engineer, admin]
          - roles: [analyst]
            members: {excludes: [segment]}
            rows: [{field: customer__country, op: "=", value: Spain}]
"""


@pytest.fixture
def ruled(api: Api, admin_user: User, business: Any) -> None:
    marker = "    config: {meta: {synonyms: [clients, accounts]}}\n"
    assert marker in MODELS
    response = api(admin_user).post("/api/models", {"yaml": MODELS.replace(marker, RULES[1:])})
    assert response.status_code == 201, response.json()


def asked(user: User, question: str) -> Any:
    return answer_question(actor=actor_of(user), request=QuestionRequest(question), now=NOW)


def test_rows_and_values_are_the_callers(ruled: None, analyst: User, engineer: User) -> None:
    everything = asked(engineer, "customers by country")
    mine = asked(analyst, "customers by country")
    assert len(everything.result["rows"]) == 6
    assert [row["customer__country"] for row in mine.result["rows"]] == ["Spain"]
    # The engineer's values are in the process already; they are no values of the analyst's.
    assert asked(engineer, "customers in Germany").outcome == "answered"
    hidden = asked(analyst, "customers in Germany")
    assert hidden.not_understood == ("Germany",)
    assert asked(analyst, "customers in Spain").outcome == "answered"


def test_a_hidden_member_is_no_word_at_all(ruled: None, analyst: User, engineer: User) -> None:
    assert asked(engineer, "customers by segment").outcome == "answered"
    hidden = asked(analyst, "customers by segment")
    unknown = asked(analyst, "customers by flamingo")
    assert hidden.outcome == unknown.outcome == "asked_back"
    assert hidden.explanation.replace("segment", "flamingo") == unknown.explanation
    said = str(asked(analyst, "customers by something").body())
    assert "segment" not in said.lower()
    assert asked(engineer, "enterprise customers").outcome == "answered"
    assert asked(analyst, "enterprise customers").not_understood == ("enterprise",)
