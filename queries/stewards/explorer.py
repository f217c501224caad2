"""The explorer page, and the JSON that its script asks for, answered by the API's services."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from rest_framework import serializers

from models_registry import metrics
from models_registry.models import Category
from queries import services
from queries.requests import MetricRequest, ValuesRequest
from queries.serializers import DimensionsInput, DimensionValuesInput, MetricQueryInput
from semantic_layer.accounts.pages import StewardData, StewardPage
from semantic_layer.api.parsing import parse_json
from semantic_layer.errors import Malformed

METRICS_SHOWN = 100


class ExplorerPage(StewardPage):
    """Pick, look, share the address."""

    template_name = "stewards/explorer.html"
    title = "Explorer"

    def get(self, request: HttpRequest) -> HttpResponse:
        context = {
            "categories": Category.choices,
            "may_run": self.actor.may("execute"),
        }
        return self.show(context)


class MetricNames(StewardData):
    """Metrics to pick from."""

    def get(self, request: HttpRequest) -> HttpResponse:
        asked = {key: request.GET.get(key, "") for key in ("category", "search")}
        category = _category(asked["category"])
        if asked["search"].strip():
            hits = metrics.search_metrics(
                actor=self.actor, category=category, query=asked["search"]
            )
            found = [metric for metric, _ in hits]
        else:
            found = metrics.list_metrics(actor=self.actor, category=category)
        named = [_metric(metric) for metric in found[:METRICS_SHOWN]]
        return self.json({"metrics": named, "total_count": len(found)})


class Dimensions(StewardData):
    """What the picked metrics can all be grouped by."""

    def post(self, request: HttpRequest) -> HttpResponse:
        asked = _body(request, DimensionsInput)
        return self.json(services.groupable_dimensions(actor=self.actor, **asked))


class Answer(StewardData):
    """Rows, SQL and receipt."""

    permission = "execute"

    def post(self, request: HttpRequest) -> HttpResponse:
        asked = MetricRequest.of(_body(request, MetricQueryInput))
        answer = services.run_metric_query(actor=self.actor, request=asked)
        return self.json(answer.body())


class Sql(StewardData):
    """SQL without running it."""

    def post(self, request: HttpRequest) -> HttpResponse:
        asked = MetricRequest.of(_body(request, MetricQueryInput))
        return self.json(services.compile_metrics(actor=self.actor, request=asked).body())


class Values(StewardData):
    """Values of a dimension, for conditions."""

    permission = "execute"

    def post(self, request: HttpRequest) -> HttpResponse:
        asked = ValuesRequest.of(_body(request, DimensionValuesInput))
        return self.json(services.dimension_values(actor=self.actor, request=asked).body())


def _metric(metric: metrics.ListedMetric) -> dict[str, Any]:
    info = metric.info
    return {
        "name": info.name,
        "label": info.label,
        "description": info.description,
        "type": info.type.value,
        "model": info.model,
    }


def _category(text: str) -> str:
    if text not in Category.values:
        raise Malformed(f"category must be one of {', '.join(Category.values)}.")
    return text


def _body(request: HttpRequest, shape: type[serializers.Serializer[Any]]) -> Mapping[str, Any]:
    """The JSON body in the shape that the API takes too."""
    bound = shape(data=parse_json(request.body))
    bound.is_valid(raise_exception=True)
    found: Mapping[str, Any] = bound.validated_data
    return found
