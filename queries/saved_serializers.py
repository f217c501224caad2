"""Shapes of saved queries: what is sent, and what is answered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

from models_registry.models import Category
from queries.models import QueryKind, SavedQuery, Sharing
from queries.serializers import MetricQueryInput, ParameterField
from queries.services.saved import SavedFilter, SavedRun
from semantic_layer.accounts.roles import Role
from semantic_layer.api.serializers import PageQuery, PaginationBody, StrictSerializer

MAX_TEXT = 256
MAX_DESCRIPTION = 4_000
KINDS = [(kind.value, kind.label) for kind in (QueryKind.SQL, QueryKind.METRIC)]
_NOT_SAVED = ("async", "export_format", "refresh", "category")


class SavedMetricQuery(MetricQueryInput):
    """A metric query as metrics-explorer/query takes it, without how it is answered."""

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        fields = super().get_fields()
        return {name: kind for name, kind in fields.items() if name not in _NOT_SAVED}


class SavedQueryInput(StrictSerializer):
    """POST /api/queries/saved: either `query`, a SQL statement, or `metric_query`."""

    name = serializers.CharField(max_length=128)
    description = serializers.CharField(
        required=False, allow_blank=True, max_length=MAX_DESCRIPTION
    )
    tags = serializers.ListField(
        child=serializers.CharField(max_length=64), required=False, max_length=50
    )
    sharing = serializers.ChoiceField(Sharing.choices, required=False)
    shared_roles = serializers.ListField(
        child=serializers.ChoiceField(Role.choices),
        required=False,
        help_text="With `sharing: roles`: whose people see it.",
    )
    query = serializers.CharField(required=False, trim_whitespace=False)
    parameters = serializers.DictField(
        child=ParameterField(), required=False, help_text="Values to run the SQL with."
    )
    metric_query = SavedMetricQuery(required=False)
    category = serializers.ChoiceField(
        Category.choices, required=False, help_text="Of a metric query; production by default."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        kinds = [name for name in ("query", "metric_query") if name in attrs]
        if len(kinds) == 2 or (not kinds and not self.partial):
            raise serializers.ValidationError(
                {"query": ["Send either `query`, a SQL statement, or `metric_query`."]}
            )
        if "query" in attrs and "category" in attrs:
            raise serializers.ValidationError({"category": ["Only for a metric query."]})
        return attrs


class SavedRunInput(StrictSerializer):
    """POST /api/queries/saved/{id}/run"""

    parameters = serializers.DictField(
        child=ParameterField(), required=False, help_text="Replace the saved values by name."
    )
    limit = serializers.IntegerField(required=False, allow_null=True, min_value=1)
    refresh = serializers.BooleanField(
        required=False, default=False, help_text="Ask the warehouse even if an answer is kept."
    )

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """`async` is a word of Python's, so the field cannot be declared like the others."""
        background = serializers.BooleanField(
            required=False, default=False, help_text="Answer 202 at once and run in the background."
        )
        return {**super().get_fields(), "async": background}

    @staticmethod
    def asked(body: Mapping[str, Any]) -> SavedRun:
        return SavedRun(
            parameters=body.get("parameters") or {},
            limit=body.get("limit"),
            in_background=body["async"],
            refresh=body["refresh"],
        )


class SavedListQuery(PageQuery):
    """GET /api/queries/saved"""

    kind = serializers.ChoiceField(KINDS, required=False)
    tag = serializers.CharField(required=False, max_length=64)
    text = serializers.CharField(
        required=False, max_length=MAX_TEXT, help_text="In name, description, SQL or names used."
    )
    mine = serializers.BooleanField(
        required=False, allow_null=True, default=None, help_text="Own ones only, or others' only."
    )

    @staticmethod
    def asked(query: Mapping[str, Any]) -> SavedFilter:
        return SavedFilter(query.get("kind"), query.get("tag"), query.get("text"), query["mine"])


class OwnerBody(serializers.Serializer[Any]):
    """Whose it is."""

    id = serializers.UUIDField()
    display_name = serializers.CharField()


class SavedQueryBody(serializers.Serializer[Any]):
    """A saved query. Whoever runs it does so with their own rights."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    description = serializers.CharField()
    tags = serializers.ListField(child=serializers.CharField())
    sharing = serializers.ChoiceField(Sharing.choices)
    shared_roles = serializers.ListField(child=serializers.CharField())
    kind = serializers.ChoiceField(KINDS)
    query = serializers.CharField(allow_null=True)
    parameters = serializers.DictField(child=serializers.JSONField())
    metric_query = serializers.DictField(child=serializers.JSONField(), allow_null=True)
    category = serializers.CharField(allow_null=True)
    owner = OwnerBody()
    is_mine = serializers.BooleanField()
    version = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class SavedListBody(serializers.Serializer[Any]):
    """Saved queries by name."""

    saved_queries = SavedQueryBody(many=True)
    total_count = serializers.IntegerField()
    pagination = PaginationBody()


class SavedDeletedBody(serializers.Serializer[Any]):
    """It is gone."""

    id = serializers.UUIDField()
    message = serializers.CharField()


def saved_body(saved: SavedQuery, user_id: str) -> dict[str, Any]:
    """The saved query as the person with this id sees it."""
    is_sql = saved.kind == QueryKind.SQL
    return {
        "id": saved.pk,
        "name": saved.name,
        "description": saved.description,
        "tags": saved.tags,
        "sharing": saved.sharing,
        "shared_roles": saved.shared_roles,
        "kind": saved.kind,
        "query": saved.sql if is_sql else None,
        "parameters": saved.parameters,
        "metric_query": None if is_sql else saved.request,
        "category": saved.category or None,
        "owner": {"id": saved.owner_id, "display_name": saved.owner.display_name},
        "is_mine": str(saved.owner_id) == user_id,
        "version": saved.version,
        "created_at": saved.created_at,
        "updated_at": saved.updated_at,
    }
