"""A version into the next category: validated there, the difference told in words and numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from models_registry.audit import Subject, refusals_recorded
from models_registry.definition_changes import definition_changes
from models_registry.diffs import diff_lines
from models_registry.documents import DocumentId
from models_registry.gates import Question, Verdict, ask_gates, asking_gates, question_of
from models_registry.graph_source import Snapshot, load_snapshot
from models_registry.heads import MODEL
from models_registry.issues import invalid
from models_registry.models import Category, Document, DocumentKind, DocumentVersion
from models_registry.selectors import model_not_found
from models_registry.value_diffs import ValueDiff, value_diff
from models_registry.writes import (
    Part,
    Problems,
    Write,
    Written,
    locked,
    problems_of,
    write_documents,
)
from semantic_layer.compiler import read_mapping
from semantic_layer.errors import Conflict, InvalidInput, Issue, StaleVersion
from semantic_layer.ports import Actor

SOURCE_OF = {
    Category.STAGING.value: Category.DEVELOPMENT.value,
    Category.PRODUCTION.value: Category.STAGING.value,
}
"""Each category is fed by the one before it: development, staging, production."""


@dataclass(frozen=True)
class Promotion:
    """What is to go where. `expected` are version numbers of the source (If-Match)."""

    name: str
    to_category: str
    from_category: str | None = None
    kind: str = MODEL
    version: int | None = None
    message: str = ""
    expected: frozenset[int] | None = None
    dry_run: bool = False

    @property
    def id(self) -> DocumentId:
        return self.kind, self.name

    @property
    def source(self) -> str:
        """The category it comes from. Raises InvalidInput for a step that there is not."""
        source = SOURCE_OF.get(self.to_category)
        if source is None or self.from_category not in (None, source):
            raise InvalidInput(
                "Promote from development to staging, and from staging to production.",
                code="PROMOTION_ORDER",
            )
        return source


@dataclass(frozen=True)
class Promoted:
    """The comparison, and what was written: nothing in a dry run, nor where nothing differs."""

    source: DocumentVersion = field(repr=False)
    target: DocumentVersion | None = field(repr=False)
    errors: tuple[Issue, ...]
    warnings: tuple[Issue, ...]
    values: ValueDiff
    written: Written | None

    @property
    def is_change(self) -> bool:
        """Whether the target says something else, or did before this."""
        return self.target is None or self.target.definition_hash != self.source.definition_hash

    def diff(self) -> dict[str, Any]:
        """Lines of text and values of the definition, from the target's version to the new one."""
        return version_diff(self.target, self.source)


def version_diff(before: DocumentVersion | None, after: DocumentVersion) -> dict[str, Any]:
    """Two versions as text and as definitions; None is a document that did not exist."""
    text, definition = (before.yaml, before.definition) if before else ("", {})
    lines = diff_lines(text, after.yaml)
    changes = definition_changes(definition, after.definition)
    return {
        "lines": [
            {"change": line.change, "before": line.before, "after": line.after, "text": line.text}
            for line in lines
        ],
        "changes": [change.as_dict() for change in changes],
        "same_definition": before is not None and before.definition_hash == after.definition_hash,
    }


def promote(*, actor: Actor, promotion: Promotion) -> Promoted:
    """Copy a published version into the next category, or only show what that would do.

    The numbers are compared before anybody is made to wait; a write of the target in between is a
    Conflict, since what was shown would not be what happens. Raises NotFound, StaleVersion,
    InvalidModels when it does not fit the target.
    """
    actor.require("write")
    subject = Subject("promote", promotion.to_category, promotion.name, promotion.kind)
    with refusals_recorded(actor=actor, subject=subject):
        source = _source(promotion)
        snapshot = load_snapshot(promotion.to_category)
        problems, said = _problems(actor, source, promotion, snapshot)
        if problems.errors and not promotion.dry_run:
            raise invalid(problems.errors)
        values = ValueDiff((), skipped="It is not valid there.")
        if not problems.errors:
            values = _values(actor, promotion, snapshot, problems)
        written = None
        if not promotion.dry_run:
            written = asking_gates(lambda: _write(actor, promotion, source, snapshot), known=said)
        target = _target(promotion, snapshot)
        return Promoted(source, target, problems.errors, problems.warnings, values, written)


def _source(promotion: Promotion) -> DocumentVersion:
    """The version that is promoted: what answers in the source, or an older one that did."""
    category = promotion.source
    document = (
        Document.objects.select_related("published")
        .filter(category=category, kind=promotion.kind, name=promotion.name)
        .first()
    )
    if document is None or document.published is None:
        raise model_not_found(category, promotion.name)
    current = document.published
    if promotion.expected is not None and current.number not in promotion.expected:
        raise StaleVersion(
            f"The current version in {category} is {current.number}: read it, and send If-Match"
            " with it.",
            current_version=current.number,
        )
    if promotion.version not in (None, current.number):
        raise Conflict(
            f"Version {promotion.version} of '{promotion.name}' is not what answers in {category}:"
            f" promote version {current.number}, or restore the other one first.",
            code="WRONG_STATE",
            current_version=current.number,
        )
    return current


def _problems(
    actor: Actor, source: DocumentVersion, promotion: Promotion, snapshot: Snapshot
) -> tuple[Problems, dict[Question, Verdict]]:
    """What the target says against it, its gates included, and what these said to what."""
    found = problems_of(snapshot, {promotion.id: read_mapping(source.definition)})
    if found.errors:
        return found, {}
    hashes = {promotion.id: source.definition_hash}
    question = question_of(snapshot, [promotion.name], hashes, found.graph)
    verdict = ask_gates(actor, question)
    errors = tuple(issue for issue in verdict if issue.severity == "error")
    warnings = tuple(issue for issue in verdict if issue.severity != "error")
    problems = Problems(found.graph, errors, (*found.warnings, *warnings))
    return problems, {question: verdict}


def _values(
    actor: Actor, promotion: Promotion, snapshot: Snapshot, problems: Problems
) -> ValueDiff:
    return value_diff(
        actor=actor,
        category=promotion.to_category,
        before=snapshot.graph,
        after=problems.graph,
        models=_CHANGES[promotion.kind](promotion.name),
    )


_CHANGES: Mapping[str, Callable[[str], Sequence[str] | None]] = {
    MODEL: lambda name: [name],
    DocumentKind.SAVED_QUERY.value: lambda name: [],
    # Calendars may change any metric.
    DocumentKind.PROJECT_CONFIGURATION.value: lambda name: None,
}


def _target(promotion: Promotion, seen: Snapshot) -> DocumentVersion | None:
    """The version that answered in the target when the comparison was made."""
    stored = seen.documents.get(promotion.id)
    return DocumentVersion.objects.get(pk=stored.version_id) if stored else None


def _write(
    actor: Actor, promotion: Promotion, source: DocumentVersion, seen: Snapshot
) -> Written | None:
    """The version in the target; None where the same definition answers there already."""
    details: Mapping[str, Any] = {
        "from_category": promotion.source,
        "source_version": source.number,
    }
    message = promotion.message or f"Promoted from {promotion.source}, version {source.number}."
    write = Write(actor, promotion.to_category, "promote", message, details)
    with locked(promotion.to_category) as snapshot:
        if snapshot.key != seen.key:
            raise Conflict(
                f"{promotion.to_category} was written meanwhile: look at the difference again, and"
                " promote then.",
                code="TARGET_CHANGED",
            )
        stored = snapshot.documents.get(promotion.id)
        if stored is not None and stored.definition_hash == source.definition_hash:
            return None
        project = read_mapping(source.definition)
        text = source.yaml if source.is_authored else None
        problems = problems_of(snapshot, {promotion.id: project})
        parts = [Part(promotion.id, project, text)]
        return write_documents(write, snapshot, parts, problems)[0]
