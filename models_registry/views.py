"""HTTP face of the registry: one view per path, input -> service -> output."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from models_registry import bodies, examples, metrics, serializers, services
from models_registry.audit import Subject, record_refusal
from models_registry.models import Category
from models_registry.requests import expected_versions, model_request
from models_registry.selectors import published_models, visible_model
from models_registry.visibility import restricted_models
from semantic_layer.api.pagination import paginate
from semantic_layer.api.serializers import read_query
from semantic_layer.api.views import ApiView
from semantic_layer.errors import Forbidden

IF_MATCH = OpenApiParameter(
    "If-Match",
    str,
    OpenApiParameter.HEADER,
    description='The version you have seen, as in its ETag: `"3"`. Another current version: 412.',
)
ETAG = OpenApiParameter(
    "ETag", str, OpenApiParameter.HEADER, response=True, description="The version, quoted."
)


class RegistryView(ApiView):
    """Counted as models; who may not write is refused in the audit trail too."""

    permission = {"GET": "read", "POST": "write", "PUT": "write", "DELETE": "delete"}
    category = "models"

    ACTIONS = {"POST": "create", "PUT": "update", "DELETE": "delete"}

    def check_permissions(self, request: Request) -> None:
        try:
            super().check_permissions(request)
        except Forbidden as error:
            action = self.ACTIONS.get(request.method or "")
            if action is not None:
                asked = request.query_params.get("category", Category.PRODUCTION.value)
                category = asked if asked in Category.values else ""
                subject = Subject(action, category, self.kwargs.get("name", ""))
                record_refusal(actor=self.actor, subject=subject, error=error)
            raise


class ModelsView(RegistryView):
    """All models."""

    @extend_schema(
        operation_id="list_models",
        summary="List the models of a category",
        parameters=[serializers.ModelListQuery],
        responses={200: serializers.ModelListOutput},
    )
    def get(self, request: Request) -> Response:
        query = read_query(serializers.ModelListQuery, request)
        seen = restricted_models(query["category"], self.actor)
        found = published_models(query["category"], with_definition=query["expand"])
        found = found.exclude(name__in=[name for name, part in seen.items() if part is None])
        page, pagination = paginate(found, request)
        return Response(bodies.models(page, seen, pagination, expand=query["expand"]))

    @extend_schema(
        operation_id="create_model",
        summary="Create a model",
        request=serializers.ModelBody,
        responses={201: serializers.ModelCreated},
        examples=examples.CREATE,
        parameters=[serializers.CategoryQuery],
    )
    def post(self, request: Request) -> Response:
        asked = model_request(request)
        written = services.create_model(
            actor=self.actor,
            category=asked.category,
            payload=asked.payload,
            message=asked.message,
        )
        body = bodies.created(written, asked.category)
        headers = {
            "ETag": bodies.etag(written.version),
            "Location": f"/api/models/{body['id']}?category={asked.category}",
        }
        return Response(body, status=201, headers=headers)


class ModelView(RegistryView):
    """One model."""

    @extend_schema(
        operation_id="get_model",
        summary="Get a model whole",
        parameters=[serializers.CategoryQuery, ETAG],
        responses={200: serializers.ModelOutput},
    )
    def get(self, request: Request, name: str) -> Response:
        query = read_query(serializers.CategoryQuery, request)
        document, version, seen = visible_model(query["category"], name, self.actor)
        body = bodies.whole(document, version, seen)
        return Response(body, headers={"ETag": bodies.etag(version.number)})

    @extend_schema(
        operation_id="update_model",
        summary="Write a new version of a model",
        request=serializers.ModelBody,
        responses={200: serializers.ModelUpdated},
        examples=examples.UPDATE,
        parameters=[serializers.ForceQuery, IF_MATCH],
    )
    def put(self, request: Request, name: str) -> Response:
        asked = model_request(request, serializers.ForceQuery)
        written = services.update_model(
            actor=self.actor,
            category=asked.category,
            name=name,
            payload=asked.payload,
            expected=expected_versions(request),
            force=read_query(serializers.ForceQuery, request)["force"],
            message=asked.message,
        )
        body = bodies.updated(written, asked.category)
        return Response(body, headers={"ETag": bodies.etag(written.version)})

    @extend_schema(
        operation_id="delete_model",
        summary="Delete a model; its versions are kept",
        parameters=[serializers.ForceQuery, IF_MATCH],
        responses={200: serializers.ModelDeleted},
    )
    def delete(self, request: Request, name: str) -> Response:
        query = read_query(serializers.ForceQuery, request)
        services.delete_model(
            actor=self.actor,
            category=query["category"],
            name=name,
            force=query["force"],
            expected=expected_versions(request),
        )
        return Response({"message": "Model deleted successfully"})


class DownloadView(RegistryView):
    """A model as a file."""

    @extend_schema(
        operation_id="download_model",
        summary="Download a model as YAML",
        parameters=[serializers.CategoryQuery],
        responses={
            (200, "application/x-yaml"): OpenApiResponse(
                OpenApiTypes.OBJECT, description="The YAML, as its author wrote it."
            )
        },
    )
    def get(self, request: Request, name: str) -> HttpResponse:
        query = read_query(serializers.CategoryQuery, request)
        document, version, seen = visible_model(query["category"], name, self.actor)
        text = bodies.yaml_of(version, seen)
        response = HttpResponse(text, content_type="application/x-yaml; charset=utf-8")
        response["Content-Disposition"] = f'attachment; filename="{document.name}.yml"'
        response["ETag"] = bodies.etag(version.number)
        return response


class MetricsView(ApiView):
    """All metrics."""

    @extend_schema(
        operation_id="list_metrics",
        summary="List the metrics of a category",
        parameters=[serializers.MetricListQuery],
        responses={200: serializers.MetricListOutput},
    )
    def get(self, request: Request) -> Response:
        query = read_query(serializers.MetricListQuery, request)
        found = metrics.list_metrics(
            actor=self.actor,
            category=query["category"],
            kind=query.get("type"),
            model=query.get("model"),
        )
        page, pagination = _metric_page(found, request)
        body = {"metrics": [metric.body() for metric in page]}
        return Response({**body, "total_count": len(found), "pagination": pagination})


class MetricSearchView(ApiView):
    """Search in the metrics."""

    @extend_schema(
        operation_id="search_metrics",
        summary="Search metrics by name, label, synonym, tag and description",
        parameters=[serializers.MetricSearchQuery],
        responses={200: serializers.MetricSearchOutput},
    )
    def get(self, request: Request) -> Response:
        query = read_query(serializers.MetricSearchQuery, request)
        found = metrics.search_metrics(
            actor=self.actor,
            category=query["category"],
            query=query["query"],
            kind=query.get("type"),
            model=query.get("model"),
        )
        page, pagination = _metric_page(found, request)
        return Response(bodies.search(query, found, page, pagination))


class MetricView(ApiView):
    """One metric."""

    @extend_schema(
        operation_id="get_metric",
        summary="Explain a metric: definition, dimensions, sources",
        parameters=[serializers.CategoryQuery],
        responses={200: serializers.MetricDetail},
    )
    def get(self, request: Request, name: str) -> Response:
        query = read_query(serializers.CategoryQuery, request)
        found = metrics.explain_metric(actor=self.actor, category=query["category"], name=name)
        return Response(bodies.metric_detail(found.metric, found.graph, found.options))


def _metric_page(items: list[Any], request: Request) -> tuple[list[Any], dict[str, Any]]:
    return paginate(items, request, default=100, maximum=serializers.METRIC_PAGE_SIZE)
