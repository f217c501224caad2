"""The pages of metrics: what there is; one metric with its SQL, recent values and use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.paginator import Paginator
from django.db.models import Count, Max, Q
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from models_registry import bodies, metrics
from models_registry.metrics import ExplainedMetric
from models_registry.models import Category, Document, DocumentKind
from models_registry.stewards.visible import restricted
from queries.models import QueryRun
from queries.states import QueryState
from semantic_layer.accounts.pages import StewardData, StewardPage
from semantic_layer.compiler import DIALECTS, compile_query, parse_query
from semantic_layer.compiler.reading.yaml_text import yaml_text
from semantic_layer.compiler.spec import MetricType
from semantic_layer.errors import Malformed, SemanticLayerError
from semantic_layer.ports import Actor, MetricRunner
from semantic_layer.wiring import load

PAGE_SIZE = 50
PERIODS = 90
USED_SINCE = timedelta(days=30)
TIME = "metric_time"
_PRODUCTS = {"duckdb": "DuckDB", "databricks": "Databricks"}


@dataclass(frozen=True)
class Usage:
    """How often a metric was asked for lately, by how many people, and when last."""

    runs: int
    failed: int
    people: int
    last: Any


@dataclass(frozen=True)
class SqlText:
    """The metric's SQL in one dialect, or why there is none."""

    dialect: str
    text: str
    error: str = ""

    @property
    def product(self) -> str:
        return _PRODUCTS.get(self.dialect, self.dialect)


class MetricsPage(StewardPage):
    """All metrics of a category, found by their words."""

    template_name = "stewards/metrics.html"
    title = "Metrics"

    def get(self, request: HttpRequest) -> HttpResponse:
        category = _category(request.GET.get("category", Category.PRODUCTION.value))
        search = request.GET.get("search", "").strip()
        if search:
            hits = metrics.search_metrics(actor=self.actor, category=category, query=search)
            found = [metric for metric, _ in hits]
        else:
            found = metrics.list_metrics(actor=self.actor, category=category)
        page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
        context = {
            "category": category,
            "categories": Category.choices,
            "search": search,
            "page": page,
            "total": len(found),
        }
        return self.show(context)


class MetricPage(StewardPage):
    """One metric."""

    template_name = "stewards/metric.html"

    def get(self, request: HttpRequest, category: str, name: str) -> HttpResponse:
        found = metrics.explain_metric(actor=self.actor, category=_category(category), name=name)
        body = bodies.metric_detail(found.metric, found.graph, found.options)
        model = Document.objects.filter(
            category=category, kind=DocumentKind.SEMANTIC_MODEL, name=found.metric.info.model or ""
        )
        context = {
            "title": found.metric.info.label or name,
            "metric": body,
            "definition": yaml_text(body["definition"]),
            "sql": [_sql(found, dialect) for dialect in DIALECTS],
            "usage": usage_of(name, category),
            "document": model.exclude(restricted(self.actor)).first(),
            "has_time": any(option.name == TIME for option in found.options),
            "may_run": self.actor.may("execute"),
        }
        return self.show(context)


class RecentValues(StewardData):
    """The newest periods of a metric, for its chart; read when the page is there already."""

    permission = "execute"

    def get(self, request: HttpRequest, category: str, name: str) -> HttpResponse:
        found = metrics.explain_metric(actor=self.actor, category=_category(category), name=name)
        return self.json(recent_values(self.actor, found))


def recent_values(actor: Actor, found: ExplainedMetric) -> Mapping[str, Any]:
    """Columns and rows, oldest first; days, or what the metric has that is coarser."""
    time = next((option for option in found.options if option.name == TIME), None)
    if time is None:
        raise Malformed("The metric has no time to show it over.", code="NO_METRIC_TIME")
    column = f"{TIME}__{time.default_grain}"
    runner: MetricRunner = load(settings.METRIC_RUNNER)()
    answer = runner.run(
        actor,
        {
            "metrics": [found.metric.name],
            "group_by": [column],
            "order_by": [{"name": column, "descending": True}],
            "limit": PERIODS,
            "category": found.metric.category,
        },
    )
    return {"columns": answer.columns, "rows": list(reversed(answer.rows)), "time": column}


def usage_of(name: str, category: str) -> Usage:
    """Runs of the last 30 days that asked for the metric by its name."""
    runs = QueryRun.objects.filter(
        submitted_at__gte=timezone.now() - USED_SINCE,
        category=category,
        request__metrics__contains=[name],
    )
    counts = runs.aggregate(
        runs=Count("pk"),
        failed=Count("pk", filter=Q(state=QueryState.FAILED)),
        people=Count("actor_id", distinct=True),
        last=Max("submitted_at"),
    )
    return Usage(**counts)


def _sql(found: ExplainedMetric, dialect: str) -> SqlText:
    """The metric over time where it has one, as its reader would get it."""
    spec = found.metric.info.spec
    if found.metric.info.type is MetricType.SQL:
        return SqlText(dialect, spec.sql or "")
    group_by = [TIME] if any(option.name == TIME for option in found.options) else []
    try:
        query = parse_query({"metrics": [found.metric.name], "group_by": group_by})
        compiled = compile_query(query, found.graph, dialect=dialect, now=timezone.now())
    except SemanticLayerError as error:
        return SqlText(dialect, "", error.message)
    return SqlText(dialect, compiled.sql)


def _category(text: str) -> str:
    if text not in Category.values:
        raise Malformed(f"category must be one of {', '.join(Category.values)}.")
    return text
