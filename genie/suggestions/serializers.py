"""Shapes of /api/genie/suggest-metrics."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from catalog.modelling.serializers import SOURCES
from catalog.serializers import MAX_NAME
from semantic_layer.api.serializers import StrictSerializer

MOST_COLUMNS = 1_000


class SuggestColumnInput(serializers.Serializer[Any]):
    """A column as analyze-table or the metadata tell it; further keys are left alone."""

    name = serializers.CharField(max_length=MAX_NAME, trim_whitespace=False)
    data_type = serializers.CharField(required=False, default="", allow_blank=True, max_length=2000)
    type = serializers.CharField(required=False, default="", allow_blank=True, max_length=2000)
    comment = serializers.CharField(
        required=False, allow_null=True, allow_blank=True, default=None, max_length=10_000
    )


class SuggestTableInput(serializers.Serializer[Any]):
    """A table as analyze-table tells it; `name` is another word for `table`."""

    catalog = serializers.CharField(max_length=MAX_NAME, trim_whitespace=False)
    schema = serializers.CharField(max_length=MAX_NAME, trim_whitespace=False)
    table = serializers.CharField(required=False, max_length=MAX_NAME, trim_whitespace=False)
    name = serializers.CharField(required=False, max_length=MAX_NAME, trim_whitespace=False)
    columns = SuggestColumnInput(many=True, required=False, default=list)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        table = attrs.get("table") or attrs.get("name")
        if not table:
            raise serializers.ValidationError({"table": ["This field is required."]})
        if len(attrs["columns"]) > MOST_COLUMNS:
            raise serializers.ValidationError({"columns": [f"At most {MOST_COLUMNS} columns."]})
        return {**attrs, "table": table}


class SuggestMetricsInput(StrictSerializer):
    table_info = SuggestTableInput()


class MetricSuggestionOutput(serializers.Serializer[Any]):
    name = serializers.CharField()
    label = serializers.CharField(allow_null=True)  # type: ignore[assignment]
    description = serializers.CharField()
    type = serializers.CharField()
    definition = serializers.DictField(help_text="The metric, as models take it.")
    measures = serializers.ListField(
        child=serializers.DictField(), help_text="Measures that it needs and the model lacks."
    )
    confidence = serializers.FloatField()
    evidence = serializers.DictField()
    key = serializers.CharField(help_text="To reject it by.")


class SuggestMetricsOutput(serializers.Serializer[Any]):
    suggestions = MetricSuggestionOutput(many=True)
    model = serializers.CharField(
        allow_null=True, help_text="The model that reads the table already."
    )
    source = serializers.ChoiceField(SOURCES)  # type: ignore[assignment]
    notes = serializers.ListField(child=serializers.CharField())
