"""The one transaction that every write of the registry goes through.

Writers of a category take its row first, so they follow one another: each sees what the one before
committed, is validated against it, and nothing is lost.
"""

from __future__ import annotations

import time
import uuid
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from models_registry.audit import Subject, author_id, record_done
from models_registry.documents import Content, DocumentId, content_of
from models_registry.gates import question_of, refuse_by_gates
from models_registry.graph_source import (
    Snapshot,
    Stored,
    joined,
    keep_snapshot,
    load_snapshot,
)
from models_registry.issues import invalid
from models_registry.mirror.outbox import tell_volume
from models_registry.models import (
    Category,
    CategoryState,
    Document,
    DocumentVersion,
    VersionState,
)
from models_registry.reviews import state_of_new
from models_registry.summaries import summary_of
from semantic_layer.api.context import request_id
from semantic_layer.compiler.graph import SemanticGraph, build_graph
from semantic_layer.compiler.spec import Project
from semantic_layer.errors import Issue
from semantic_layer.ports import Actor


@dataclass(frozen=True)
class Write:
    """Who writes, by which action, and the message that is kept with the versions.

    `details` go into the audit rows.
    """

    actor: Actor
    category: str
    action: str
    message: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Written:
    """One document after its write; `state` is draft where the category needs a review first."""

    kind: str
    name: str
    number: int
    created: bool
    state: str = VersionState.PUBLISHED.value


@dataclass(frozen=True)
class Part:
    """A document to be written: what was read of it, and the author's own text where that says
    all of it.

    `replaces` is the name that the document had before: a rename.
    """

    id: DocumentId
    project: Project = field(repr=False)
    text: str | None = field(default=None, repr=False)
    replaces: str = ""


@dataclass(frozen=True)
class Live:
    """A version that is to answer from now on, and what was read of it."""

    version: DocumentVersion
    project: Project = field(repr=False)


@dataclass(frozen=True)
class Problems:
    """The graph that a change would make, and the issues that the change is to blame for."""

    graph: SemanticGraph = field(repr=False)
    errors: tuple[Issue, ...]
    warnings: tuple[Issue, ...]


@contextmanager
def locked(category: str) -> Iterator[Snapshot]:
    """A transaction in which nobody else writes the category, and the category as it is."""
    with transaction.atomic():
        state = CategoryState.objects.select_for_update().filter(pk=category).first()
        if state is None:
            rows = [CategoryState(category=name) for name in Category.values]
            CategoryState.objects.bulk_create(rows, ignore_conflicts=True)
            CategoryState.objects.select_for_update().get(pk=category)
        yield load_snapshot(category)


def problems_of(snapshot: Snapshot, changed: Mapping[DocumentId, Project | None]) -> Problems:
    """The category with the changes, and what is wrong because of them.

    To blame are errors of the changed documents themselves, and errors elsewhere that were not
    there before. What was broken already and has nothing to do with the change blocks nobody.
    """
    graph = build_graph(snapshot.project_with(changed), snapshot.graph)
    issues = graph.issues
    if not issues:
        return Problems(graph, (), ())
    without = build_graph(snapshot.project_with(dict.fromkeys(changed)), snapshot.graph)
    new = _signatures(issues) - _signatures(snapshot.graph.issues)
    own = _signatures(issues) - _signatures(without.issues)
    found = [issue for issue in issues if _signature(issue) in new | own]
    return Problems(
        graph,
        tuple(issue for issue in found if issue.severity == "error"),
        tuple(issue for issue in found if issue.severity != "error"),
    )


def write_documents(
    write: Write, snapshot: Snapshot, parts: Sequence[Part], problems: Problems
) -> list[Written]:
    """Add versions, move pointers and tell the audit; what was written, in the order given.

    Call inside `asking_gates` and `locked`, with the problems that these parts make there. Raises
    InvalidModels with every one that is an error, and then nothing is written. What needs a review
    becomes a draft, which changes no answer. Side effect: the category's version grows by one if
    something else was written.
    """
    if problems.errors:
        raise invalid(problems.errors)
    now = timezone.now()
    contents = [content_of(part.project, text=part.text) for part in parts]
    documents = _documents(write.category, contents, now)
    versions = []
    for part, content in zip(parts, contents, strict=True):
        version = _version(documents[content.id], content, write, now)
        version.state = state_of_new(content, snapshot)
        version.replaces = part.replaces
        versions.append(version)
    DocumentVersion.objects.bulk_create(versions)
    live = [
        Live(version, content.project)
        for version, content in zip(versions, contents, strict=True)
        if version.state == VersionState.PUBLISHED
    ]
    publish_versions(write, snapshot, live, problems.graph, at=now)
    for version in versions:
        if version.state != VersionState.PUBLISHED:
            _keep_draft(write, snapshot, version)
    return [_written(version, snapshot) for version in versions]


def publish_versions(
    write: Write,
    snapshot: Snapshot,
    live: Sequence[Live],
    nearest: SemanticGraph,
    *,
    at: datetime | None = None,
) -> None:
    """Let these versions answer: pointers, audit rows and the category's version, in one place.

    Call inside `asking_gates` and `locked`, with rows that are saved already. `nearest` is the
    category's graph with them, `at` the moment where it is not now. Raises InvalidModels when a
    gate refuses.
    """
    if not live:
        return
    documents = [item.version.document for item in live]
    _refuse_by_gates(write.actor, snapshot, live, nearest)
    now = at or timezone.now()
    changed: dict[DocumentId, Stored | None] = {}
    for item in live:
        _point_at(item.version, now, snapshot)
        _record_published(write, snapshot, item.version)
        if gone := _replaced(item.version, snapshot):
            changed[gone] = None
    fields = ["published", "latest_number", "created_at", "updated_at", "deleted_at"]
    Document.objects.bulk_update(documents, fields)
    for kind, name in changed:
        _take_out(snapshot.documents[kind, name], now)
    changed |= {
        (row.kind, row.name): _stored(item.version, item.project)
        for item, row in zip(live, documents, strict=True)
    }
    finish(snapshot, changed, nearest)


def _refuse_by_gates(
    actor: Actor, snapshot: Snapshot, live: Sequence[Live], graph: SemanticGraph
) -> None:
    hashes: dict[DocumentId, str | None] = {}
    for item in live:
        if gone := _replaced(item.version, snapshot):
            hashes[gone] = None
    for item in live:
        row = item.version.document
        hashes[row.kind, row.name] = item.version.definition_hash
    names = [item.version.document.name for item in live]
    refuse_by_gates(actor, question_of(snapshot, names, hashes, graph))


def delete_document(*, write: Write, snapshot: Snapshot, document_id: DocumentId) -> None:
    """Take a document out of the category; its versions stay. Call inside `locked`."""
    delete_documents(write=write, snapshot=snapshot, document_ids=[document_id])


def delete_documents(
    *, write: Write, snapshot: Snapshot, document_ids: Sequence[DocumentId]
) -> None:
    """Take documents out of the category as one change. Call inside `locked`."""
    now = timezone.now()
    for kind, name in document_ids:
        stored = snapshot.documents[kind, name]
        _take_out(stored, now)
        record_done(
            actor=write.actor,
            subject=Subject(write.action, write.category, name, kind, dict(write.details)),
            before=stored.number,
            after=None,
            reason=write.message,
        )
    finish(snapshot, dict.fromkeys(document_ids), snapshot.graph)


def finish(
    snapshot: Snapshot, changed: Mapping[DocumentId, Stored | None], nearest: SemanticGraph
) -> None:
    """Move the category on, so that every process sees the change once this commits.

    `nearest` is a graph that has most of what the new one needs.
    """
    stamp = uuid.uuid4()
    version = snapshot.version + 1
    CategoryState.objects.filter(pk=snapshot.category).update(
        version=version, stamp=stamp, updated_at=timezone.now()
    )
    _tell_volume(snapshot, changed)
    documents = {**snapshot.documents, **changed}
    kept = {key: found for key in sorted(documents) if (found := documents[key])}
    # Built of the documents in their order, as any other process will build it.
    graph = build_graph(joined(stored.project for stored in kept.values()), nearest)
    after = Snapshot(snapshot.category, version, stamp, kept, graph, time.monotonic())
    transaction.on_commit(lambda: keep_snapshot(after))


def _tell_volume(snapshot: Snapshot, changed: Mapping[DocumentId, Stored | None]) -> None:
    """The mirror follows what answers; where nothing does, the document's file goes."""
    tell_volume(
        (stored.document_id, stored.version_id)
        if stored is not None
        else (snapshot.documents[key].document_id, None)
        for key, stored in changed.items()
    )


def _documents(
    category: str, contents: Sequence[Content], now: datetime
) -> dict[DocumentId, Document]:
    """The rows of these documents, made where the name was never used."""
    names = {content.name for content in contents}
    rows = Document.objects.filter(category=category, name__in=names)
    found = {(row.kind, row.name): row for row in rows}
    new = [
        Document(
            kind=content.kind, category=category, name=content.name, created_at=now, updated_at=now
        )
        for content in contents
        if content.id not in found
    ]
    for row in Document.objects.bulk_create(new):
        found[(row.kind, row.name)] = row
    return found


def _version(document: Document, content: Content, write: Write, now: datetime) -> DocumentVersion:
    return DocumentVersion(
        document=document,
        number=document.latest_number + 1,
        yaml=content.yaml,
        is_authored=content.is_authored,
        definition=content.definition,
        definition_hash=content.definition_hash,
        author_id=author_id(write.actor),
        author_email=write.actor.email,
        message=write.message,
        request_id=request_id.get(),
        created_at=now,
        **summary_of(content.project),
    )


def _point_at(version: DocumentVersion, now: datetime, snapshot: Snapshot) -> None:
    """Make it the document's answer; the row is saved by the caller."""
    document = version.document
    if (document.kind, document.name) not in snapshot.documents:
        document.created_at = now
    document.published = version
    document.latest_number = max(document.latest_number, version.number)
    document.updated_at = now
    document.deleted_at = None


def _take_out(stored: Stored, now: datetime) -> None:
    """A document without an answer; its versions stay."""
    Document.objects.filter(pk=stored.document_id).update(
        published=None, deleted_at=now, updated_at=now
    )


def _replaced(version: DocumentVersion, snapshot: Snapshot) -> DocumentId | None:
    """The document whose new name this is, where it still answers."""
    key = (version.document.kind, version.replaces)
    return key if version.replaces and key in snapshot.documents else None


def _keep_draft(write: Write, snapshot: Snapshot, version: DocumentVersion) -> None:
    """A draft is the document's newest version, and nothing else of it changes."""
    document = version.document
    document.latest_number = version.number
    Document.objects.filter(pk=document.pk).update(latest_number=version.number)
    tell_volume([(document.pk, version.pk)])
    _record(write, snapshot, version)


def _record_published(write: Write, snapshot: Snapshot, version: DocumentVersion) -> None:
    _record(write, snapshot, version)
    if gone := _replaced(version, snapshot):
        kind, name = gone
        details = {"renamed_to": version.document.name}
        record_done(
            actor=write.actor,
            subject=Subject("rename", write.category, name, kind, details),
            before=snapshot.documents[gone].number,
            after=None,
            reason=write.message,
        )


def _record(write: Write, snapshot: Snapshot, version: DocumentVersion) -> None:
    """What became of the version, bound to the hash of its definition."""
    document = version.document
    before = snapshot.documents.get((document.kind, document.name))
    details = {
        **write.details,
        "state": str(version.state),
        "definition_hash": version.definition_hash,
    }
    if version.replaces:
        details["renamed_from"] = version.replaces
    record_done(
        actor=write.actor,
        subject=Subject(write.action, write.category, document.name, document.kind, details),
        before=before.number if before else None,
        after=version.number,
        reason=write.message,
    )


def _written(version: DocumentVersion, snapshot: Snapshot) -> Written:
    document = version.document
    created = (document.kind, document.name) not in snapshot.documents
    return Written(document.kind, document.name, version.number, created, str(version.state))


def _stored(version: DocumentVersion, project: Project) -> Stored:
    document = version.document
    return Stored(
        document_id=document.pk,
        version_id=version.pk,
        number=version.number,
        definition_hash=version.definition_hash,
        owner=version.owner,
        created_at=document.created_at,
        updated_at=document.updated_at,
        project=project,
    )


def _signature(issue: Issue) -> tuple[str, str, str]:
    """What makes two issues the same one, wherever they were read from and whatever is there to be
    suggested instead.
    """
    return issue.code, issue.path, issue.message.partition(" Did you mean ")[0]


def _signatures(issues: Iterable[Issue]) -> Counter[tuple[str, str, str]]:
    return Counter(_signature(issue) for issue in issues)
