"""Shape of the model search: its query string and its answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

from models_registry.models import Category
from models_registry.serializers import QUERY_LENGTH, CategoryQuery
from semantic_layer.api.serializers import PageQuery, PaginationBody

TEXT_LENGTH = 250
MAX_TAGS = 20


class ModelSearchQuery(PageQuery, CategoryQuery):
    """Words and filters; an empty parameter is one that is not given."""

    query = serializers.CharField(
        default="",
        max_length=QUERY_LENGTH,
        help_text="Words of names, labels, synonyms, descriptions, tags, base tables, of models "
        "and their members; parts of words and typing mistakes are forgiven. Empty: all models.",
    )
    tags = serializers.CharField(
        default="", max_length=QUERY_LENGTH * 5, help_text="Separated by commas; one is enough."
    )
    has_metrics = serializers.BooleanField(required=False)
    created_after = serializers.DateTimeField(
        required=False, help_text="Date or time, itself included; UTC where it has no zone."
    )
    created_before = serializers.DateTimeField(required=False, help_text="Itself not included.")
    updated_after = serializers.DateTimeField(required=False, help_text="Itself included.")
    model_contains = serializers.CharField(
        default="", max_length=TEXT_LENGTH, help_text="Part of the base table's name."
    )

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            data = {key: value for key, value in data.items() if value != ""}
        return super().to_internal_value(data)

    def validate_tags(self, value: str) -> tuple[str, ...]:
        tags = tuple(tag for part in value.split(",") if (tag := part.strip()))
        if len(tags) > MAX_TAGS:
            raise serializers.ValidationError(f"At most {MAX_TAGS} tags.")
        return tags


class FoundModel(serializers.Serializer[Any]):
    id = serializers.CharField()
    name = serializers.CharField()
    label = serializers.CharField(allow_null=True)  # type: ignore[assignment]
    description = serializers.CharField(allow_null=True)
    category = serializers.ChoiceField(Category.choices)
    model = serializers.CharField()
    status = serializers.CharField()
    owner = serializers.CharField(allow_null=True)
    metrics_count = serializers.IntegerField()
    dimensions_count = serializers.IntegerField()
    tags = serializers.ListField(child=serializers.CharField())
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    relevance_score = serializers.FloatField(
        min_value=0, max_value=1, help_text="1 for a model whose name is the query."
    )


class ModelSearchOutput(serializers.Serializer[Any]):
    results = FoundModel(many=True)
    total_results = serializers.IntegerField()
    search_time_ms = serializers.FloatField()
    query = serializers.CharField()
    pagination = PaginationBody()
