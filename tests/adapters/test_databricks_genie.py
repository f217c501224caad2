"""Genie: every state a message may have, its deadline, and that a question is put once."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from semantic_layer.adapters.databricks.genie import DatabricksGenie
from semantic_layer.adapters.databricks.workspace import Workspace
from semantic_layer.errors import NotFound, Unauthenticated, Unavailable
from semantic_layer.ports import Credential
from tests.workspace.rest_fixtures import options_of
from tests.workspace.rest_server import RestServer
from tests.workspace.rest_world import ScriptedMessage

START = "/api/2.0/genie/spaces/space1/start-conversation"
ALL_WAITING = (
    "SUBMITTED",
    "FETCHING_METADATA",
    "FILTERING_CONTEXT",
    "ASKING_AI",
    "PENDING_WAREHOUSE",
    "EXECUTING_QUERY",
)
ANSWER = "TEXT_ATTACHMENT_PURPOSE_ANSWER"


def genie_of(rest: RestServer, name: str, **options: object) -> DatabricksGenie:
    token = f"token-of-{name}"
    rest.state.add_person(f"{name}@example.com", token=token)
    caller = Workspace(options_of(rest, **options)).as_principal(Credential(name, token))
    return DatabricksGenie(caller, "space1", first_pause_s=0.01)


@pytest.fixture
def genie(rest: RestServer) -> DatabricksGenie:
    return genie_of(rest, "ann")


def tell(rest: RestServer, states: Sequence[str], **script: object) -> None:
    rest.world.genie_spaces["space1"] = lambda question: ScriptedMessage(states, **script)  # type: ignore[arg-type]


def test_it_waits_through_every_state_for_the_answer(
    rest: RestServer, genie: DatabricksGenie
) -> None:
    tell(
        rest,
        (*ALL_WAITING, "A_STATE_OF_NEXT_YEAR", "COMPLETED"),
        sql="SELECT 1",
        texts=[("FOLLOW_UP_QUESTION", "Which year?"), (ANSWER, "One.")],
        follow_ups=["And two?"],
    )
    answer = genie.ask("How many?", conversation_id=None, timeout_s=60)
    assert (answer.sql, answer.text, answer.follow_ups) == ("SELECT 1", "One.", ("And two?",))
    assert len(rest.asked("POST", START)) == 1
    assert rest.asked("POST", START)[0].json()["content"] == "How many?"


def test_without_sql_it_asks_back(rest: RestServer, genie: DatabricksGenie) -> None:
    tell(
        rest,
        ("COMPLETED",),
        texts=[(ANSWER, "I need more."), ("FOLLOW_UP_QUESTION", "Which year?")],
    )
    answer = genie.ask("How many?", conversation_id=None, timeout_s=60)
    assert (answer.sql, answer.text) == (None, "Which year?")


def test_a_conversation_goes_on_and_is_its_owners(rest: RestServer, genie: DatabricksGenie) -> None:
    tell(rest, ("COMPLETED",), sql="SELECT 1")
    first = genie.ask("How many?", conversation_id=None, timeout_s=60)
    second = genie.ask("And now?", conversation_id=first.conversation_id, timeout_s=60)
    assert second.conversation_id == first.conversation_id
    assert second.message_id != first.message_id
    for unknown in ("conversation-0", "../../../secrets", "a/b"):
        with pytest.raises(NotFound):
            genie.ask("And now?", conversation_id=unknown, timeout_s=60)
    with pytest.raises(NotFound):
        genie_of(rest, "bob").ask("?", conversation_id=first.conversation_id, timeout_s=60)


@pytest.mark.parametrize(
    ("states", "error", "code", "said"),
    [
        (("ASKING_AI", "CANCELLED"), None, "GENIE_CANCELLED", "cancelled"),
        (
            ("FAILED",),
            ("SQL_EXECUTION_EXCEPTION", "division by zero"),
            "GENIE_FAILED",
            "division by zero",
        ),
        (("FAILED",), None, "GENIE_FAILED", "does not say why"),
        (
            ("FAILED",),
            ("RATE_LIMIT_EXCEEDED_GENERIC_EXCEPTION", "slow down"),
            "GENIE_RATE_LIMITED",
            "too often",
        ),
    ],
)
def test_every_other_end_is_told(
    rest: RestServer,
    genie: DatabricksGenie,
    states: Sequence[str],
    error: tuple[str, str] | None,
    code: str,
    said: str,
) -> None:
    tell(rest, states, error=error)
    with pytest.raises(Unavailable, match=said) as caught:
        genie.ask("How many?", conversation_id=None, timeout_s=60)
    assert caught.value.code == code


def test_an_expired_result_still_has_its_sql(rest: RestServer, genie: DatabricksGenie) -> None:
    tell(rest, ("EXECUTING_QUERY", "QUERY_RESULT_EXPIRED"), sql="SELECT 1")
    assert genie.ask("How many?", conversation_id=None, timeout_s=60).sql == "SELECT 1"


def test_nobody_waits_past_the_deadline(rest: RestServer, genie: DatabricksGenie) -> None:
    tell(rest, ("EXECUTING_QUERY",))
    with pytest.raises(Unavailable, match="within 0.3 s") as caught:
        genie.ask("How many?", conversation_id=None, timeout_s=0.3)
    assert caught.value.code == "GENIE_TIMEOUT"


@pytest.mark.parametrize("kind", ["status", "reset", "half body"])
def test_a_question_whose_answer_got_lost_is_not_put_again(
    rest: RestServer, genie: DatabricksGenie, kind: str
) -> None:
    tell(rest, ("COMPLETED",), sql="SELECT 1")
    rest.faults.add(f"POST {START}", kind=kind, done_first=True)
    with pytest.raises(Unavailable):
        genie.ask("How many?", conversation_id=None, timeout_s=60)
    assert len(rest.asked("POST", START)) == 1
    assert len(rest.world.genie_messages) == 1


def test_a_slow_answer_is_no_second_question(rest: RestServer) -> None:
    tell(rest, ("COMPLETED",), sql="SELECT 1")
    genie = genie_of(rest, "ann", patient_timeout_s=0.2)
    rest.faults.add(f"POST {START}", kind="hang", done_first=True)
    with pytest.raises(Unavailable):
        genie.ask("How many?", conversation_id=None, timeout_s=60)
    assert len(rest.asked("POST", START)) == 1


def test_polls_are_repeated_and_a_token_that_expires_meanwhile_is_told(
    rest: RestServer, genie: DatabricksGenie
) -> None:
    tell(rest, ("EXECUTING_QUERY", "EXECUTING_QUERY", "COMPLETED"), sql="SELECT 1")
    rest.faults.add(r"GET .*/messages/.*", kind="half body")
    assert genie.ask("How many?", conversation_id=None, timeout_s=60).sql == "SELECT 1"
    rest.faults.add(r"GET .*/messages/.*", status=401, error_code="UNAUTHENTICATED")
    with pytest.raises(Unauthenticated) as caught:
        genie.ask("How many?", conversation_id=None, timeout_s=60)
    assert caught.value.code == "WORKSPACE_TOKEN_EXPIRED"


@pytest.mark.parametrize("status", [403, 404])
def test_a_space_that_is_not_theirs_is_told(
    rest: RestServer, genie: DatabricksGenie, status: int
) -> None:
    rest.faults.add(f"POST {START}", status=status, error_code="NO")
    with pytest.raises(Unavailable) as caught:
        genie.ask("How many?", conversation_id=None, timeout_s=60)
    assert caught.value.code == "GENIE_NOT_FOR_YOU"
