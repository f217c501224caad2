"""What the service counts and times for Prometheus, in one place; `/metrics` shows it.

With PROMETHEUS_MULTIPROC_DIR set, as `manage.py up` and the image do, every process writes its
figures into that folder and a scrape of any of them tells all. Labels are few and bounded: routes,
not paths; error codes, not messages; never a person, a token or SQL.
"""

from __future__ import annotations

import os

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Histogram
from prometheus_client.multiprocess import MultiProcessCollector

if _folder := os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
    os.makedirs(_folder, exist_ok=True)  # a container's /tmp is empty at its start

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 120)

HTTP_SECONDS = Histogram(
    "semantic_layer_http_request_seconds",
    "Time to answer a request (a stream: until it begins), by route.",
    ("method", "route", "status"),
    buckets=_SECONDS,
)
THROTTLED = Counter(
    "semantic_layer_http_throttled_total", "Requests refused by a rate limit.", ("category",)
)
COMPILE_SECONDS = Histogram(
    "semantic_layer_compile_seconds",
    "Time to compile a metric query that was not compiled before.",
    buckets=(0.0005, 0.001, 0.002, 0.003, 0.005, 0.008, 0.015, 0.03, 0.1, 0.5),
)
QUERY_SECONDS = Histogram(
    "semantic_layer_query_seconds",
    "Time to answer a query that completed, the warehouse's included; cached: from a kept answer.",
    ("kind", "cached"),
    buckets=_SECONDS,
)
ENGINE_SECONDS = Histogram(
    "semantic_layer_query_engine_seconds",
    "Time of completed queries in the warehouse.",
    ("kind",),
    buckets=_SECONDS,
)
QUERIES = Counter(
    "semantic_layer_queries_total",
    "Queries that ended, by outcome: completed, or the error code.",
    ("kind", "outcome", "background"),
)
QUERIES_LOST = Counter(
    "semantic_layer_queries_lost_total",
    "Queries whose worker vanished: requeued, failed or cancelled.",
    ("became",),
)


def counted() -> CollectorRegistry:
    """What this process counted, or with PROMETHEUS_MULTIPROC_DIR all that share the folder."""
    if not os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        return REGISTRY
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]  # registers itself
    return registry
