"""HTTP face of a document's past, and of who would notice its end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from models_registry import histories, lifecycle_bodies
from models_registry import lifecycle_serializers as shapes
from models_registry.impact import visible_impact
from models_registry.models import Document
from models_registry.selectors import visible_model
from models_registry.serializers import CategoryQuery
from models_registry.views import RegistryView
from semantic_layer.api.pagination import paginate
from semantic_layer.api.serializers import read_query

FROM = OpenApiParameter("from", int, description="The older version's number.")


class _HistoryView(RegistryView):
    def document(self, name: str, query: Mapping[str, Any]) -> Document:
        """The document, where the caller may read all of its past."""
        return histories.readable_document(
            actor=self.actor, category=query["category"], name=name, kind=query["kind"]
        )


class VersionsView(_HistoryView):
    """Versions, newest first."""

    @extend_schema(
        operation_id="list_model_versions",
        summary="List the versions of a model, of a deleted one too",
        parameters=[shapes.HistoryQuery],
        responses={200: shapes.VersionListOutput},
    )
    def get(self, request: Request, name: str) -> Response:
        document = self.document(name, read_query(shapes.HistoryQuery, request))
        found = histories.versions_of(document)
        page, pagination = paginate(found, request)
        return Response(lifecycle_bodies.versions(document, page, pagination))


class VersionView(_HistoryView):
    """One version."""

    @extend_schema(
        operation_id="get_model_version",
        summary="Get one version whole",
        parameters=[shapes.KindQuery],
        responses={200: shapes.VersionOutput},
    )
    def get(self, request: Request, name: str, number: int) -> Response:
        document = self.document(name, read_query(shapes.KindQuery, request))
        found = histories.version_of(actor=self.actor, document=document, number=number)
        return Response(lifecycle_bodies.whole_version(document, found))


class DiffView(_HistoryView):
    """Two versions."""

    @extend_schema(
        operation_id="diff_model_versions",
        summary="Compare two versions, as text and as definitions",
        parameters=[shapes.DiffQuery],
        responses={200: shapes.DiffOutput},
    )
    def get(self, request: Request, name: str) -> Response:
        query = read_query(shapes.DiffQuery, request)
        document = self.document(name, query)
        older, newer, diff = histories.difference(
            actor=self.actor, document=document, before=query.get("from"), after=query.get("to")
        )
        return Response(lifecycle_bodies.difference(document, older, newer, diff))


class ImpactView(RegistryView):
    """Who uses it."""

    @extend_schema(
        operation_id="get_model_impact",
        summary="Tell what uses a model: what would notice if it went",
        parameters=[CategoryQuery],
        responses={200: shapes.ImpactOutput},
    )
    def get(self, request: Request, name: str) -> Response:
        category = read_query(CategoryQuery, request)["category"]
        document, _, _ = visible_model(category, name, self.actor)
        found = visible_impact(actor=self.actor, category=category, name=document.name)
        return Response(lifecycle_bodies.impact(document.name, category, found))


class AuditView(_HistoryView):
    """Who did what."""

    @extend_schema(
        operation_id="get_model_audit",
        summary="List what was done to a model; refusals for who may write",
        parameters=[shapes.HistoryQuery],
        responses={200: shapes.AuditOutput},
    )
    def get(self, request: Request, name: str) -> Response:
        document = self.document(name, read_query(shapes.HistoryQuery, request))
        found = histories.audit_of(actor=self.actor, document=document)
        page, pagination = paginate(found, request)
        return Response(lifecycle_bodies.audit(document, page, pagination, self.actor))
