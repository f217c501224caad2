"""The front page of the admin site."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from models_registry.stewards.overview import broken_documents, category_counts, volume_state
from models_registry.stewards.visible import waiting_versions
from queries.models import QueryRun
from queries.states import QueryState
from semantic_layer.accounts.pages import actor_in
from semantic_layer.ports import Actor

SINCE = timedelta(hours=24)
SLOW_MS = 1_000
RUNS_SHOWN = 6
REVIEWS_SHOWN = 8


@dataclass(frozen=True)
class RecentQueries:
    """Runs of the last 24 hours: the caller's own, or everybody's for admins."""

    everybody: bool
    total: int
    failed: int
    cached: int
    slow: list[QueryRun]
    failing: list[QueryRun]


def front_page(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """What a steward looks at first (unfold's DASHBOARD_CALLBACK)."""
    actor = actor_in(request)
    broken = broken_documents(actor)
    reviews = waiting_versions(actor)
    return {
        **context,
        "title": "Dashboard",
        "actor": actor,
        "categories": category_counts(actor, broken),
        "broken": broken,
        "sync": volume_state(actor),
        "reviews": reviews[:REVIEWS_SHOWN],
        "review_count": len(reviews),
        "queries": recent_queries(actor),
    }


def recent_queries(actor: Actor) -> RecentQueries:
    """Counts, the slowest and the newest failed; who is no admin sees their own only."""
    everybody = actor.may("admin")
    runs = QueryRun.objects.filter(submitted_at__gte=timezone.now() - SINCE)
    if not everybody:
        runs = runs.filter(actor_id=actor.user_id)
    failed = Q(state=QueryState.FAILED)
    counts = runs.aggregate(
        total=Count("pk"),
        failed=Count("pk", filter=failed),
        cached=Count("pk", filter=Q(cached=True)),
    )
    shown = _light(runs)
    return RecentQueries(
        everybody,
        **counts,
        slow=list(shown.filter(total_ms__gte=SLOW_MS).order_by("-total_ms")[:RUNS_SHOWN]),
        failing=list(shown.filter(failed).order_by("-submitted_at")[:RUNS_SHOWN]),
    )


def _light(runs: QuerySet[QueryRun]) -> QuerySet[QueryRun]:
    return runs.defer("receipt", "parameters", "model_versions", "error_details")
