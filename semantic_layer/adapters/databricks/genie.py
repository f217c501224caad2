"""Genie, asked as one caller: with a poller of our own, as the SDK's waits on and on for a message
that was cancelled.
"""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from semantic_layer.adapters.databricks.workspace import WorkspaceCaller
from semantic_layer.errors import Forbidden, InvalidInput, NotFound, Unavailable
from semantic_layer.ports import GenieAnswer

if TYPE_CHECKING:
    from databricks.sdk import WorkspaceClient

T = TypeVar("T")

FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 5.0
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_ANSWERED = ("COMPLETED", "QUERY_RESULT_EXPIRED")
"""Past its result's lifetime a message still has its SQL, which is all we take."""


class DatabricksGenie:
    """Genie over one space. A question is put once, whatever becomes of it."""

    def __init__(
        self, caller: WorkspaceCaller, space_id: str, *, first_pause_s: float = FIRST_PAUSE_S
    ) -> None:
        self._caller = caller
        self._space_id = space_id
        self._first_pause_s = first_pause_s

    def ask(self, question: str, *, conversation_id: str | None, timeout_s: float) -> GenieAnswer:
        """Past `timeout_s` nobody waits any more; Genie itself goes on, it cannot be stopped."""
        ends = time.monotonic() + timeout_s
        conversation, message = self._put(question, conversation_id)
        pause_s = self._first_pause_s
        while True:
            found = self._look(conversation, message, ends)
            state = found.status.value if found.status is not None else ""
            if state in _ANSWERED:
                return _answer(conversation, message, found)
            if state in ("FAILED", "CANCELLED"):
                raise _failure(found, state)
            wait_s = pause_s * (1 + random.random() / 4)
            if time.monotonic() + wait_s >= ends:
                raise Unavailable(
                    f"Genie did not answer within {timeout_s:g} s.", code="GENIE_TIMEOUT"
                )
            time.sleep(wait_s)
            pause_s = min(LONGEST_PAUSE_S, pause_s * 1.5)

    def _put(self, question: str, conversation_id: str | None) -> tuple[str, str]:
        """Ids of the conversation and of the new message in it."""
        if conversation_id is None:
            try:
                return self._ask(lambda client: self._start(client, question), once=True)
            except (NotFound, Forbidden) as error:
                raise Unavailable(
                    "There is no such Genie space, or not for you.", code="GENIE_NOT_FOR_YOU"
                ) from error
        if not _ID.fullmatch(conversation_id):
            raise _no_conversation()
        known = conversation_id

        def add(client: WorkspaceClient) -> tuple[str, str]:
            message: Any = client.genie.create_message(self._space_id, known, question).response
            return known, str(message.message_id or message.id)

        try:
            return self._ask(add, once=True)
        except (NotFound, Forbidden) as error:
            raise _no_conversation() from error

    def _start(self, client: WorkspaceClient, question: str) -> tuple[str, str]:
        started: Any = client.genie.start_conversation(self._space_id, question).response
        return str(started.conversation_id), str(started.message_id)

    def _look(self, conversation: str, message: str, ends: float) -> Any:
        return self._ask(
            lambda client: client.genie.get_message(self._space_id, conversation, message),
            budget_s=max(0.0, ends - time.monotonic()),
        )

    def _ask(self, call: Callable[[WorkspaceClient], T], **how: Any) -> T:
        try:
            return self._caller.ask(call, **how)
        except InvalidInput as error:
            raise Unavailable("Genie refuses this question.", code="GENIE_FAILED") from error


def _answer(conversation: str, message: str, found: Any) -> GenieAnswer:
    attachments = found.attachments or ()
    queries = [one.query.query for one in attachments if one.query and one.query.query]
    follow_ups = [
        question
        for one in attachments
        if one.suggested_questions
        for question in one.suggested_questions.questions or ()
    ]
    return GenieAnswer(
        conversation_id=conversation,
        message_id=message,
        sql=queries[0] if queries else None,
        text=_text(attachments, asks_back=not queries),
        follow_ups=tuple(follow_ups),
    )


def _text(attachments: Any, *, asks_back: bool) -> str | None:
    """Its answer in words; where there is no SQL, rather the question it asks back."""
    texts = [
        (one.text.purpose.value if one.text.purpose else "", one.text.content)
        for one in attachments
        if one.text and one.text.content
    ]
    wanted = "FOLLOW_UP_QUESTION" if asks_back else "TEXT_ATTACHMENT_PURPOSE_ANSWER"
    texts.sort(key=lambda text: text[0] != wanted)
    return texts[0][1] if texts else None


def _failure(found: Any, state: str) -> Unavailable:
    if state == "CANCELLED":
        return Unavailable("The question was cancelled in Genie.", code="GENIE_CANCELLED")
    kind = found.error.type.value if found.error and found.error.type else "unknown"
    if kind.startswith("RATE_LIMIT"):
        return Unavailable(
            "Genie is asked too often at the moment.", code="GENIE_RATE_LIMITED", retry_after_s=60
        )
    reason = (found.error.error if found.error else None) or "it does not say why"
    return Unavailable(f"Genie failed: {reason}", code="GENIE_FAILED", reason=kind)


def _no_conversation() -> NotFound:
    return NotFound("There is no such conversation of yours; start a new one.")
