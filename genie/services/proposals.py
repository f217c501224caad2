"""A language model's reading of a question: a metric query, checked like anybody's, never SQL."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from rapidfuzz import fuzz

from genie.planning.catalog import Catalog
from genie.requests import QuestionRequest
from queries import services
from queries.requests import MetricRequest
from semantic_layer import wiring
from semantic_layer.errors import Unavailable, UserError
from semantic_layer.ports import Actor

logger = logging.getLogger(__name__)

TRIES = 3
_METRICS = 60
_MEMBERS = 120
_TEXT = 200
_KEYS = ("metrics", "group_by", "where", "order_by", "limit", "time_range")

_STRINGS = {"type": "array", "items": {"type": "string"}}
SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["answerable", "metrics", "group_by", "where", "order_by", "explanation"],
    "properties": {
        "answerable": {"type": "boolean"},
        "explanation": {"type": "string"},
        "metrics": _STRINGS,
        "group_by": _STRINGS,
        "where": {
            "type": "array",
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["field", "op", "value"],
                "properties": {"field": {"type": "string"}, "op": {"type": "string"}, "value": {}},
            },
        },
        "order_by": _STRINGS,
        "limit": {"type": ["integer", "null"]},
        "time_range": {
            "type": ["object", "null"],
            "additionalProperties": False,
            "properties": {
                "start": {"type": ["string", "null"]},
                "end": {"type": ["string", "null"]},
            },
        },
    },
}


@dataclass(frozen=True)
class Proposal:
    """A metric query that compiles, in whose words, and whose reading it is."""

    body: Mapping[str, Any]
    explanation: str
    model: str


def proposed_query(
    *, actor: Actor, catalog: Catalog, request: QuestionRequest, today: date
) -> Proposal | None:
    """The configured model's metric query; None without one, or where it has none that compiles.

    It is told names, labels and descriptions that the caller may see, and no values. Each refusal
    goes back to it, at most TRIES times in all.
    """
    model = wiring.language_model()
    if model is None:
        return None
    material = json.dumps(_material(catalog, request.question, today))
    instructions = base = render_to_string("genie/propose_query.txt")
    for _ in range(TRIES):
        try:
            completion = model.complete(
                instructions,
                material,
                schema=SCHEMA,
                timeout_s=settings.LANGUAGE_MODEL_TIMEOUT_S,
            )
        except Unavailable as error:
            logger.warning("The language model did not answer", extra={"code": error.code})
            return None
        answer = completion.value
        if not isinstance(answer, Mapping) or not answer.get("answerable"):
            return None
        body = {key: answer[key] for key in _KEYS if answer.get(key)}
        problem = _problem(actor, request, body)
        if problem is None:
            words = str(answer.get("explanation") or "")[:_TEXT]
            return Proposal(body, words or "this metric query.", completion.model)
        told = {"answer": json.dumps(dict(answer)), "problem": problem}
        instructions = base + render_to_string("genie/repair_query.txt", told)
    return None


def _problem(actor: Actor, request: QuestionRequest, body: Mapping[str, Any]) -> str | None:
    """Why the query cannot be run; None where it can."""
    if not body.get("metrics"):
        return "A metric query names at least one metric."
    try:
        services.compile_metrics(actor=actor, request=MetricRequest(body, request.category))
    except UserError as error:
        return error.message
    return None


def _material(catalog: Catalog, question: str, today: date) -> dict[str, Any]:
    """The names nearest to the question, as many as a model reads with care."""

    def near(text: str) -> float:
        return -fuzz.token_set_ratio(question.lower(), text.lower())

    metrics = sorted(
        catalog.metrics.values(), key=lambda term: near(f"{term.label} {term.description}")
    )[:_METRICS]
    reachable = {name for term in metrics[:10] for name in catalog.reachable(term.name)}
    members = sorted(
        (term for name, term in catalog.members.items() if name in reachable),
        key=lambda term: near(f"{term.label} {term.description}"),
    )[:_MEMBERS]
    return {
        "question": question,
        "today": today.isoformat(),
        "metrics": [
            {"name": t.name, "label": t.label, "description": t.description[:_TEXT]}
            for t in metrics
        ],
        "dimensions": [
            {"name": t.name, "label": t.label, "kind": t.option.kind if t.option else ""}
            for t in members
        ],
    }
