"""What the question services answer; `body()` is the JSON object."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from genie.planning.asking import Option, Outcome

SEMANTIC_LAYER = "semantic_layer"
GENIE = "genie"


@dataclass(frozen=True)
class Reply:
    """An answer, a question back, or a refusal.

    `source` is `genie` where the SQL is not made of governed metrics; `reader` says who read the
    question: the planner, or a language model whose proposal was compiled.
    """

    outcome: Outcome
    explanation: str
    confidence: float
    conversation_id: uuid.UUID
    source: str = SEMANTIC_LAYER
    reader: str = "planner"
    sql: str | None = None
    result: Mapping[str, Any] | None = None
    metric_query: Mapping[str, Any] | None = None
    options: tuple[Option, ...] = ()
    not_understood: tuple[str, ...] = ()
    query_id: uuid.UUID | None = None

    def body(self) -> dict[str, Any]:
        asks = self.outcome is Outcome.ASKED_BACK
        return {
            "outcome": self.outcome.value,
            "sql": self.sql,
            "result": self.result,
            "confidence": self.confidence,
            "source": self.source,
            "governed": self.source == SEMANTIC_LAYER,
            "reader": self.reader,
            "metric_query": self.metric_query,
            "explanation": self.explanation,
            "clarification": {
                "question": self.explanation,
                "options": [
                    {"label": option.label, "text": option.text} for option in self.options
                ],
            }
            if asks
            else None,
            "not_understood": list(self.not_understood),
            "conversation_id": self.conversation_id,
            "query_id": self.query_id,
        }
