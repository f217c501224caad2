"""Queries that people keep under a name and may share. Whoever runs one, runs it as themselves."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from queries.answers import QueryAnswer
from queries.guard import check_statement
from queries.models import QueryKind, QueryRun, SavedQuery, Sharing
from queries.requests import MetricRequest, SqlRequest
from queries.services.metrics import compile_metrics, run_metric_query, submit_metric_query
from queries.services.running import warehouse_of
from queries.services.sql import run_sql, submit_sql
from queries.terms import terms_of
from semantic_layer.errors import Conflict, Forbidden, InvalidInput, NotFound, StaleVersion
from semantic_layer.ports import Actor


@dataclass(frozen=True)
class SavedFilter:
    """Which saved queries are asked for; None leaves a condition out."""

    kind: str | None = None
    tag: str | None = None
    text: str | None = None
    mine: bool | None = None


@dataclass(frozen=True)
class SavedRun:
    """How to run a saved query: what replaces the saved values, and whether to wait."""

    parameters: Mapping[str, Any] = field(default_factory=dict)
    limit: int | None = None
    in_background: bool = False
    refresh: bool = False


def saved_queries(*, actor: Actor, asked: SavedFilter) -> QuerySet[SavedQuery]:
    """The caller's own and those shared with them, by name."""
    found = _visible(actor)
    own = Q(owner_id=uuid.UUID(actor.user_id))
    if asked.mine is not None:
        found = found.filter(own if asked.mine else ~own)
    if asked.kind:
        found = found.filter(kind=asked.kind)
    if asked.tag:
        found = found.filter(tags__contains=[asked.tag])
    if asked.text:
        found = found.filter(
            Q(name__icontains=asked.text)
            | Q(description__icontains=asked.text)
            | Q(sql__icontains=asked.text)
            | Q(terms__icontains=asked.text)
        )
    return found


def saved_query(*, actor: Actor, saved_id: uuid.UUID) -> SavedQuery:
    """One of them; raises NotFound for another person's that is not shared with the caller."""
    found = _visible(actor).filter(pk=saved_id).first()
    if found is None:
        raise NotFound(f"There is no saved query {saved_id} that you may see.")
    return found


def create_saved_query(*, actor: Actor, values: Mapping[str, Any]) -> SavedQuery:
    """Keep a query under a name of the caller's own.

    Raises what running it would refuse at once, Conflict where the caller has one of that name.
    """
    actor.require("execute")
    now = timezone.now()
    saved = SavedQuery(owner_id=actor.user_id, created_at=now, updated_at=now)
    _fill(saved, values, actor)
    try:
        with transaction.atomic():
            saved.save(force_insert=True)
    except IntegrityError as error:
        raise _taken(saved.name) from error
    return saved


def update_saved_query(
    *,
    actor: Actor,
    saved_id: uuid.UUID,
    values: Mapping[str, Any],
    expected: frozenset[int] | None = None,
) -> SavedQuery:
    """Replace what `values` names. `expected` are versions one of which must be current.

    Raises NotFound, Forbidden for another person's, StaleVersion also where somebody else's write
    came between.
    """
    actor.require("execute")
    saved = _own(actor, saved_id, expected)
    _fill(saved, values, actor)
    saved.updated_at = timezone.now()
    fields = [f for f in SavedQuery._meta.concrete_fields if f.name not in ("id", "version")]
    changes = {f.attname: getattr(saved, f.attname) for f in fields}
    try:
        with transaction.atomic():
            current = SavedQuery.objects.filter(pk=saved.pk, version=saved.version)
            written = current.update(version=F("version") + 1, **changes)
    except IntegrityError as error:
        raise _taken(saved.name) from error
    if not written:
        raise StaleVersion("The saved query was changed meanwhile: read it, then try again.")
    return SavedQuery.objects.select_related("owner").get(pk=saved.pk)


def delete_saved_query(
    *, actor: Actor, saved_id: uuid.UUID, expected: frozenset[int] | None = None
) -> None:
    """Delete one of the caller's own. Raises as an update does."""
    actor.require("execute")
    saved = _own(actor, saved_id, expected)
    deleted, _ = SavedQuery.objects.filter(pk=saved.pk, version=saved.version).delete()
    if not deleted:
        raise StaleVersion("The saved query was changed meanwhile: read it, then try again.")


def run_saved_query(
    *, actor: Actor, saved_id: uuid.UUID, asked: SavedRun
) -> QueryAnswer | QueryRun:
    """Run it as the caller: the answer, or the queued run where it goes to the background."""
    actor.require("execute")
    saved = saved_query(actor=actor, saved_id=saved_id)
    if saved.kind == QueryKind.SQL:
        request = SqlRequest(
            sql=saved.sql,
            limit=asked.limit,
            parameters={**saved.parameters, **asked.parameters},
            in_background=asked.in_background,
            refresh=asked.refresh,
        )
        run = submit_sql if asked.in_background else run_sql
        return run(actor=actor, request=request)
    if asked.parameters:
        raise InvalidInput(
            "A saved metric query has no parameters: leave them out.",
            field_errors={"parameters": ["Only for saved SQL."]},
        )
    limit = {} if asked.limit is None else {"limit": asked.limit}
    question = MetricRequest(
        query={**(saved.request or {}), **limit},
        category=saved.category,
        in_background=asked.in_background,
        refresh=asked.refresh,
    )
    ask = submit_metric_query if asked.in_background else run_metric_query
    return ask(actor=actor, request=question)


def _visible(actor: Actor) -> QuerySet[SavedQuery]:
    shared = Q(sharing=Sharing.EVERYONE) | Q(
        sharing=Sharing.ROLES, shared_roles__overlap=sorted(actor.roles)
    )
    return SavedQuery.objects.select_related("owner").filter(Q(owner_id=actor.user_id) | shared)


def _own(actor: Actor, saved_id: uuid.UUID, expected: frozenset[int] | None) -> SavedQuery:
    saved = saved_query(actor=actor, saved_id=saved_id)
    if str(saved.owner_id) != actor.user_id:
        raise Forbidden("Only its owner may change a saved query; save a copy of your own.")
    if expected is not None and saved.version not in expected:
        raise StaleVersion(
            f"Version {saved.version} is current: read it, then try again.",
            current_version=saved.version,
        )
    return saved


def _fill(saved: SavedQuery, values: Mapping[str, Any], actor: Actor) -> None:
    for name in ("name", "description", "tags", "sharing", "shared_roles", "parameters"):
        if name in values:
            setattr(saved, name, values[name])
    if saved.sharing != Sharing.ROLES:
        saved.shared_roles = []
    elif not saved.shared_roles:
        raise InvalidInput(
            "Say in shared_roles with whom it is shared.",
            field_errors={"shared_roles": ["At least one role."]},
        )
    if "query" in values:
        _fill_sql(saved, values["query"], actor)
    elif "metric_query" in values or "category" in values:
        _fill_metrics(saved, values, actor)
    if saved.kind == QueryKind.METRIC and saved.parameters:
        raise InvalidInput(
            "A metric query has no parameters: leave them out.",
            field_errors={"parameters": ["Only for SQL."]},
        )


def _fill_sql(saved: SavedQuery, sql: str, actor: Actor) -> None:
    check_statement(sql, warehouse_of(actor).dialect, max_length=settings.QUERY_MAX_CHARACTERS)
    saved.kind, saved.sql = QueryKind.SQL.value, sql
    saved.request, saved.category, saved.terms = None, "", []


def _fill_metrics(saved: SavedQuery, values: Mapping[str, Any], actor: Actor) -> None:
    question = values.get("metric_query") or saved.request
    if question is None:
        raise InvalidInput(
            "Only a metric query has a category.", field_errors={"category": ["Not for SQL."]}
        )
    category = values.get("category") or saved.category
    request = MetricRequest.of({**question, **({"category": category} if category else {})})
    compile_metrics(actor=actor, request=request)
    saved.kind, saved.request, saved.sql = QueryKind.METRIC.value, dict(request.query), ""
    saved.category, saved.terms = request.category, terms_of(request.query)


def _taken(name: str) -> Conflict:
    return Conflict(f"You have a saved query {name!r} already.", code="NAME_TAKEN")
