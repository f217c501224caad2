"""Every write of the registry. Each function owns its transaction and takes the actor who asks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from models_registry.audit import Subject, refusals_recorded
from models_registry.authored_edits import edited
from models_registry.definitions import canonical_yaml, definition_of
from models_registry.documents import DocumentId
from models_registry.gates import asking_gates
from models_registry.graph_source import Snapshot
from models_registry.heads import MODEL, Head, head_of, head_version, open_drafts
from models_registry.impact import refuse_in_use
from models_registry.imports import import_directory
from models_registry.names import refuse_taken
from models_registry.payloads import (
    MALFORMED_YAML,
    Sent,
    is_whole,
    merged,
    read_payload,
    without_answer,
)
from models_registry.plans import Plan, plan_of
from models_registry.selectors import model_not_found
from models_registry.visibility import visible_snapshot
from models_registry.writes import (
    Write,
    Written,
    delete_document,
    locked,
    write_documents,
)
from semantic_layer.errors import (
    Conflict,
    InvalidInput,
    InvalidModels,
    Issue,
    Malformed,
    StaleVersion,
)
from semantic_layer.ports import Actor

__all__ = [
    "ModelWritten",
    "Validation",
    "add_metric",
    "check_model",
    "create_model",
    "delete_model",
    "import_directory",
    "update_model",
    "validate_model",
]


@dataclass(frozen=True)
class ModelWritten:
    """A model after its write: its new version number, and what the write brought up.

    `documents` are all that were written, the model first. `state` is draft where it waits for a
    review.
    """

    name: str
    version: int
    state: str
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
    """Write what a body holds under names that the category does not have yet: all or nothing.

    Mostly that is one model; lists of models, metrics and saved queries are taken too, and new
    metrics of existing models. Raises Malformed for unreadable YAML, InvalidModels with every
    problem, Conflict NAME_TAKEN.
    """
    actor.require("write")
    sent = read_payload(payload)
    write = Write(actor, category, "create", message)

    def created() -> ModelWritten:
        with locked(category) as snapshot:
            refuse_taken(sent.project, sent.names, snapshot, hint="; write a new version with PUT")
            plan = plan_of(sent.project, sent.texts, snapshot, bases=open_drafts(category))
            return _written(write, snapshot, plan)

    with _recorded(write, sent.subject):
        return asking_gates(created)


def update_model(
    *,
    actor: Actor,
    category: str,
    name: str,
    payload: Mapping[str, Any],
    expected: frozenset[int] | None = None,
    force: bool = False,
    message: str = "",
) -> ModelWritten:
    """Write a new version of a model: whole (YAML, wrapped JSON) or some keys of its JSON replaced.

    `expected` are version numbers one of which must be the newest (If-Match), else StaleVersion.
    Without it a write that another one overtook is a Conflict: its author has not seen what it
    would undo. Another name in the body renames the model; that needs `expected`, and `force`
    (for those who may delete) where something uses it. JSON changes an author's YAML only where it
    differs.
    """
    actor.require("write")
    write = Write(actor, category, "update", message)
    seen = head_version(category, (MODEL, name))

    def updated() -> ModelWritten:
        with locked(category) as snapshot:
            head = _head(snapshot, name)
            _require_expected(head, expected)
            if expected is None and seen is not None and seen.number != head.number:
                raise Conflict(
                    f"Version {head.number} of '{name}' was written meanwhile: read it, try again.",
                    current_version=head.number,
                )
            said = without_answer(payload, head.text or canonical_yaml(head.project))
            sent = read_payload(said if is_whole(said) else merged(head.project, said))
            _require_one(sent)
            new_name = _new_name(name, sent, may_rename=expected is not None)
            if new_name is not None:
                _require_renaming(actor, name, new_name, snapshot, force=force)
            replaces = name if new_name else head.replaces
            plan = plan_of(sent.project, sent.texts, snapshot, gone=_gone(replaces))
            return _written(write, snapshot, _edited(plan, head, replaces))

    with _recorded(write, name):
        return asking_gates(updated)


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
        _require_expected(_head(snapshot, name), expected)
        if (MODEL, name) not in snapshot.documents:
            raise Conflict(
                f"'{name}' was never published in {category}: retire its draft instead.",
                code="NOT_PUBLISHED",
            )
        if not force:
            refuse_in_use(name, snapshot, action="delete")
        delete_document(write=write, snapshot=snapshot, document_id=(MODEL, name))


def add_metric(
    *,
    actor: Actor,
    category: str,
    name: str,
    metric: Mapping[str, Any],
    expected: frozenset[int] | None = None,
    message: str = "",
) -> ModelWritten:
    """Write a new version of a model with one metric more, given in its JSON form.

    Raises NotFound, StaleVersion, Conflict NAME_TAKEN, InvalidModels.
    """
    actor.require("write")
    write = Write(actor, category, "add_metric", message)

    def added() -> ModelWritten:
        with locked(category) as snapshot:
            head = _head(snapshot, name)
            _require_expected(head, expected)
            metrics = [*definition_of(head.project)["metrics"], dict(metric)]
            taken = {m.name for kept in snapshot.documents.values() for m in kept.project.metrics}
            taken |= {m.name for m in head.project.metrics}
            if metric.get("name") in taken:
                raise Conflict(
                    f"{category} has a metric '{metric['name']}' already.", code="NAME_TAKEN"
                )
            sent = read_payload(merged(head.project, {"metrics": metrics}))
            plan = plan_of(sent.project, sent.texts, snapshot, gone=_gone(head.replaces))
            return _written(write, snapshot, _edited(plan, head, head.replaces))

    with _recorded(write, name):
        return asking_gates(added)


def check_model(*, actor: Actor, category: str, payload: Mapping[str, Any]) -> Validation:
    """Everything to say about a body, unreadable text included, as the caller may know it.

    Who may not write is told as if models that are hidden from them did not exist.
    """
    actor.require("read")
    try:
        return validate_model(snapshot=visible_snapshot(category, actor), payload=payload)
    except InvalidModels as error:
        return Validation(False, error.issues, ())
    except Malformed as error:
        if error.code != MALFORMED_YAML:
            raise
        found = tuple(Issue(**item) for item in error.details["errors"])
        return Validation(False, found, ())


def validate_model(*, snapshot: Snapshot, payload: Mapping[str, Any]) -> Validation:
    """What writing this body would bring up. Raises Malformed for unreadable text."""
    sent = read_payload(payload)
    plan = plan_of(sent.project, sent.texts, snapshot)
    problems = plan.problems
    if not plan.parts and not problems.errors:
        return Validation(False, (_NOTHING,), ())
    return Validation(not problems.errors, problems.errors, problems.warnings)


_NOTHING = Issue(
    code="NOTHING_TO_WRITE",
    message="The body holds no model and no metric: send a model's JSON, or its YAML as 'yaml'.",
)


def _written(write: Write, snapshot: Snapshot, plan: Plan) -> ModelWritten:
    """Write all parts of a plan; the first one is the model that the answer is about."""
    if not plan.parts and not plan.problems.errors:
        raise InvalidInput(_NOTHING.message, code=_NOTHING.code)
    written = write_documents(write, snapshot, plan.parts, plan.problems)
    first = written[0]
    warnings = plan.problems.warnings
    return ModelWritten(first.name, first.number, first.state, tuple(written), warnings)


def _gone(replaces: str) -> list[DocumentId]:
    return [(MODEL, replaces)] if replaces else []


def _edited(plan: Plan, head: Head, replaces: str) -> Plan:
    """The plan with the author's text where JSON changed it, and the name that is given up."""
    parts = []
    for part in plan.parts:
        found = None
        if part.text is None and head.text is not None:
            found = edited(head.text, head.project, part.project)
        if found is not None:
            part = replace(part, project=found.project, text=found.text)
        parts.append(replace(part, replaces=replaces))
    return replace(plan, parts=tuple(parts))


def _require_one(sent: Sent) -> None:
    """An update says one model and nothing else."""
    project = sent.project
    if len(sent.names) > 1:
        others = ", ".join(f"'{name}'" for name in sent.names)
        raise InvalidInput(
            f"The body says {others}: an update is about one model.", code="NAME_MISMATCH"
        )
    if project.saved_queries or project.configurations:
        raise InvalidInput(
            "Send the model alone, without saved queries and project configuration.",
            code="ONE_MODEL_EXPECTED",
        )


def _new_name(name: str, sent: Sent, *, may_rename: bool) -> str | None:
    """The name that a rename gives; None where the model keeps its own."""
    said = sent.names[0] if sent.names else name
    if said == name:
        return None
    if not may_rename:
        raise InvalidInput(
            f"This is '{name}', the body says '{said}': to rename it, send If-Match with its"
            " current version.",
            code="NAME_MISMATCH",
        )
    return said


def _require_renaming(
    actor: Actor, name: str, new_name: str, snapshot: Snapshot, *, force: bool
) -> None:
    """The new name is free, and nothing uses the old one (or the caller may and wants to force)."""
    if (MODEL, new_name) in {*snapshot.documents, *open_drafts(snapshot.category)}:
        raise Conflict(
            f"{snapshot.category} has a model '{new_name}' already.",
            code="NAME_TAKEN",
            taken=[{"kind": MODEL, "name": new_name}],
        )
    if (MODEL, name) not in snapshot.documents:
        raise Conflict(
            f"'{name}' was never published: retire its draft, and write it under the new name.",
            code="NOT_PUBLISHED",
        )
    if force:
        actor.require("delete")
    else:
        refuse_in_use(name, snapshot, action="rename")


def _recorded(write: Write, name: str) -> Any:
    return refusals_recorded(actor=write.actor, subject=Subject(write.action, write.category, name))


def _head(snapshot: Snapshot, name: str) -> Head:
    head = head_of(snapshot, (MODEL, name))
    if head is None:
        raise model_not_found(snapshot.category, name)
    return head


def _require_expected(head: Head, expected: frozenset[int] | None) -> None:
    if expected is not None and head.number not in expected:
        raise StaleVersion(
            f"The current version is {head.number}: read it, and send If-Match with it.",
            current_version=head.number,
        )
