"""The registry's part of the dashboard: few and cheap queries, none of big texts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import Count

from models_registry.graph_source import Snapshot, load_snapshot
from models_registry.mirror.services import visible_states
from models_registry.mirror.states import SyncSummary, sync_summary
from models_registry.models import (
    Category,
    Document,
    DocumentKind,
    ManifestState,
    SyncState,
    VersionState,
)
from models_registry.problems import registry_health
from models_registry.stewards.visible import restricted, waiting_versions
from models_registry.visibility import restricted_models
from semantic_layer.ports import Actor

FAILURES_SHOWN = 10
BROKEN_SHOWN = 20


@dataclass(frozen=True)
class CategoryCounts:
    """Models of one category by state; `waiting` are drafts and reviews beside what answers."""

    category: str
    label: str
    published: int
    deprecated: int
    drafts: int
    reviews: int
    broken: int


@dataclass(frozen=True)
class BrokenDocument:
    """A published document that does not answer, with its page's key."""

    pk: int
    name: str
    category: str
    problem: str


@dataclass(frozen=True)
class FailingSync:
    """A document that the volume could not be told of."""

    pk: int
    name: str
    category: str
    attempts: int
    reason: str


@dataclass(frozen=True)
class VolumeState:
    """How far the volume is behind the registry, with the reasons."""

    summary: SyncSummary
    failing: tuple[FailingSync, ...]
    manifest_reasons: tuple[str, ...]

    @property
    def is_behind(self) -> bool:
        return self.summary.synced < self.summary.total or bool(self.manifest_reasons)


def category_counts(actor: Actor, broken: list[BrokenDocument]) -> list[CategoryCounts]:
    """One line per category, in the order that models are promoted."""
    answering = _answering(actor)
    open_states = (VersionState.DRAFT.value, VersionState.IN_REVIEW.value)
    waiting = waiting_versions(actor, open_states)
    return [
        CategoryCounts(
            category,
            Category(category).label,
            answering.get((category, VersionState.PUBLISHED.value), 0),
            answering.get((category, VersionState.DEPRECATED.value), 0),
            sum(1 for v in waiting if (v.document.category, v.state) == (category, open_states[0])),
            sum(1 for v in waiting if (v.document.category, v.state) == (category, open_states[1])),
            sum(1 for document in broken if document.category == category),
        )
        for category in reversed(Category.values)
    ]


def _answering(actor: Actor) -> Mapping[tuple[str, str], int]:
    models = Document.objects.filter(
        kind=DocumentKind.SEMANTIC_MODEL, published__isnull=False
    ).exclude(restricted(actor))
    counted = models.values_list("category", "published__state").annotate(count=Count("pk"))
    return {(category, state): count for category, state, count in counted}


def broken_documents(actor: Actor) -> list[BrokenDocument]:
    """Published documents with errors, as far as this person may know of them."""
    found: list[BrokenDocument] = []
    for health in registry_health():
        if health.broken:
            hidden = restricted_models(health.category, actor)
            names = [name for name in health.broken if name not in hidden]
            found.extend(_broken(load_snapshot(health.category), names))
    return found


def _broken(snapshot: Snapshot, names: list[str]) -> list[BrokenDocument]:
    found = []
    for (_, name), stored in snapshot.documents.items():
        if name in names:
            metrics = {f"metrics.{metric.name}" for metric in stored.project.metrics}
            own = {f"semantic_models.{name}", f"saved_queries.{name}", *metrics}
            messages = [
                issue.message
                for issue in snapshot.graph.issues
                if issue.severity == "error" and ".".join(issue.path.split(".")[:2]) in own
            ]
            problem = messages[0] if messages else ""
            found.append(BrokenDocument(stored.document_id, name, snapshot.category, problem))
    return found


def volume_state(actor: Actor) -> VolumeState:
    """Documents whose file is up to date, waits, or fails with the reason."""
    rows = visible_states(actor=actor, state=SyncState.FAILING.value)
    failing = tuple(
        FailingSync(row.pk, row.name, row.category, row.mirror.attempts, row.mirror.reason)
        for row in rows.order_by("-mirror__attempts")[:FAILURES_SHOWN]
    )
    reasons = ManifestState.objects.exclude(reason="").values_list("category", "reason")
    told = tuple(f"{category}: {reason}" for category, reason in reasons)
    return VolumeState(sync_summary(), failing, told)
