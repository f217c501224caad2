"""Every write of the registry. Each function owns its transaction and takes the actor who asks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from models_registry.audit import Subject, refusals_recorded
from models_registry.dependents import dependents_of
from models_registry.graph_source import Snapshot, Stored
from models_registry.imports import import_directory
from models_registry.models import Document, DocumentKind
from models_registry.payloads import Sent, is_whole, merged, read_payload
from models_registry.plans import Plan, plan_of
from models_registry.selectors import model_not_found
from models_registry.writes import (
    Write,
    Written,
    delete_document,
    locked,
    write_documents,
)
from semantic_layer.errors import Conflict, InvalidInput, Issue, StaleVersion
from semantic_layer.ports import Actor

__all__ = [
    "ModelWritten",
    "Validation",
    "create_model",
    "delete_model",
    "import_directory",
    "update_model",
    "validate_model",
]


@dataclass(frozen=True)
class ModelWritten:
    """A model after its write: its new version number, and what the write brought up.

    `documents` are all that were written, the model first.
    """

    name: str
    version: int
    documents: tuple[Written, ...]
    warnings: tuple[Issue, ...]


@dataclass(frozen=True)
class Validation:
    """Whether a body could be written as it is, and everything to say about it."""

    valid: bool
    errors: tuple[Issue, ...]
    warnings: tuple[Issue, ...]


def create_model(
    *, actor: Actor, category: str, payload: Mapping[str, Any], message: str = ""
) -> ModelWritten:
    """Publish what a body holds under names that the category does not have yet: all or nothing.

    Mostly that is one model; lists of models, metrics and saved queries are taken too, and new
    metrics of existing models. Raises Malformed for unreadable YAML, InvalidModels with every
    problem, Conflict NAME_TAKEN.
    """
    actor.require("write")
    sent = read_payload(payload)
    write = Write(actor, category, "create", message)
    with _recorded(write, sent.subject), locked(category) as snapshot:
        _refuse_taken(sent, snapshot)
        plan = plan_of(sent.project, sent.texts, snapshot)
        return _written(write, snapshot, plan)


def update_model(
    *,
    actor: Actor,
    category: str,
    name: str,
    payload: Mapping[str, Any],
    expected: frozenset[int] | None = None,
    message: str = "",
) -> ModelWritten:
    """Publish a new version of a model: whole (YAML, wrapped JSON) or some keys of its JSON
    replaced.

    `expected` are version numbers one of which must be current (If-Match), else StaleVersion.
    Without it a write that another one overtook is a Conflict: its author has not seen what it
    would undo.
    """
    actor.require("write")
    write = Write(actor, category, "update", message)
    seen = _number_of(category, name)
    with _recorded(write, name), locked(category) as snapshot:
        stored = _stored(snapshot, name)
        _require_expected(stored, expected)
        if expected is None and seen != stored.number:
            raise Conflict(
                f"Version {stored.number} of '{name}' was written meanwhile: read it, try again.",
                current_version=stored.number,
            )
        sent = read_payload(payload if is_whole(payload) else merged(stored.project, payload))
        _require_only(name, sent)
        plan = plan_of(sent.project, sent.texts, snapshot)
        return _written(write, snapshot, plan)


def delete_model(
    *,
    actor: Actor,
    category: str,
    name: str,
    force: bool = False,
    expected: frozenset[int] | None = None,
    message: str = "",
) -> None:
    """Take a model out of its category. Its versions stay, its name is free again.

    Raises Conflict MODEL_IN_USE with the dependents unless `force`; these then stop answering,
    alone.
    """
    actor.require("delete")
    write = Write(actor, category, "delete", message)
    with _recorded(write, name), locked(category) as snapshot:
        _require_expected(_stored(snapshot, name), expected)
        dependents = [] if force else dependents_of(name, snapshot)
        if dependents:
            shown = ", ".join(f"{item.kind} {item.name}" for item in dependents[:5])
            raise Conflict(
                f"'{name}' is used by {shown}{' and more' if len(dependents) > 5 else ''};"
                " change these first, or delete with force=true.",
                code="MODEL_IN_USE",
                dependents=[item.as_dict() for item in dependents],
            )
        delete_document(
            write=write,
            snapshot=snapshot,
            document_id=(DocumentKind.SEMANTIC_MODEL.value, name),
        )


def validate_model(*, snapshot: Snapshot, payload: Mapping[str, Any]) -> Validation:
    """What writing this body would bring up. Raises Malformed for unreadable text."""
    sent = read_payload(payload)
    problems = plan_of(sent.project, sent.texts, snapshot).problems
    return Validation(not problems.errors, problems.errors, problems.warnings)


def _written(write: Write, snapshot: Snapshot, plan: Plan) -> ModelWritten:
    """Write all parts of a plan; the first one is the model that the answer is about."""
    if not plan.parts and not plan.problems.errors:
        raise InvalidInput("The body holds no model and no metric.", code="NOTHING_TO_WRITE")
    written = write_documents(write, snapshot, plan.parts, plan.problems)
    first = written[0]
    return ModelWritten(first.name, first.number, tuple(written), plan.problems.warnings)


def _refuse_taken(sent: Sent, snapshot: Snapshot) -> None:
    """Nothing that a create names may exist; the project configuration alone has no name of its
    own.
    """
    models = {(DocumentKind.SEMANTIC_MODEL.value, name) for name in sent.names}
    queries = {(DocumentKind.SAVED_QUERY.value, q.name) for q in sent.project.saved_queries}
    taken = sorted((models | queries) & set(snapshot.documents))
    if taken:
        kind, name = taken[0]
        raise Conflict(
            f"{snapshot.category} has a {kind.replace('_', ' ')} '{name}' already"
            f"{'; write a new version with PUT' if not queries else ''}.",
            code="NAME_TAKEN",
            taken=[{"kind": kind, "name": name} for kind, name in taken],
        )
    existing = {m.name for stored in snapshot.documents.values() for m in stored.project.metrics}
    held = sorted(existing & {m.name for m in sent.project.metrics if m.model is None})
    if held:
        raise Conflict(f"{snapshot.category} has a metric '{held[0]}' already.", code="NAME_TAKEN")


def _require_only(name: str, sent: Sent) -> None:
    """An update says one model, the one of its path."""
    project = sent.project
    if any(name != other for other in sent.names):
        others = ", ".join(f"'{other}'" for other in sent.names if other != name)
        raise InvalidInput(
            f"This is '{name}', the body says {others}: a model keeps its name, and an update is"
            " about one model.",
            code="NAME_MISMATCH",
        )
    if project.saved_queries or project.configurations:
        raise InvalidInput(
            "Send the model alone, without saved queries and project configuration.",
            code="ONE_MODEL_EXPECTED",
        )


def _recorded(write: Write, name: str) -> Any:
    return refusals_recorded(actor=write.actor, subject=Subject(write.action, write.category, name))


def _number_of(category: str, name: str) -> int | None:
    """The published number now, before any lock: what an author without If-Match may have seen
    last.
    """
    return (
        Document.objects.filter(
            category=category,
            kind=DocumentKind.SEMANTIC_MODEL,
            name=name.replace("\x00", ""),
            published__isnull=False,
        )
        .values_list("published__number", flat=True)
        .first()
    )


def _stored(snapshot: Snapshot, name: str) -> Stored:
    stored = snapshot.documents.get((DocumentKind.SEMANTIC_MODEL.value, name))
    if stored is None:
        raise model_not_found(snapshot.category, name)
    return stored


def _require_expected(stored: Stored, expected: frozenset[int] | None) -> None:
    if expected is not None and stored.number not in expected:
        raise StaleVersion(
            f"The current version is {stored.number}: read it, and send If-Match with it.",
            current_version=stored.number,
        )
