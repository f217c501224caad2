"""Suggestions that a person did not want: they are not made to them again."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import replace

from django.db.models import QuerySet
from django.utils import timezone

from catalog.analysis import Analysis, Suggestion, TableName
from catalog.models import RejectedSuggestion
from semantic_layer.errors import NotFound
from semantic_layer.ports import Actor


def rejected_by(actor: Actor) -> QuerySet[RejectedSuggestion]:
    """What the person rejected, newest first."""
    return RejectedSuggestion.objects.filter(actor_id=actor.user_id)


def reject(
    *, actor: Actor, table: TableName, suggestions: Iterable[str], reason: str = ""
) -> list[RejectedSuggestion]:
    """Remember that the person does not want these, by key or name; once each."""
    actor.require("execute")
    found = []
    for suggestion in dict.fromkeys(suggestions):
        row, _ = RejectedSuggestion.objects.update_or_create(
            actor_id=actor.user_id,
            catalog=table.catalog,
            schema=table.schema,
            table=table.table,
            suggestion=suggestion,
            defaults={"actor_email": actor.email, "reason": reason},
            create_defaults={
                "actor_email": actor.email,
                "reason": reason,
                "created_at": timezone.now(),
            },
        )
        found.append(row)
    return found


def forget_rejection(*, actor: Actor, rejection_id: uuid.UUID) -> None:
    """Let a suggestion come again. Raises NotFound for what the person did not reject."""
    actor.require("execute")
    if not rejected_by(actor).filter(pk=rejection_id).delete()[0]:
        raise NotFound("You rejected nothing of this id.")


def without_rejected(actor: Actor, analysis: Analysis) -> Analysis:
    """The analysis without what the person rejected of the table, and without metrics made of
    it."""
    name = analysis.table.name
    rows = rejected_by(actor).filter(catalog=name.catalog, schema=name.schema, table=name.table)
    words = set(rows.values_list("suggestion", flat=True))
    if not words:
        return analysis

    def kept(suggestions: tuple[Suggestion, ...]) -> tuple[Suggestion, ...]:
        return tuple(s for s in suggestions if s.key not in words and s.name not in words)

    measures = kept(analysis.measures)
    gone = {m.name for m in analysis.measures} - {m.name for m in measures}
    metrics = _without_inputs(kept(analysis.metrics), gone)
    hidden = len(analysis.suggestions)
    found = replace(
        analysis,
        entities=kept(analysis.entities),
        dimensions=kept(analysis.dimensions),
        measures=measures,
        metrics=metrics,
    )
    hidden -= len(found.suggestions)
    note = f"{hidden} suggestions are left out because you rejected them."
    return replace(found, notes=(*found.notes, note)) if hidden else found


def _without_inputs(metrics: tuple[Suggestion, ...], gone: set[str]) -> tuple[Suggestion, ...]:
    """Metrics of measures that are there, over metrics that are there."""
    kept: list[Suggestion] = []
    names: set[str] = set()
    for metric in metrics:
        params = metric.definition["type_params"]
        inputs = {params[key] for key in ("numerator", "denominator") if key in params}
        if params.get("measure") not in gone and inputs <= names:
            kept.append(metric)
            names.add(metric.name)
    return tuple(kept)
