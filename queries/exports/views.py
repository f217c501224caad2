"""HTTP face of the exports."""

from __future__ import annotations

import uuid

from django.http import FileResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from queries import services
from queries.exports.answers import export_body
from queries.exports.formats import FORMATS
from queries.exports.links import LinkAuthentication
from queries.exports.serializers import ExportBody, ExportInput, ExportManifestBody
from queries.models import Export, ExportFormat
from queries.requests import ExportRequest
from queries.run_bodies import AcceptedBody, accepted_body
from semantic_layer.accounts.authentication import BearerAuthentication
from semantic_layer.api.schema import error_response
from semantic_layer.api.serializers import read_body
from semantic_layer.api.views import ApiView


class ExportView(ApiView):
    """Rows as a file."""

    permission = "execute"
    category = "exports"

    @extend_schema(
        operation_id="export_query",
        summary="Write the rows of a statement, or of a finished query, to a file",
        request=ExportInput,
        responses={
            200: ExportBody,
            202: AcceptedBody,
            404: error_response("No such query of yours, or its result has expired."),
            409: error_response("The query has not completed."),
            422: error_response("More rows or bytes than a file may have, or no room for it."),
        },
    )
    def post(self, request: Request) -> Response:
        asked = ExportRequest.of(read_body(ExportInput, request))
        if asked.sql is not None and asked.sql.in_background:
            run = services.submit_export(actor=self.actor, request=asked.sql)
            return Response(accepted_body(run), status=202)
        return Response(export_body(services.build_export(actor=self.actor, request=asked)))


class ExportDownloadView(ApiView):
    """The file."""

    permission = "execute"
    category = "metadata"
    authentication_classes = (LinkAuthentication, BearerAuthentication)

    @extend_schema(
        operation_id="download_export",
        summary="Download an export",
        responses={
            **{
                (200, known.content_type.partition(";")[0]): OpenApiResponse(
                    OpenApiTypes.ANY if name is ExportFormat.JSON else OpenApiTypes.BINARY,
                    "The file, with the content type of its format.",
                )
                for name, known in FORMATS.items()
            },
            404: error_response("No such export of yours, or it has expired."),
        },
    )
    def get(self, request: Request, export_id: uuid.UUID) -> FileResponse:
        export, file = services.open_export(actor=self.actor, export_id=export_id)
        response = FileResponse(
            file,
            as_attachment=True,
            filename=export.file_name,
            content_type=FORMATS[ExportFormat(export.format)].content_type,
        )
        return _guarded(response, export)


class ExportManifestView(ApiView):
    """What is in the file."""

    permission = "execute"
    category = "metadata"
    authentication_classes = (LinkAuthentication, BearerAuthentication)

    @extend_schema(
        operation_id="export_manifest",
        summary="Show what is in an export: rows, columns, hash, where the numbers come from",
        responses={
            200: ExportManifestBody,
            404: error_response("No such export of yours, or it has expired."),
        },
    )
    def get(self, request: Request, export_id: uuid.UUID) -> Response:
        manifest = services.export_manifest(actor=self.actor, export_id=export_id)
        return Response(manifest, headers={"Cache-Control": "private, no-store"})


def _guarded(response: FileResponse, export: Export) -> FileResponse:
    """Nobody keeps it, no browser guesses what it is, and whoever gets it can check it."""
    response["Cache-Control"] = "private, no-store"
    response["X-Content-Type-Options"] = "nosniff"
    response["ETag"] = f'"{export.sha256}"'
    return response
