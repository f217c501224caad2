"""Objections of the apps above against publishing, found by settings."""

from __future__ import annotations

from collections.abc import Sequence

from django.conf import settings

from models_registry.issues import invalid
from semantic_layer.compiler import SemanticGraph
from semantic_layer.errors import Issue
from semantic_layer.ports import Actor, Candidate, PublishGate
from semantic_layer.wiring import load


def gate_issues(
    actor: Actor, category: str, models: Sequence[str], graph: SemanticGraph
) -> list[Issue]:
    """Everything that the gates (PUBLISH_GATES) have to say about a candidate."""
    candidate = Candidate(category, tuple(models), graph)
    found: list[Issue] = []
    for path in settings.PUBLISH_GATES:
        gate: PublishGate = load(path)()
        found.extend(gate.problems(actor, candidate))
    return found


def refuse_by_gates(
    actor: Actor, category: str, models: Sequence[str], graph: SemanticGraph
) -> None:
    """Raise InvalidModels with every error of the gates."""
    errors = [
        issue for issue in gate_issues(actor, category, models, graph) if issue.severity == "error"
    ]
    if errors:
        raise invalid(errors)
