"""HTTP face of writing many documents, of validating, and of the YAML's schema."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from models_registry import bodies, examples, lifecycle_bodies, services
from models_registry import lifecycle_serializers as shapes
from models_registry.batches import Operation, run_batch
from models_registry.requests import expected_versions, model_request
from models_registry.serializers import CategoryQuery, MetricBody, ModelBody
from models_registry.upload_parser import ModelFileParser
from models_registry.uploads import upload_documents
from models_registry.views import IF_MATCH, RegistryView
from semantic_layer.api.parsing import StrictJsonParser
from semantic_layer.api.serializers import read_body
from semantic_layer.api.views import ApiView
from semantic_layer.compiler import json_schema
from semantic_layer.errors import InvalidModels, Malformed

_OF_BODY = ("MALFORMED_JSON", "MALFORMED_BODY")
"""The request itself cannot be read: no file was looked at."""


class UploadView(RegistryView):
    """Model files."""

    ACTIONS = {"POST": "upload"}
    parser_classes = (ModelFileParser, StrictJsonParser)

    @extend_schema(
        operation_id="upload_models",
        summary="Upload YAML files, a manifest or a zip of them: all or nothing",
        request={"multipart/form-data": shapes.UploadInput},
        responses={201: shapes.UploadOutput},
    )
    def post(self, request: Request) -> Response:
        asked = read_body(shapes.UploadInput, request)
        files: list[UploadedFile[Any]] = request.FILES.getlist("file")
        result = upload_documents(
            actor=self.actor,
            category=asked["category"],
            files=[(file.name or "", file.read()) for file in files],
            overwrite=asked["overwrite"],
            message=asked.get("message", ""),
        )
        return Response(lifecycle_bodies.uploaded(result, asked["category"]), status=201)

    def handle_exception(self, exc: Exception) -> Response:
        """What is wrong with the file's content is 400 here, with every problem in one list."""
        is_of_body = isinstance(exc, Malformed) and exc.code in _OF_BODY
        if isinstance(exc, InvalidModels | Malformed) and not is_of_body:
            return Response(lifecycle_bodies.upload_refused(exc), status=400, exception=True)
        return super().handle_exception(exc)


class BatchView(RegistryView):
    """Many operations."""

    ACTIONS = {"POST": "batch"}

    @extend_schema(
        operation_id="batch_models",
        summary="Create, update, delete and validate up to 50 models",
        request=shapes.BatchInput,
        responses={200: shapes.BatchOutput},
        examples=examples.BATCH,
    )
    def post(self, request: Request) -> Response:
        asked = read_body(shapes.BatchInput, request)
        result = run_batch(
            actor=self.actor,
            operations=[_operation(item) for item in asked["operations"]],
            atomic=asked["atomic"],
            message=asked.get("message", ""),
        )
        return Response(lifecycle_bodies.batch(result, atomic=asked["atomic"]))


def _operation(asked: Mapping[str, Any]) -> Operation:
    version = asked.get("version")
    return Operation(
        action=asked["action"],
        category=asked["category"],
        name=asked.get("model_id"),
        payload=asked.get("model", {}),
        expected=None if version is None else frozenset([version]),
        force=asked["force"],
    )


class ValidateView(ApiView):
    """Writes nothing."""

    @extend_schema(
        operation_id="validate_model",
        summary="Say everything that is wrong with a model, without writing it",
        request=ModelBody,
        responses={200: shapes.ValidationOutput},
        parameters=[CategoryQuery],
    )
    def post(self, request: Request) -> Response:
        asked = model_request(request)
        found = services.check_model(
            actor=self.actor, category=asked.category, payload=asked.payload
        )
        return Response(lifecycle_bodies.validated(found))


class SchemaView(RegistryView):
    """For editors."""

    @extend_schema(
        operation_id="get_model_schema",
        summary="JSON Schema (2020-12) of the YAML documents",
        responses={200: OpenApiResponse(OpenApiTypes.OBJECT, description="The schema.")},
    )
    def get(self, request: Request) -> Response:
        return Response(json_schema())


class ModelMetricsView(RegistryView):
    """Metrics of one model."""

    ACTIONS = {"POST": "add_metric"}

    @extend_schema(
        operation_id="add_metric",
        summary="Add a metric to a model; the author's YAML keeps its comments",
        request=MetricBody,
        responses={201: shapes.MetricAdded},
        parameters=[CategoryQuery, IF_MATCH],
        examples=examples.ADD_METRIC,
    )
    def post(self, request: Request, name: str) -> Response:
        asked = model_request(request)
        written = services.add_metric(
            actor=self.actor,
            category=asked.category,
            name=name,
            metric=asked.payload,
            expected=expected_versions(request),
            message=asked.message,
        )
        body = lifecycle_bodies.metric_added(
            written, str(asked.payload.get("name", "")), asked.category
        )
        return Response(body, status=201, headers={"ETag": bodies.etag(written.version)})
