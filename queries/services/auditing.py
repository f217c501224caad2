"""For administrators: everything that was asked and written, as one list; emptying caches."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.db.models import CharField, F, Q, QuerySet, Value
from django.db.models.functions import Cast

from catalog.metadata_cache import forget_metadata
from models_registry.graph_source import forget_everywhere
from models_registry.models import AuditEntry
from queries.models import QueryRun
from queries.result_cache import forget_results
from semantic_layer.api.pagination import Page, pagination
from semantic_layer.errors import Malformed
from semantic_layer.ports import Actor


class AuditSource(StrEnum):
    """Where an entry comes from."""

    QUERIES = "queries"
    REGISTRY = "registry"


class CachePart(StrEnum):
    """What can be emptied."""

    RESULTS = "results"
    METADATA = "metadata"
    GRAPHS = "graphs"
    ALL = "all"


@dataclass(frozen=True)
class AuditFilter:
    """Which entries are asked for; None leaves a condition out. `since` is included, `until` not.
    Times are UTC.
    """

    source: AuditSource | None = None
    user: str | None = None
    action: str | None = None
    outcome: str | None = None
    category: str | None = None
    name: str | None = None
    request_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True)
class AuditPage:
    """Entries, newest first, as the API shows them."""

    entries: Sequence[Mapping[str, Any]]
    pagination: Mapping[str, Any]


def audit_trail(*, actor: Actor, asked: AuditFilter, page: Page) -> AuditPage:
    """Query runs and what happened in the registry, refusals too, as one list by time."""
    actor.require("admin")
    parts: dict[AuditSource, QuerySet[Any]] = {
        AuditSource.QUERIES: _queries(asked),
        AuditSource.REGISTRY: _registry(asked),
    }
    wanted = {source: part for source, part in parts.items() if asked.source in (None, source)}
    total = sum(part.count() for part in wanted.values())
    rows = _page(wanted, page)
    bodies = _bodies(rows)
    return AuditPage([bodies[source, key] for _, source, key in rows], pagination(page, total))


def empty_cache(*, actor: Actor, part: CachePart) -> dict[str, int]:
    """Forget what is kept, in every process; how much of each part there was.

    Side effect: what is asked next is read and built anew.
    """
    actor.require("admin")
    work = {
        CachePart.RESULTS: forget_results,
        CachePart.METADATA: forget_metadata,
        CachePart.GRAPHS: forget_everywhere,
    }
    return {name.value: forget() for name, forget in work.items() if part in (CachePart.ALL, name)}


def _queries(asked: AuditFilter) -> QuerySet[QueryRun]:
    found = QueryRun.objects.filter(
        **_given(
            kind=asked.action,
            state=asked.outcome,
            category=asked.category,
            request_id=asked.request_id,
            submitted_at__gte=asked.since,
            submitted_at__lt=asked.until,
        )
    ).order_by()
    if asked.user is not None:
        found = found.filter(Q(actor_id=asked.user) | Q(actor_email__iexact=asked.user))
    if asked.name is not None:
        found = found.filter(
            Q(model_versions__has_key=asked.name) | Q(tables__contains=[asked.name])
        )
    return found


def _registry(asked: AuditFilter) -> QuerySet[AuditEntry]:
    found = AuditEntry.objects.filter(
        **_given(
            action=asked.action,
            outcome=asked.outcome,
            category=asked.category,
            name=asked.name,
            request_id=asked.request_id,
            at__gte=asked.since,
            at__lt=asked.until,
        )
    ).order_by()
    if asked.user is None:
        return found
    by_id = Q(actor_id=asked.user) if _is_uuid(asked.user) else Q()
    return found.filter(by_id | Q(actor_email__iexact=asked.user))


def _is_uuid(text: str) -> bool:
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True


def _given(**conditions: Any) -> dict[str, Any]:
    for name, value in conditions.items():
        if isinstance(value, str) and "\x00" in value:
            raise Malformed("A null character is in no entry.", parameter=name)
    return {name: value for name, value in conditions.items() if value is not None}


def _page(
    wanted: Mapping[AuditSource, QuerySet[Any]], page: Page
) -> list[tuple[datetime, str, str]]:
    """Time, source and key of each entry of the page.

    Each source gives no more than could be on the page, by its own index.
    """
    moments = {AuditSource.QUERIES: "submitted_at", AuditSource.REGISTRY: "at"}
    stop = page.start + page.size
    parts = [
        part.annotate(
            moment=F(moments[source]),
            source=Value(source.value, output_field=CharField()),
            key=Cast("pk", CharField()),
        )
        .values_list("moment", "source", "key")
        .order_by("-moment", "-key")[:stop]
        for source, part in wanted.items()
    ]
    merged = parts[0].union(*parts[1:], all=True).order_by("-moment", "-key") if parts[1:] else None
    return list((parts[0] if merged is None else merged)[page.start : stop])


def _bodies(rows: Sequence[tuple[datetime, str, str]]) -> dict[tuple[str, str], dict[str, Any]]:
    keys: dict[str, list[str]] = {source.value: [] for source in AuditSource}
    for _, source, key in rows:
        keys[source].append(key)
    queries = QueryRun.objects.filter(pk__in=keys[AuditSource.QUERIES]).defer("receipt")
    entries = AuditEntry.objects.filter(pk__in=keys[AuditSource.REGISTRY])
    return {
        **{(AuditSource.QUERIES.value, str(run.pk)): _query_body(run) for run in queries},
        **{(AuditSource.REGISTRY.value, str(one.pk)): _entry_body(one) for one in entries},
    }


def _query_body(run: QueryRun) -> dict[str, Any]:
    return {
        "id": str(run.pk),
        "source": AuditSource.QUERIES.value,
        "at": run.submitted_at,
        "actor_id": run.actor_id or None,
        "actor_email": run.actor_email,
        "action": run.kind,
        "outcome": run.state,
        "category": run.category or None,
        "name": None,
        "request_id": run.request_id or None,
        "details": {
            "sql": run.sql,
            "request": run.request,
            "tables": run.tables,
            "models": run.model_versions,
            "warehouse": run.warehouse,
            "statement_id": run.statement_id,
            "row_count": run.row_count,
            "byte_count": run.byte_count,
            "truncated": run.truncated,
            "cached": run.cached,
            "background": run.background,
            "export_format": run.export_format or None,
            "engine_ms": run.engine_ms,
            "total_ms": run.total_ms,
            "error_code": run.error_code or None,
            "error_message": run.error_message or None,
        },
    }


def _entry_body(entry: AuditEntry) -> dict[str, Any]:
    return {
        "id": str(entry.pk),
        "source": AuditSource.REGISTRY.value,
        "at": entry.at,
        "actor_id": str(entry.actor_id) if entry.actor_id else None,
        "actor_email": entry.actor_email,
        "action": entry.action,
        "outcome": entry.outcome,
        "category": entry.category,
        "name": entry.name,
        "request_id": entry.request_id or None,
        "details": {
            "kind": entry.kind,
            "before_version": entry.before_version,
            "after_version": entry.after_version,
            "reason": entry.reason,
            **entry.details,
        },
    }
