"""What callers ask of the question services, as frozen values."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from queries.requests import DEFAULT_CATEGORY


@dataclass(frozen=True)
class QuestionRequest:
    """A question in words. `execute` False compiles only; times count in `time_zone`."""

    question: str
    conversation_id: uuid.UUID | None = None
    execute: bool = True
    category: str = DEFAULT_CATEGORY
    time_zone: str = "UTC"

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> QuestionRequest:
        return cls(
            question=body["query"],
            conversation_id=body.get("conversation_id"),
            execute=body.get("execute", True),
            category=body.get("category", DEFAULT_CATEGORY),
            time_zone=body.get("time_zone") or "UTC",
        )
