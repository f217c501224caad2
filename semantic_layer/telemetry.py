"""`/metrics` for Prometheus: what all processes counted, and what the database knows right now.

Not public: for bearers of METRICS_TOKEN and callers from METRICS_NETWORKS (default: this machine).
"""

from __future__ import annotations

import hmac
import logging
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from ipaddress import ip_address
from typing import Any

import kombu.exceptions
from django.conf import settings
from django.db import DatabaseError
from django.db.models import Count, F, Min, QuerySet, Sum
from django.db.models.expressions import Func, Value
from django.db.models.fields import TextField
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views import View
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector
from redis.exceptions import RedisError

from models_registry.mirror.states import sync_summary
from models_registry.models import DocumentVersion
from queries.models import QueryRun
from queries.states import OPEN, QueryState
from semantic_layer import probes
from semantic_layer.api.exceptions import error_body
from semantic_layer.api.instruments import counted
from semantic_layer.api.views import client_address
from semantic_layer.celery import app as celery_app

log = logging.getLogger(__name__)

COST_WINDOW = timedelta(hours=1)
COST_ROWS = 20
"""So many people and metrics, the most expensive ones, have a figure of their own."""


class MetricsView(View):
    """The text format of Prometheus."""

    def get(self, request: HttpRequest) -> HttpResponse:
        if not may_scrape(request):
            detail = "Send METRICS_TOKEN as bearer token, or ask from one of METRICS_NETWORKS."
            return JsonResponse(error_body(403, "PERMISSION_DENIED", detail), status=403)
        standing = CollectorRegistry()
        standing.register(_Standing())
        text = generate_latest(counted()) + generate_latest(standing)
        return HttpResponse(text, content_type=CONTENT_TYPE_LATEST)


def may_scrape(request: HttpRequest) -> bool:
    """Whether the caller has the token, or comes from a network that needs none.

    A request that some proxy passed on, where none is known to us, has no address to trust.
    """
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    wanted = settings.METRICS_TOKEN
    if wanted and scheme.lower() == "bearer":
        return hmac.compare_digest(token.strip().encode(), wanted.encode())
    if "X-Forwarded-For" in request.headers and not settings.TRUSTED_PROXY_COUNT:
        return False
    try:
        address = ip_address(client_address(request))
    except ValueError:  # a Unix socket's peer has none
        return False
    return any(address in network for network in settings.METRICS_NETWORKS)


class _Standing(Collector):
    """How things stand now. What cannot be asked is left out: a gap is seen, a zero is believed."""

    def describe(self) -> Iterable[Metric]:
        return ()

    def collect(self) -> Iterator[Metric]:
        for part in (_queue, _cost, _registry_state, _broker, _dependencies):
            yield from _told(part)


def _told(part: Callable[[], Iterable[Metric]]) -> list[Metric]:
    try:
        return list(part())
    except (DatabaseError, RedisError, kombu.exceptions.OperationalError):
        log.warning("figures are left out: %s", part.__name__, exc_info=True)
        return []


def _queue() -> Iterator[Metric]:
    rows = QueryRun.objects.filter(state__in=OPEN).values_list("state")
    counted = rows.annotate(Count("pk"), Min("submitted_at")).order_by()
    found = {state: (count, since) for state, count, since in counted}
    runs = GaugeMetricFamily(
        "semantic_layer_queries_open", "Queries that wait or run now.", labels=["state"]
    )
    for state in sorted(OPEN):
        runs.add_metric([str(state)], found[state][0] if state in found else 0)
    yield runs
    waiting = found.get(QueryState.QUEUED)
    age_s = (timezone.now() - waiting[1]).total_seconds() if waiting else 0.0
    yield GaugeMetricFamily(
        "semantic_layer_queue_oldest_seconds", "How long the oldest queued query has waited.", age_s
    )


def _cost() -> Iterator[Metric]:
    recent = QueryRun.objects.filter(
        submitted_at__gte=timezone.now() - COST_WINDOW, engine_ms__isnull=False, cached=False
    )
    people = GaugeMetricFamily(
        "semantic_layer_user_engine_seconds_last_hour",
        "Warehouse time of a person's queries of the last hour; the most expensive people only.",
        labels=["user"],
    )
    for name, ms in _dearest(recent.annotate(name=F("actor_id"))):
        people.add_metric([name], ms / 1000)
    yield people
    metrics = GaugeMetricFamily(
        "semantic_layer_metric_engine_seconds_last_hour",
        "Warehouse time of queries that asked for a metric, of the last hour; the most expensive "
        "metrics only.",
        labels=["metric"],
    )
    asked = recent.filter(request__metrics__0__isnull=False).annotate(
        name=Func(
            F("request"),
            Value("metrics"),
            function="jsonb_array_elements_text",
            template="%(function)s(jsonb_extract_path(%(expressions)s))",
            output_field=TextField(),
        )
    )
    for name, ms in _dearest(asked):
        metrics.add_metric([name], ms / 1000)
    yield metrics


def _dearest(named: QuerySet[Any]) -> list[tuple[str, float]]:
    """Name and milliseconds of those that took most."""
    groups = named.order_by().values_list("name").annotate(ms=Sum("engine_ms"))
    return list(groups.order_by("-ms", "name")[:COST_ROWS])


def _registry_state() -> Iterator[Metric]:
    summary = sync_summary()
    documents = GaugeMetricFamily(
        "semantic_layer_volume_documents", "Documents by state of their copy in the volume.",
        labels=["state"],
    )  # fmt: skip
    for state in ("synced", "pending", "failing"):
        documents.add_metric([state], getattr(summary, state))
    yield documents
    yield GaugeMetricFamily(
        "semantic_layer_volume_lag_seconds", "Age of the oldest change that the volume lacks.",
        summary.lag_s,
    )  # fmt: skip
    versions = GaugeMetricFamily(
        "semantic_layer_model_versions", "Versions of documents by state.", labels=["state"]
    )
    for state, count in (
        DocumentVersion.objects.values_list("state").annotate(Count("pk")).order_by("state")
    ):
        versions.add_metric([state], count)
    yield versions


def _broker() -> Iterator[Metric]:
    yield GaugeMetricFamily(
        "semantic_layer_broker_messages",
        "Messages that no worker has taken yet.",
        _waiting_messages(),
    )


def _waiting_messages() -> int:
    with celery_app.connection_for_read(connect_timeout=probes.TIME_LIMIT_S) as broker:
        return int(broker.default_channel.client.llen(celery_app.conf.task_default_queue))


def _dependencies() -> Iterator[Metric]:
    known = GaugeMetricFamily(
        "semantic_layer_dependency_up",
        "1 where the dependency answered when it was last asked; absent where it never was.",
        labels=["name"],
    )
    probes.ask("database", "cache", not_older_than_s=probes.FRESH_S)
    for name in probes.PROBES:
        outcome = probes.last(name)
        if outcome is not None:
            known.add_metric([name], float(outcome.ok))
    yield known
