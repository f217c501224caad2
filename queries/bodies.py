"""Shapes of the answers, for the OpenAPI document; the services fill them.

Some names of the contract (`label`, `errors`, `is_valid`) are attributes of DRF's serializers as
well; its metaclass keeps the fields apart from them.
"""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiExample
from rest_framework import serializers


class QueryAnswerBody(serializers.Serializer[Any]):
    """Rows are objects by column name; decimals and integers beyond 2^53 travel as text."""

    columns = serializers.ListField(child=serializers.CharField())
    column_types = serializers.ListField(
        child=serializers.CharField(), help_text="Types as the warehouse writes them."
    )
    rows = serializers.ListField(child=serializers.DictField(child=serializers.JSONField()))
    row_count = serializers.IntegerField()
    execution_time_ms = serializers.FloatField(help_text="Time in the warehouse.")
    query_id = serializers.UUIDField()
    statement_id = serializers.CharField(help_text="The warehouse's own id of the statement.")
    truncated = serializers.BooleanField(help_text="True exactly when more rows existed.")
    cached = serializers.BooleanField()


class ModelVersionBody(serializers.Serializer[Any]):
    """A model that a number was computed from."""

    name = serializers.CharField()
    version = serializers.IntegerField(allow_null=True)


class TimeRangeBody(serializers.Serializer[Any]):
    """Half-open range of metric_time as understood."""

    start = serializers.CharField(allow_null=True)
    end = serializers.CharField(allow_null=True)


class CacheBody(serializers.Serializer[Any]):
    """Whether the rows were read for this query."""

    state = serializers.CharField(help_text="`off`: every query reads the warehouse.")
    data_read_at = serializers.DateTimeField()
    data_age_s = serializers.FloatField()


class ReceiptBody(serializers.Serializer[Any]):
    """Everything needed to say where a number comes from, and to compute it again."""

    query_id = serializers.UUIDField()
    category = serializers.CharField()
    category_version = serializers.CharField()
    metrics = serializers.ListField(child=serializers.CharField())
    models = ModelVersionBody(many=True)
    sql_sha256 = serializers.CharField()
    parameters = serializers.DictField(child=serializers.JSONField())
    row_limit = serializers.IntegerField()
    dialect = serializers.CharField()
    warehouse = serializers.CharField()
    statement_id = serializers.CharField()
    data_scope = serializers.CharField(help_text="Equal for callers who see the same data; opaque.")
    time_range = TimeRangeBody(allow_null=True)
    time_zone = serializers.CharField()
    now = serializers.DateTimeField(help_text="The moment that relative ranges were resolved at.")
    cache = CacheBody()
    notes = serializers.ListField(child=serializers.CharField())


class MetricAnswerBody(QueryAnswerBody):
    """A metric query's result with its SQL and its receipt."""

    sql = serializers.CharField()
    receipt = ReceiptBody()


class ColumnDetailBody(serializers.Serializer[Any]):
    """What a result column means."""

    name = serializers.CharField()
    role = serializers.CharField()
    kind = serializers.CharField()
    label = serializers.CharField(allow_null=True)  # type: ignore[assignment]
    description = serializers.CharField(allow_null=True)
    grain = serializers.CharField(allow_null=True)
    date_part = serializers.CharField(allow_null=True)


class CompiledBody(serializers.Serializer[Any]):
    """SQL of a metric query, not run."""

    sql = serializers.CharField()
    dialect = serializers.CharField()
    parameters = serializers.DictField(child=serializers.JSONField())
    columns = serializers.ListField(child=serializers.CharField())
    column_details = ColumnDetailBody(many=True)
    metrics = serializers.ListField(child=serializers.CharField())
    models = ModelVersionBody(many=True)
    time_range = TimeRangeBody(allow_null=True)
    time_zone = serializers.CharField()
    notes = serializers.ListField(child=serializers.CharField())


class SqlVerdictBody(serializers.Serializer[Any]):
    """Whether a statement would be run; nothing was executed."""

    valid = serializers.BooleanField()
    is_valid = serializers.BooleanField()  # type: ignore[assignment]
    errors = serializers.ListField(child=serializers.CharField())  # type: ignore[assignment]
    warnings = serializers.ListField(child=serializers.CharField())
    message = serializers.CharField()
    details = serializers.DictField(
        child=serializers.JSONField(), allow_null=True, help_text="`line` and `column`, from 1."
    )


class GroupableDimensionBody(serializers.Serializer[Any]):
    """Something that all the metrics can be grouped by."""

    name = serializers.CharField()
    type = serializers.CharField(help_text="time, categorical or entity")
    label = serializers.CharField(allow_null=True)  # type: ignore[assignment]
    description = serializers.CharField(allow_null=True)
    model = serializers.CharField(allow_null=True)
    grains = serializers.ListField(child=serializers.CharField())
    default_grain = serializers.CharField(allow_null=True)


class DimensionsBody(serializers.Serializer[Any]):
    """What the metrics have in common."""

    metrics = serializers.ListField(child=serializers.CharField())
    dimensions = GroupableDimensionBody(many=True)
    total_count = serializers.IntegerField()


class DimensionValuesBody(serializers.Serializer[Any]):
    """Distinct values of one dimension, in order."""

    dimension = serializers.CharField()
    values = serializers.ListField(child=serializers.JSONField(allow_null=True))
    total_count = serializers.IntegerField(help_text="How many values are listed.")
    truncated = serializers.BooleanField(help_text="True exactly when more values existed.")
    query_id = serializers.UUIDField()


def request_example(name: str, value: dict[str, Any]) -> OpenApiExample:
    return OpenApiExample(name, value=value, request_only=True)


def answer_example(name: str, value: dict[str, Any], status: str = "200") -> OpenApiExample:
    return OpenApiExample(name, value=value, response_only=True, status_codes=[status])
