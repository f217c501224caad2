"""HTTP face of the lineage."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from django.http import HttpResponse, HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from lineage import bodies, formats, impact, serializers, services
from lineage.services import Answer, Asked
from semantic_layer.api.schema import error_response
from semantic_layer.api.serializers import read_query
from semantic_layer.api.views import ApiView

A = TypeVar("A", bound=Answer)

WRITERS = {
    "mermaid": (formats.mermaid, "text/plain"),
    "dot": (formats.dot, "text/vnd.graphviz"),
    "svg": (formats.svg, "image/svg+xml"),
}
# A picture is opened by browsers: nothing in it may run or be fetched.
ALONE = "sandbox; default-src 'none'; style-src 'unsafe-inline'"
MISSING = error_response("There is no such thing that you may see.")


def responses(body: Any) -> dict[Any, Any]:
    """JSON by default; text and pictures where `format` says so."""
    text = OpenApiResponse(OpenApiTypes.STR, "The graph alone.")
    others = {(200, media_type): text for _, media_type in WRITERS.values()}
    return {(200, "application/json"): body, **others, 404: MISSING}


def respond(answer: A, wanted: str, body: Callable[[A], dict[str, Any]]) -> HttpResponseBase:
    """The answer as `format` wants it."""
    if wanted == "json":
        return Response(body(answer))
    write, media_type = WRITERS[wanted]
    text = write(answer.picture, answer.sight)
    response = HttpResponse(text, content_type=f"{media_type}; charset=utf-8")
    response["Content-Security-Policy"] = ALONE
    response["X-Content-Type-Options"] = "nosniff"
    return response


class TableLineageView(ApiView):
    """A table or view."""

    @extend_schema(
        operation_id="table_lineage",
        summary="Show where a table comes from and what is made of it",
        parameters=[serializers.GraphQuery],
        responses=responses(serializers.TableLineageOutput),
    )
    def get(self, request: Request, table: str) -> HttpResponseBase:
        query = read_query(serializers.GraphQuery, request)
        answer = services.table_lineage(actor=self.actor, name=table, asked=_asked(query))
        return respond(answer, query["format"], bodies.table)


class ColumnLineageView(ApiView):
    """A column."""

    @extend_schema(
        operation_id="column_lineage",
        summary="Show what a column is made of, and what is made of it",
        parameters=[serializers.ColumnQuery],
        responses=responses(serializers.ColumnLineageOutput),
    )
    def get(self, request: Request, column: str) -> HttpResponseBase:
        query = read_query(serializers.ColumnQuery, request)
        answer = services.column_lineage(actor=self.actor, name=column, asked=_asked(query))
        return respond(answer, query["format"], bodies.column)


class ModelLineageView(ApiView):
    """A model."""

    @extend_schema(
        operation_id="model_lineage",
        summary="Show a model's tables, the models around it, and what is made of it",
        parameters=[serializers.ModelQuery],
        responses=responses(serializers.ModelLineageOutput),
    )
    def get(self, request: Request, name: str) -> HttpResponseBase:
        query = read_query(serializers.ModelQuery, request)
        answer = services.model_lineage(
            actor=self.actor, category=query["category"], name=name, asked=_asked(query)
        )
        return respond(answer, query["format"], bodies.model)


class MetricLineageView(ApiView):
    """A metric."""

    @extend_schema(
        operation_id="metric_lineage",
        summary="Show a metric's measures, columns and tables, and what uses it",
        parameters=[serializers.MetricQuery],
        responses=responses(serializers.MetricLineageOutput),
    )
    def get(self, request: Request, name: str) -> HttpResponseBase:
        query = read_query(serializers.MetricQuery, request)
        answer = services.metric_lineage(
            actor=self.actor, category=query["category"], name=name, asked=_asked(query)
        )
        return respond(answer, query["format"], bodies.metric)


class LineageImpactView(ApiView):
    """What would break."""

    @extend_schema(
        operation_id="lineage_impact",
        summary="Tell what breaks if a table, column, model or metric goes",
        parameters=[serializers.ImpactQuery],
        responses=responses(serializers.LineageImpactOutput),
    )
    def get(self, request: Request) -> HttpResponseBase:
        query = read_query(serializers.ImpactQuery, request)
        return respond(_impact(self.actor, query), query["format"], bodies.impact)


def _asked(query: Mapping[str, Any]) -> Asked:
    return Asked(query["direction"], query["depth"], query.get("include_columns", True))


def _impact(actor: Any, query: Mapping[str, Any]) -> impact.Impact:
    if "table" in query:
        return impact.impact_of_table(actor=actor, name=query["table"])
    if "column" in query:
        return impact.impact_of_column(actor=actor, name=query["column"])
    category = query["category"]
    if "model" in query:
        return impact.impact_of_model(actor=actor, category=category, name=query["model"])
    return impact.impact_of_metric(actor=actor, category=category, name=query["metric"])
