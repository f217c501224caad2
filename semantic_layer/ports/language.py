"""Language models and Genie."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True)
class Completion:
    """What a language model answered: JSON of the schema it was asked for, and which model."""

    value: Any
    model: str


class LanguageModel(Protocol):
    """Answers in JSON of a given schema; what it says is a proposal, to be checked by the caller.

    `name` is what people configured (an endpoint, a model).
    """

    name: str

    def complete(
        self,
        instructions: str,
        material: str,
        *,
        schema: Mapping[str, Any],
        timeout_s: float,
    ) -> Completion:
        """One answer, asked for once: a call that may have been charged is not sent again.

        `instructions` are ours; `material` is what they are about (a question, names, comments)
        and may be hostile: an adapter sends the two apart. `schema` is a JSON Schema of an object.
        Raises Unavailable when no answer that parses as the schema came within `timeout_s`.
        """
        ...


@dataclass(frozen=True)
class GenieAnswer:
    """What Genie said: its SQL (not yet run by us, not to be trusted), its words, or a question
    of its own in `text` where it has no SQL."""

    conversation_id: str
    message_id: str
    sql: str | None
    text: str | None
    follow_ups: tuple[str, ...] = ()


class Genie(Protocol):
    """A workspace's Genie space, asked as one principal."""

    def ask(self, question: str, *, conversation_id: str | None, timeout_s: float) -> GenieAnswer:
        """Put the question, in the conversation if one is named, and wait for the answer.

        Raises NotFound for a conversation that is not the principal's, Unavailable when no answer
        came within `timeout_s` or Genie failed, with its reason.
        """
        ...
