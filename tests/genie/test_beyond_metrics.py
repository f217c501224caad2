"""Where no metric answers: a language model, then Genie. Strict twins at the ports."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import pytest

from genie.models import Conversation
from genie.replies import Reply
from semantic_layer import wiring
from semantic_layer.errors import NotFound, Unavailable
from semantic_layer.ports import Completion, Credential, GenieAnswer
from tests.fakes import Untold
from tests.genie.conftest import Ask

BEYOND = "money made from flamingos per nation"


@dataclass
class ScriptedModel:
    """A LanguageModel that says its lines in order and nothing else."""

    lines: list[Any]
    name: str = "scripted"
    heard: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)

    def complete(
        self, instructions: str, material: str, *, schema: Mapping[str, Any], timeout_s: float
    ) -> Completion:
        self.heard.append((instructions, json.loads(material)))
        assert schema["required"]
        if not self.lines:
            raise Untold("The model was asked once more than the test told.")
        line = self.lines.pop(0)
        if isinstance(line, Exception):
            raise line
        return Completion(line, self.name)


@dataclass
class ScriptedGenie:
    """A Genie that answers as told, and notes who asked in which conversation."""

    lines: list[Any]
    heard: list[tuple[str, str | None]] = field(default_factory=list)

    def ask(self, question: str, *, conversation_id: str | None, timeout_s: float) -> GenieAnswer:
        self.heard.append((question, conversation_id))
        if not self.lines:
            raise Untold("Genie was asked once more than the test told.")
        line = self.lines.pop(0)
        if isinstance(line, Exception):
            raise line
        answer: GenieAnswer = line
        return answer


@pytest.fixture
def with_model(monkeypatch: pytest.MonkeyPatch) -> Any:
    def configure(*lines: Any) -> ScriptedModel:
        model = ScriptedModel(list(lines))
        monkeypatch.setattr(wiring, "language_model", cache(lambda: model))
        return model

    return configure


@pytest.fixture
def with_genie(monkeypatch: pytest.MonkeyPatch) -> Any:
    def configure(*lines: Any) -> ScriptedGenie:
        genie = ScriptedGenie(list(lines))

        def of(credential: Credential) -> ScriptedGenie:
            assert credential.principal == "analyst@example.com"
            return genie

        monkeypatch.setattr(wiring, "genie", of)
        return genie

    return configure


def proposal(**parts: Any) -> dict[str, Any]:
    return {
        "answerable": True,
        "metrics": ["revenue"],
        "group_by": ["customer__country"],
        "where": [],
        "order_by": [],
        "explanation": "Revenue by country.",
        **parts,
    }


# ---------------------------------------------------------------- language model


def test_a_proposal_is_a_metric_query_and_says_whose_it_is(ask: Ask, with_model: Any) -> None:
    model = with_model(proposal())
    reply = ask(BEYOND)
    assert (reply.outcome, reply.reader, reply.source) == (
        "answered", "language_model", "semantic_layer",
    )  # fmt: skip
    assert reply.metric_query == {"metrics": ["revenue"], "group_by": ["customer__country"]}
    assert reply.result is not None
    assert len(reply.result["rows"]) == 6
    assert "scripted read this question" in reply.explanation
    assert reply.confidence <= 0.6
    instructions, material = model.heard[0]
    assert "never write SQL" in instructions
    assert material["question"] == BEYOND
    assert {"name": "revenue", "label": "Revenue", "description": "Amount invoiced, in euros."} in (
        material["metrics"]
    )
    assert "Germany" not in json.dumps(material), "values of rows are told to nobody"


def test_what_the_planner_answers_is_asked_of_nobody_else(
    ask: Ask, with_model: Any, with_genie: Any
) -> None:
    with_model()
    with_genie()
    assert ask("revenue by country").reader == "planner"
    assert ask("minutes by genre").outcome == "asked_back"
    assert ask("drop table customers").outcome == "refused"


def test_a_refused_proposal_goes_back_with_the_error(ask: Ask, with_model: Any) -> None:
    model = with_model(proposal(metrics=["money"]), proposal())
    assert ask(BEYOND).outcome == "answered"
    again = model.heard[1][0]
    assert "There is no metric 'money'" in again
    assert '"money"' in again


def test_three_tries_and_no_more(ask: Ask, with_model: Any) -> None:
    model = with_model(*[proposal(group_by=["customer__nothing"]) for _ in range(3)])
    reply = ask(BEYOND)
    assert (reply.outcome, reply.sql) != ("answered", None)
    assert reply.outcome == "asked_back"
    assert len(model.heard) == 3


def test_without_a_usable_proposal_the_planner_speaks(ask: Ask, with_model: Any) -> None:
    no_metrics = proposal(metrics=[]) | {"answerable": False}
    for line in ({"answerable": False}, no_metrics, "SELECT 1", None, Unavailable("Away.")):
        with_model(line)
        reply = ask(BEYOND)
        assert reply.outcome == "asked_back", line
        assert "flamingos" in reply.not_understood


# ---------------------------------------------------------------- Genie


def sql_answer(sql: str, text: str = "Counted.") -> GenieAnswer:
    return GenieAnswer("their-1", "message-1", sql, text)


def test_genies_sql_runs_as_the_user_and_is_marked(ask: Ask, with_genie: Any) -> None:
    genie = with_genie(sql_answer("SELECT count(*) AS n FROM shop.gold.tickets"))
    reply = ask(BEYOND)
    assert (reply.outcome, reply.source, reply.reader) == ("answered", "genie", "genie")
    assert reply.body()["governed"] is False
    assert reply.result is not None
    assert reply.result["rows"] == [{"n": 500}]
    assert "which nobody has checked" in reply.explanation
    assert reply.metric_query is None
    assert genie.heard == [(BEYOND, None)]


def test_it_says_which_metric_the_sql_repeats(ask: Ask, with_genie: Any) -> None:
    with_genie(
        sql_answer("SELECT topic, COUNT(t.ticket_id) FROM shop.gold.tickets t GROUP BY topic")
    )
    assert "repeats the definition of Support tickets" in ask(BEYOND).explanation


def test_the_guard_stands_before_genies_sql(ask: Ask, with_genie: Any) -> None:
    for sql in (
        "DROP TABLE shop.gold.tickets",
        "SELECT 1; SELECT 2",
        "SELECT read_text('/etc/passwd')",
        "SELECT nothing FROM shop.gold.nowhere",
    ):
        with_genie(sql_answer(sql))
        reply = ask(BEYOND)
        assert (reply.outcome, reply.result) == ("refused", None), sql
        assert "may not run" in reply.explanation


def test_genies_sql_is_not_run_unasked(ask: Ask, with_genie: Any) -> None:
    with_genie(sql_answer("SELECT 1 AS n"))
    reply = ask(BEYOND, execute=False)
    assert (reply.source, reply.sql, reply.result) == ("genie", "SELECT 1 AS n", None)


def test_a_setting_switches_ungoverned_answers_off(
    ask: Ask, with_genie: Any, settings: Any
) -> None:
    with_genie()
    settings.GENIE_ALLOW_UNGOVERNED = False
    assert ask(BEYOND).source == "semantic_layer"


def test_genie_is_asked_in_its_own_conversation(ask: Ask, with_genie: Any) -> None:
    answer = sql_answer("SELECT 1 AS n")
    genie = with_genie(answer, answer, NotFound("gone"), answer)
    first: Reply = ask(BEYOND)
    ask(f"{BEYOND} again", conversation_id=first.conversation_id)
    assert [conversation for _, conversation in genie.heard] == [None, "their-1"]
    ask(f"{BEYOND} once more", conversation_id=first.conversation_id)
    assert [conversation for _, conversation in genie.heard[2:]] == ["their-1", None]
    assert Conversation.objects.get().genie_conversation == "their-1"


def test_genie_without_sql(ask: Ask, with_genie: Any) -> None:
    with_genie(GenieAnswer("c", "m", None, "Which flamingos?"))
    asked = ask(BEYOND)
    assert (asked.outcome, asked.source, asked.sql) == ("asked_back", "genie", None)
    for line in (GenieAnswer("c", "m", None, None), Unavailable("Genie sleeps.")):
        with_genie(line)
        assert ask(BEYOND).source == "semantic_layer"


def test_the_model_comes_before_genie(ask: Ask, with_model: Any, with_genie: Any) -> None:
    with_model({"answerable": False})
    with_genie(sql_answer("SELECT 2 AS n"))
    assert ask(BEYOND).source == "genie"
