"""Parameters of the endpoints that follow runs."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from models_registry.models import Category
from queries.models import QueryKind
from queries.services.following import HistoryFilter
from queries.states import QueryState
from semantic_layer.api.pagination import MAX_PAGE

RESULT_PAGE_SIZE = 1_000
RESULT_PAGE_MAX = 10_000
HISTORY_PAGE_SIZE = 20
HISTORY_PAGE_MAX = 50
MAX_TEXT = 256


class ResultQuery(serializers.Serializer[Any]):
    """GET /api/queries/{id}/results: pages as large as a synchronous answer may be."""

    page = serializers.IntegerField(min_value=1, max_value=MAX_PAGE, default=1)
    page_size = serializers.IntegerField(
        min_value=1, max_value=RESULT_PAGE_MAX, default=RESULT_PAGE_SIZE
    )


class HistoryQuery(serializers.Serializer[Any]):
    """GET /api/queries/history"""

    status = serializers.ChoiceField(QueryState.choices, required=False)
    state = serializers.ChoiceField(
        QueryState.choices, required=False, help_text="Another word for `status`."
    )
    kind = serializers.ChoiceField(QueryKind.choices, required=False)
    category = serializers.ChoiceField(Category.choices, required=False)
    text = serializers.CharField(
        required=False,
        max_length=MAX_TEXT,
        help_text="Only queries whose SQL or metric query holds this, whatever its case.",
    )
    to = serializers.DateTimeField(required=False, help_text="Asked before this moment.")
    user = serializers.CharField(
        required=False,
        max_length=MAX_TEXT,
        help_text="For administrators: another person's, by id or e-mail address, or `all`.",
    )
    page = serializers.IntegerField(min_value=1, max_value=MAX_PAGE, default=1)
    page_size = serializers.IntegerField(
        min_value=1, max_value=HISTORY_PAGE_MAX, default=HISTORY_PAGE_SIZE
    )

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """`from` is a word of Python's, so the field cannot be declared like the others."""
        since = serializers.DateTimeField(
            required=False, help_text="Asked at this moment or later."
        )
        return {**super().get_fields(), "from": since}

    @staticmethod
    def asked(query: dict[str, Any]) -> HistoryFilter:
        """The conditions of validated parameters."""
        return HistoryFilter(
            state=query.get("status") or query.get("state"),
            kind=query.get("kind"),
            category=query.get("category"),
            text=query.get("text"),
            since=query.get("from"),
            until=query.get("to"),
            user=query.get("user"),
        )
