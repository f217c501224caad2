"""DependentsSource: who would notice if a metric, a dimension or a model went."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from django.db.models import Q
from django.utils import timezone

from queries.models import QueryKind, QueryRun, SavedQuery, Sharing
from queries.states import QueryState
from queries.terms import terms_of, used_by
from semantic_layer.ports import Dependent, UsedNames

RECENT = timedelta(days=30)
MOST_RUNS = 5_000
_ANSWERED = (QueryState.COMPLETED, QueryState.EXPIRED)


class QueryDependents:
    """People's saved metric queries, and metric queries of the last 30 days.

    Shared queries are named. Private ones are counted only: their names are nobody else's business.
    """

    def dependents(self, names: UsedNames) -> Iterable[Dependent]:
        """See the port."""
        yield from _saved(names)
        yield from _recent(names)


def _saved(names: UsedNames) -> Iterator[Dependent]:
    private: Counter[str] = Counter()
    owners: set[object] = set()
    count = 0
    for saved in SavedQuery.objects.filter(kind=QueryKind.METRIC, category=names.category):
        uses = used_by(saved.terms, names.metrics, names.dimensions)
        if not uses:
            continue
        if saved.sharing == Sharing.PRIVATE:
            private.update(uses)
            owners.add(saved.owner_id)
            count += 1
            continue
        details = {"id": str(saved.pk), "sharing": saved.sharing}
        yield Dependent("saved_query", saved.name, None, tuple(uses), details)
    if count:
        counts = {"queries": count, "people": len(owners)}
        yield Dependent("saved_query", "private ones", None, tuple(sorted(private)), counts)


def _recent(names: UsedNames) -> Iterator[Dependent]:
    since = timezone.now() - RECENT
    runs = (
        QueryRun.objects.filter(
            Q(model_versions__has_key=names.model),
            kind__in=(QueryKind.METRIC, QueryKind.VALUES),
            category=names.category,
            state__in=_ANSWERED,
            submitted_at__gte=since,
        )
        .order_by("-submitted_at")
        .values_list("request", "actor_id", "submitted_at")[:MOST_RUNS]
    )
    uses: Counter[str] = Counter()
    people: set[str] = set()
    last: datetime | None = None
    count = 0
    for request, actor_id, submitted_at in runs:
        found = used_by(terms_of(request or {}), names.metrics, names.dimensions)
        if not found:
            continue
        uses.update(found)
        people.add(actor_id)
        last = last or submitted_at
        count += 1
    if last is not None:
        details = {
            "queries": count,
            "people": len(people),
            "last": last.isoformat().replace("+00:00", "Z"),
            "by_name": dict(sorted(uses.items())),
        }
        name = f"of the last {RECENT.days} days"
        yield Dependent("recent_queries", name, None, tuple(sorted(uses)), details)
