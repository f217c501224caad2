"""HTTP face of documentation."""

from __future__ import annotations

import uuid

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from models_registry.documentation import bodies, serializers, services
from models_registry.documentation.rendering import CONTENT_TYPES, EXTENSIONS
from models_registry.models import DocumentationFormat, DocumentationState
from semantic_layer.api.pagination import paginate
from semantic_layer.api.schema import error_response
from semantic_layer.api.serializers import read_body, read_query
from semantic_layer.api.views import ApiView
from semantic_layer.errors import Conflict

# Whoever opens a downloaded page in the browser: nothing in it may run or be fetched.
ALONE = "sandbox; default-src 'none'; style-src 'unsafe-inline'"
MISSING = error_response("There is no such documentation that you may read.")


class GenerateView(ApiView):
    """Writes it."""

    permission = "write"
    category = "ai"

    @extend_schema(
        operation_id="generate_documentation",
        summary="Write the documentation of a model, now or in the background",
        request=serializers.GenerateInput,
        responses={
            200: serializers.DocumentationOutput,
            202: serializers.DocumentationOutput,
            404: error_response("There is no such model that you may see."),
        },
    )
    def post(self, request: Request) -> Response:
        asked = read_body(serializers.GenerateInput, request)
        order = services.Order(
            asked["category"],
            asked["model_id"],
            asked["format"],
            asked["template"],
            asked["include_lineage"],
        )
        if asked["async"]:
            row = services.order_in_background(actor=self.actor, order=order)
            return Response(bodies.documentation(row), status=202)
        return Response(bodies.documentation(services.generate(actor=self.actor, order=order)))


class DocumentedModelsView(ApiView):
    """Which models have one."""

    category = "models"

    @extend_schema(
        operation_id="list_documentation",
        summary="List models with their newest documentation, and whether it is out of date",
        parameters=[serializers.DocumentationListQuery],
        responses={200: serializers.DocumentedModelsOutput},
    )
    def get(self, request: Request) -> Response:
        query = read_query(serializers.DocumentationListQuery, request)
        found = services.documented_models(actor=self.actor, category=query["category"])
        page, numbers = paginate(found, request)
        return Response({"models": list(map(bodies.documented, page)), "pagination": numbers})


class DocumentationView(ApiView):
    """One of them."""

    category = "models"

    @extend_schema(
        operation_id="get_documentation",
        summary="Get a documentation, or how far its writing is",
        responses={200: serializers.DocumentationOutput, 404: MISSING},
    )
    def get(self, request: Request, documentation_id: uuid.UUID) -> Response:
        row = services.open_documentation(actor=self.actor, documentation_id=documentation_id)
        return Response(bodies.documentation(row))


class DocumentationDownloadView(ApiView):
    """As a file."""

    category = "models"

    @extend_schema(
        operation_id="download_documentation",
        summary="Download a documentation",
        responses={
            **{
                (200, content_type.partition(";")[0]): OpenApiResponse(
                    OpenApiTypes.BINARY, "The file, with the content type of its format."
                )
                for content_type in CONTENT_TYPES.values()
            },
            404: MISSING,
            409: error_response("It is not written yet."),
        },
    )
    def get(self, request: Request, documentation_id: uuid.UUID) -> HttpResponse:
        row = services.open_documentation(actor=self.actor, documentation_id=documentation_id)
        if row.state != DocumentationState.COMPLETED:
            raise Conflict(f"The documentation is {row.state}.", code="NOT_WRITTEN")
        wanted = DocumentationFormat(row.format)
        response = HttpResponse(bytes(row.content), content_type=CONTENT_TYPES[wanted])
        name = f"{row.document.name}.{EXTENSIONS[wanted]}"
        response["Content-Disposition"] = f'attachment; filename="{name}"'
        response["Content-Security-Policy"] = ALONE
        response["X-Content-Type-Options"] = "nosniff"
        response["Cache-Control"] = "private, no-store"
        return response
