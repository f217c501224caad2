"""What was read, as documents of a category: parted, given owners, validated where they will
stand.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from models_registry.documents import (
    AuthoredTexts,
    DocumentId,
    id_of,
    parted,
    place_of,
    with_owners,
)
from models_registry.graph_source import Snapshot
from models_registry.model_tests.language import declared_test_issues
from models_registry.models import DocumentKind
from models_registry.writes import Part, Problems, problems_of
from semantic_layer.compiler.spec import Project
from semantic_layer.errors import Issue

# Stands in for all that was read and is no document: problems of texts, metrics without a model.
_LEFT_OVER: DocumentId = ("", "")


@dataclass(frozen=True)
class Plan:
    """The documents that texts describe, and what is wrong with the category that has them."""

    parts: tuple[Part, ...]
    problems: Problems


def plan_of(
    project: Project,
    texts: Mapping[str | None, str],
    snapshot: Snapshot,
    issues: Sequence[Issue] = (),
    *,
    bases: Mapping[DocumentId, Project] = MappingProxyType({}),
    gone: Collection[DocumentId] = (),
) -> Plan:
    """Part what was read into documents of the category and validate them there.

    `texts` are the sources by file name; `issues` are problems that were found before reading;
    `bases` are open drafts, which new metrics of an existing model are added to; `gone` are
    documents that leave the category with this.
    """
    leaving: dict[DocumentId, Project | None] = dict.fromkeys(gone)
    existing = snapshot.project_with(leaving)
    owned, ownerless = with_owners(project, existing)
    parts: dict[DocumentId, Part] = {}
    twice = []
    for part in _parts(owned, project, texts, {**_projects(snapshot), **bases}):
        if part.id in parts:
            twice.append(_twice(part, parts[part.id]))
        else:
            parts[part.id] = part
    left_over = Project(
        issues=(*issues, *project.issues, *ownerless, *twice, *declared_test_issues(project)),
        broken_models=project.broken_models,
        broken_metrics=project.broken_metrics | _stranded(owned, project),
    )
    changed = leaving | {key: part.project for key, part in parts.items()}
    return Plan(tuple(parts.values()), problems_of(snapshot, {**changed, _LEFT_OVER: left_over}))


def _projects(snapshot: Snapshot) -> dict[DocumentId, Project]:
    return {key: stored.project for key, stored in snapshot.documents.items()}


def _stranded(owned: Project, read: Project) -> frozenset[str]:
    """Metrics of broken models: who uses one is not told that it does not exist."""
    return frozenset(m.name for m in owned.metrics if m.model in read.broken_models)


def _parts(
    owned: Project,
    read: Project,
    texts: Mapping[str | None, str],
    existing: Mapping[DocumentId, Project],
) -> Iterator[Part]:
    authored = AuthoredTexts(owned, texts)
    for project in parted(owned):
        yield Part(id_of(project), project, authored.of(project))
    here = {model.name for model in owned.models} | read.broken_models
    elsewhere = sorted({metric.model or "" for metric in owned.metrics} - here)
    for name in elsewhere:
        key = (DocumentKind.SEMANTIC_MODEL.value, name)
        before = existing[key]
        added = tuple(metric for metric in owned.metrics if metric.model == name)
        names = {metric.name for metric in added}
        kept = tuple(metric for metric in before.metrics if metric.name not in names)
        yield Part(key, replace(before, metrics=kept + added))


def _twice(part: Part, first: Part) -> Issue:
    kind, name = part.id
    at, first_at = place_of(part.project), place_of(first.project)
    where = f" in {first_at.file}, line {first_at.line}" if first_at and first_at.file else ""
    words = kind.replace("_", " ")
    message = f"The {words} '{name}' is written twice, first{where}: remove one."
    if at is None:
        return Issue(path=name, code="DUPLICATE_NAME", message=message)
    return Issue(at.file, at.line, at.column, name, "DUPLICATE_NAME", message)
