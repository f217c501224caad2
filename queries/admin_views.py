"""HTTP face for administrators: the audit trail, and emptying caches."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from models_registry.models import Category
from queries import services
from queries.services import AuditFilter, AuditSource, CachePart
from semantic_layer.api.pagination import page_asked
from semantic_layer.api.serializers import PageQuery, PaginationBody, read_query
from semantic_layer.api.views import ApiView

_MAX_TEXT = 256


class CacheQuery(serializers.Serializer[Any]):
    """DELETE /api/admin/cache"""

    what = serializers.ChoiceField(
        [part.value for part in CachePart], required=False, default=CachePart.ALL.value
    )


class CacheEmptiedBody(serializers.Serializer[Any]):
    """What was emptied."""

    message = serializers.CharField()
    emptied = serializers.DictField(
        child=serializers.IntegerField(), help_text="How much of each part there was."
    )


class AuditQuery(PageQuery):
    """GET /api/admin/audit"""

    # DRF has an attribute of the same name; its metaclass keeps the field apart from it.
    source = serializers.ChoiceField(  # type: ignore[assignment]
        [source.value for source in AuditSource], required=False
    )
    user = serializers.CharField(
        required=False, max_length=_MAX_TEXT, help_text="Who did it, by id or e-mail address."
    )
    action = serializers.CharField(
        required=False,
        max_length=_MAX_TEXT,
        help_text="Of queries their kind (`sql`, `metric`, `dimension_values`), of the registry "
        "what was done (`create`, `update`, `delete`, ...).",
    )
    outcome = serializers.CharField(
        required=False,
        max_length=_MAX_TEXT,
        help_text="Of queries their state (`completed`, `failed`, ...), of the registry `done` or "
        "`refused`.",
    )
    category = serializers.ChoiceField(Category.choices, required=False)
    name = serializers.CharField(
        required=False,
        max_length=_MAX_TEXT,
        help_text="A document; of queries a model or a table (catalog.schema.table) they read.",
    )
    request_id = serializers.CharField(required=False, max_length=_MAX_TEXT)
    to = serializers.DateTimeField(required=False, help_text="Before this moment.")

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """`from` is a word of Python's, so the field cannot be declared like the others."""
        since = serializers.DateTimeField(required=False, help_text="At this moment or later.")
        return {**super().get_fields(), "from": since}


class AuditTrailEntryBody(serializers.Serializer[Any]):
    """One thing that was asked or done, or refused."""

    id = serializers.CharField()
    source = serializers.CharField()  # type: ignore[assignment]
    at = serializers.DateTimeField()
    actor_id = serializers.CharField(allow_null=True)
    actor_email = serializers.CharField()
    action = serializers.CharField()
    outcome = serializers.CharField()
    category = serializers.CharField(allow_null=True)
    name = serializers.CharField(allow_null=True)
    request_id = serializers.CharField(allow_null=True)
    details = serializers.DictField(child=serializers.JSONField(allow_null=True))


class AuditBody(serializers.Serializer[Any]):
    """Entries, newest first."""

    entries = AuditTrailEntryBody(many=True)
    pagination = PaginationBody()


class CacheView(ApiView):
    """What is kept so that it need not be read again."""

    permission = "admin"

    @extend_schema(
        operation_id="empty_cache",
        summary="Forget kept results, metadata or graphs, in every process",
        parameters=[CacheQuery],
        responses={200: CacheEmptiedBody},
    )
    def delete(self, request: Request) -> Response:
        part = CachePart(read_query(CacheQuery, request)["what"])
        emptied = services.empty_cache(actor=self.actor, part=part)
        return Response({"message": "Cache emptied", "emptied": emptied})


class AuditView(ApiView):
    """Who did what, and when."""

    permission = "admin"

    @extend_schema(
        operation_id="audit_trail",
        summary="List queries and changes of the registry, refusals too",
        parameters=[AuditQuery],
        responses={200: AuditBody},
    )
    def get(self, request: Request) -> Response:
        page = page_asked(request)
        found = services.audit_trail(
            actor=self.actor, asked=_filter(read_query(AuditQuery, request)), page=page
        )
        return Response({"entries": found.entries, "pagination": found.pagination})


def _filter(query: dict[str, Any]) -> AuditFilter:
    source = query.get("source")
    return AuditFilter(
        source=AuditSource(source) if source else None,
        user=query.get("user"),
        action=query.get("action"),
        outcome=query.get("outcome"),
        category=query.get("category"),
        name=query.get("name"),
        request_id=query.get("request_id"),
        since=query.get("from"),
        until=query.get("to"),
    )
