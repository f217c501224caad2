"""A model for a table: analysed, chosen, composed, proved, said better, and saved where asked."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings

from catalog import neighbours
from catalog.analyses import analyse_table, metadata_of
from catalog.analysis import Analysis, TableName, analysis_of_names
from catalog.drafts.choosing import Choice, Selection, choose
from catalog.drafts.composing import Draft, Head, compose
from catalog.drafts.facts import table_facts
from catalog.drafts.language import Improvement, improve
from catalog.drafts.posted import posted_choice
from catalog.drafts.proving import CATEGORY, Proof, Prover
from semantic_layer import wiring
from semantic_layer.compiler.reading.pieces import RESERVED_NAMES
from semantic_layer.errors import Conflict, InternalError, InvalidInput
from semantic_layer.ports import Actor, ColumnInfo, DraftVerdict

_NAME = re.compile(r"(?!.*__)[a-z][a-z0-9_]{0,63}\Z")


@dataclass(frozen=True)
class GenerationRequest:
    """What to make a model of, and how. `analysis` is one that a client sends back, perhaps
    changed; without it the table is analysed."""

    table: TableName
    model_name: str | None = None
    description: str | None = None
    customizations: Mapping[str, Any] = field(default_factory=dict)
    analysis: Mapping[str, Any] | None = None
    save: bool = False


@dataclass(frozen=True)
class Generated:
    """A draft that validates, compiles and answers. `saved_version` is set where it was saved, or
    was there already and had nothing to add."""

    draft: Draft
    verdict: DraftVerdict
    confidence: float
    source: str
    notes: tuple[str, ...]
    answered: Mapping[str, int]
    saved_version: int | None = None


def generate_model(*, actor: Actor, request: GenerationRequest) -> Generated:
    """Make the draft; write it to development where `save` says so.

    An existing model of the table is extended, unless `model_name` asks for another one: nothing of
    it is changed or left out. Raises NotFound, InvalidInput for names that were not suggested,
    Conflict for a name that another model of development has. Side effect: statements and metric
    queries as the person.
    """
    actor.require("write")
    actor.require("execute")
    _check_name(request.model_name)
    drafts = neighbours.model_drafts()
    analysis, suggested, head = _suggested(actor, request)
    choice = choose(suggested, Selection.of(dict(request.customizations)))
    existing = drafts.existing(actor, request.table.full, request.model_name)
    taken = drafts.taken_names(actor, existing.name if existing else "")
    if existing is None and request.model_name in taken:
        raise Conflict(
            f"development has another '{request.model_name}': choose another model_name.",
            code="NAME_TAKEN",
        )
    prover = Prover(actor, drafts, neighbours.metric_runner())
    proof = prover.prove(compose(head, choice, taken, existing))
    if not proof.verdict.valid:
        raise _no_draft(proof)
    improved = _improved(proof.draft, analysis, prover, described=bool(request.description))
    generated = _generated(actor, proof, improved, choice, analysis)
    return _saved(actor, generated) if request.save else generated


@dataclass(frozen=True)
class Proposal:
    """Everything likely that a table's model could have and does not: the draft, not proved, and
    the analysis that it is made of."""

    draft: Draft
    analysis: Analysis
    source: str = "heuristic"
    notes: tuple[str, ...] = ()


def propose(*, actor: Actor, table: TableName) -> Proposal:
    """What could be added to the model of a table, or to a new one; nothing is written.

    Side effect: statements as the person, and with a language model metric queries.
    """
    drafts = neighbours.model_drafts()
    analysis, suggested, head = _suggested(actor, GenerationRequest(table))
    assert analysis is not None  # none was sent
    existing = drafts.existing(actor, table.full, None)
    taken = drafts.taken_names(actor, existing.name if existing else "")
    draft = compose(head, choose(suggested, Selection()), taken, existing)
    prover = Prover(actor, drafts, neighbours.metric_runner())
    improved = _improved(draft, analysis, prover, described=False)
    source = "heuristic+llm" if improved.is_improved else "heuristic"
    return Proposal(improved.draft, analysis, source, (*analysis.notes, *improved.notes))


def propose_by_names(table: TableName, columns: Sequence[ColumnInfo]) -> Proposal:
    """The same for a table that nobody can measure: by names and types alone. Pure."""
    analysis = analysis_of_names(table, columns)
    choice = Choice(analysis.entities, analysis.dimensions, analysis.measures, analysis.metrics)
    head = Head(table, analysis.found.entity, False, None, "")
    return Proposal(compose(head, choice, frozenset(), None), analysis, notes=analysis.notes)


def _check_name(name: str | None) -> None:
    if name is None:
        return
    if not _NAME.match(name):
        raise InvalidInput(
            f"'{name[:80]}' is not a model name: lower-case letters, digits and single "
            "underscores, at most 64, a letter first.",
            code="INVALID_NAME",
            field_errors={"model_name": ["Lower-case letters, digits and single underscores."]},
        )
    if name in RESERVED_NAMES:
        raise InvalidInput(f"'{name}' is a reserved name.", code="RESERVED_NAME")


def _suggested(actor: Actor, request: GenerationRequest) -> tuple[Analysis | None, Choice, Head]:
    """What may go into the model, and what it says besides."""
    table = request.table
    words = {"name": request.model_name, "description": request.description}
    if request.analysis is not None:
        metadata_of(actor).columns(table.catalog, table.schema, table.table)
        choice = posted_choice(request.analysis)
        primary = next((e for e in choice.entities if e.definition["type"] == "primary"), None)
        entity = primary.name if primary else table.row_name
        times = [d.name for d in choice.dimensions if d.definition["type"] == "time"]
        head = Head(table, entity, primary is not None, times[0] if times else None, "", **words)
        return None, choice, head
    analysis = analyse_table(
        actor=actor, catalog=table.catalog, schema=table.schema, table=table.table
    )
    found = analysis.found
    time = found.time
    dimension = next(
        (d.name for d in analysis.dimensions if time and d.about.get("column") == time.column), None
    )
    choice = Choice(analysis.entities, analysis.dimensions, analysis.measures, analysis.metrics)
    has_primary = any(e.definition["type"] == "primary" for e in analysis.entities)
    head = Head(table, found.entity, has_primary, dimension, analysis.table.comment, **words)
    return analysis, choice, head


def _no_draft(proof: Proof) -> Exception:
    """An existing model that does not stand in development by itself, or a fault of ours."""
    errors = [issue.as_dict() for issue in proof.verdict.errors]
    if proof.draft.extends is not None:
        name, category = proof.draft.extends.name, proof.draft.extends.category
        return InvalidInput(
            f"The model '{name}' of {category} reads this table already, and it is not valid in "
            "development: mend or promote it first.",
            code="INVALID_MODEL",
            errors=errors,
        )
    return InternalError("A generated model is not valid.", errors=errors)


def _improved(
    draft: Draft, analysis: Analysis | None, prover: Prover, *, described: bool
) -> Improvement:
    model = wiring.language_model()
    if model is None or not draft.has_news:
        return Improvement(draft, False)
    material: dict[str, Any] = {"table": draft.name}
    if analysis is not None:
        material = table_facts(analysis, with_values=settings.LANGUAGE_MODEL_ROW_VALUES)
    timeout_s = settings.LANGUAGE_MODEL_TIMEOUT_S
    return improve(model, draft, material, prover, timeout_s=timeout_s, may_describe=not described)


def _generated(
    actor: Actor,
    proof: Proof,
    improved: Improvement,
    choice: Choice,
    analysis: Analysis | None,
) -> Generated:
    verdict = proof.verdict
    if improved.is_improved:
        verdict = neighbours.model_drafts().check(actor, improved.draft.definition)
    notes = (*(analysis.notes if analysis else ()), *proof.notes, *improved.notes)
    return Generated(
        draft=improved.draft,
        verdict=verdict,
        confidence=choice.confidence,
        source="heuristic+llm" if improved.is_improved else "heuristic",
        notes=notes,
        answered=proof.answered,
    )


def _saved(actor: Actor, generated: Generated) -> Generated:
    existing = generated.draft.extends
    if existing is not None and existing.version is not None and not generated.draft.has_news:
        return Generated(**{**vars(generated), "saved_version": existing.version})
    version = neighbours.model_drafts().save(
        actor, generated.draft.definition, version=existing.version if existing else None
    )
    return Generated(**{**vars(generated), "saved_version": version})


def body_of(generated: Generated) -> dict[str, Any]:
    """The answer as the API writes it."""
    draft, verdict = generated.draft, generated.verdict
    saved = None
    if generated.saved_version is not None:
        saved = {"id": draft.name, "category": CATEGORY, "version": generated.saved_version}
    return {
        "model": dict(draft.definition),
        "yaml_content": verdict.yaml,
        "yaml": verdict.yaml,
        "validation": {
            "valid": verdict.valid,
            "errors": [issue.as_dict() for issue in verdict.errors],
            "warnings": [issue.as_dict() for issue in verdict.warnings],
        },
        "confidence": generated.confidence,
        "source": generated.source,
        "notes": list(generated.notes),
        "answered": dict(generated.answered),
        "extends": draft.extends.name if draft.extends is not None else None,
        "added": {kind: list(names) for kind, names in draft.added.items()},
        "saved": saved,
    }
