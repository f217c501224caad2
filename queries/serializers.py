"""Shape and types of the requests. What they mean is decided by the services and the compiler."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.validators import MaxValueValidator
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from models_registry.models import Category
from queries.models import ExportFormat
from semantic_layer.api.serializers import StrictSerializer
from semantic_layer.compiler.filters import FILTER_OPERATORS

MAX_VALUES = 1_000
REFRESH_HELP = "Read the warehouse even where the answer is kept, and keep the new one."
MAX_NAME_LENGTH = 256


def _sql_row_cap() -> int:
    return int(settings.QUERY_MAX_ROWS)


def _metric_row_cap() -> int:
    return int(settings.METRIC_QUERY_MAX_ROWS)


_GROUP_BY_SCHEMA = {
    "oneOf": [
        {"type": "string", "examples": ["metric_time__month"]},
        {
            "type": "object",
            "properties": {
                "name": {"type": "string"},
                "grain": {"type": "string"},
                "date_part": {"type": "string"},
            },
            "required": ["name"],
        },
    ]
}
_ORDER_SCHEMA = {
    "oneOf": [
        {"type": "string", "examples": ["-revenue"]},
        {
            "type": "object",
            "properties": {
                "name": {"type": "string"},
                "descending": {"type": "boolean"},
                "nulls": {"type": "string", "enum": ["first", "last"]},
            },
            "required": ["name"],
        },
    ]
}
_CONDITION_TREE = {"type": "object", "additionalProperties": True}
_CONDITION_SCHEMA = {
    "oneOf": [
        {"type": "string", "examples": ["{{ Dimension('flight__carrier') }} = 'UA'"]},
        {
            "type": "object",
            "properties": {
                "field": {"type": "string"},
                "op": {"type": "string", "enum": list(FILTER_OPERATORS)},
                "value": {"description": "One value, or a list for in, not_in and between."},
                "grain": {"type": "string"},
                "date_part": {"type": "string"},
                "and": {"type": "array", "items": _CONDITION_TREE},
                "or": {"type": "array", "items": _CONDITION_TREE},
                "not": _CONDITION_TREE,
            },
            "examples": [{"field": "flight__carrier", "op": "=", "value": "UA"}],
        },
    ]
}


@extend_schema_field(_GROUP_BY_SCHEMA)
class GroupByField(serializers.JSONField):
    """A name, or `{name, grain, date_part}`; the compiler reads it."""


@extend_schema_field(
    {
        "oneOf": [{"type": "array", "items": _CONDITION_SCHEMA}, _CONDITION_SCHEMA],
        "description": "Conditions that all must hold; a single one may stand without the list.",
    }
)
class WhereField(serializers.JSONField):
    """Structured trees, or the Jinja string form; the compiler reads them. Always a list."""

    def to_internal_value(self, data: Any) -> list[Any]:
        value = super().to_internal_value(data)
        return value if isinstance(value, list) else [value]


@extend_schema_field(_ORDER_SCHEMA)
class OrderField(serializers.JSONField):
    """A result column, or `{name, descending, nulls}`; the compiler reads it."""


@extend_schema_field({"type": ["string", "number", "boolean"]})
class ParameterField(serializers.Field[Any, Any, Any, Any]):
    """A value to bind: text, number, true or false, or null."""

    default_error_messages = {"invalid": "Must be a text, a number, true, false or null."}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(allow_null=True, **kwargs)

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, str | int | float):
            self.fail("invalid")
        return data

    def to_representation(self, value: Any) -> Any:
        return value


class SqlText(StrictSerializer):
    """A statement and the values to bind."""

    query = serializers.CharField(
        trim_whitespace=False,
        help_text="One read-only statement of the warehouse's SQL, up to 10,000 characters.",
    )
    parameters = serializers.DictField(
        child=ParameterField(),
        required=False,
        allow_null=True,
        help_text="Values by name, bound where the statement says `$name` or `:name`.",
    )


class ValidateInput(SqlText):
    """POST /api/queries/validate"""


class FormatInput(StrictSerializer):
    """POST /api/queries/format"""

    query = serializers.CharField(
        trim_whitespace=False, help_text="SQL of the warehouse, up to 10,000 characters."
    )


class ExecuteInput(SqlText):
    """POST /api/queries/execute"""

    limit = serializers.IntegerField(
        required=False,
        allow_null=True,
        min_value=1,
        validators=[MaxValueValidator(_sql_row_cap)],
        help_text="Rows to answer with at most; 1000 where it is left out.",
    )
    warehouse_id = serializers.CharField(
        required=False, allow_null=True, max_length=MAX_NAME_LENGTH
    )
    export_format = serializers.ChoiceField(ExportFormat.choices, required=False, allow_null=True)
    refresh = serializers.BooleanField(required=False, default=False, help_text=REFRESH_HELP)

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        return {**super().get_fields(), "async": _async_field()}


class MetricQueryInput(StrictSerializer):
    """POST /api/metrics-explorer/query and /compile"""

    metrics = serializers.ListField(
        child=serializers.CharField(max_length=MAX_NAME_LENGTH), required=False, allow_null=True
    )
    group_by = serializers.ListField(child=GroupByField(), required=False, allow_null=True)
    where = WhereField(required=False, allow_null=True)
    order_by = serializers.ListField(
        child=OrderField(),
        required=False,
        allow_null=True,
        help_text="Result columns; `-name` sorts descending. Nulls come last.",
    )
    limit = serializers.IntegerField(
        required=False,
        allow_null=True,
        min_value=1,
        validators=[MaxValueValidator(_metric_row_cap)],
    )
    time_range = serializers.DictField(
        child=serializers.JSONField(),
        required=False,
        allow_null=True,
        help_text='Half-open range of metric_time: {"start", "end"}, {"last": 90, "grain": "day"} '
        'or {"this": "quarter"}.',
    )
    time_zone = serializers.CharField(required=False, allow_null=True, max_length=64)
    category = serializers.ChoiceField(Category.choices, required=False, default="production")
    saved_query = serializers.CharField(required=False, allow_null=True, max_length=MAX_NAME_LENGTH)
    min_max_only = serializers.BooleanField(required=False, default=False)
    totals = serializers.BooleanField(required=False, default=False)
    explain = serializers.BooleanField(required=False, default=False)
    compare = serializers.DictField(child=serializers.JSONField(), required=False, allow_null=True)
    export_format = serializers.ChoiceField(ExportFormat.choices, required=False, allow_null=True)
    refresh = serializers.BooleanField(required=False, default=False, help_text=REFRESH_HELP)

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        return {**super().get_fields(), "async": _async_field()}


class DimensionsInput(StrictSerializer):
    """POST /api/metrics-explorer/dimensions"""

    metrics = serializers.ListField(
        child=serializers.CharField(max_length=MAX_NAME_LENGTH), allow_empty=False
    )
    category = serializers.ChoiceField(Category.choices, required=False, default="production")


class DimensionValuesInput(StrictSerializer):
    """POST /api/metrics-explorer/dimension-values"""

    dimension = serializers.CharField(
        required=False, max_length=MAX_NAME_LENGTH, help_text="The dimension, as in group_by."
    )
    name = serializers.CharField(
        required=False, max_length=MAX_NAME_LENGTH, help_text="Another word for `dimension`."
    )
    search = serializers.CharField(
        required=False,
        allow_null=True,
        allow_blank=True,
        max_length=MAX_NAME_LENGTH,
        help_text="Only values that hold this text, whatever its case.",
    )
    limit = serializers.IntegerField(required=False, default=100, min_value=1, max_value=MAX_VALUES)
    metrics = serializers.ListField(
        child=serializers.CharField(max_length=MAX_NAME_LENGTH),
        required=False,
        allow_null=True,
        help_text="Only values that occur with these metrics.",
    )
    category = serializers.ChoiceField(Category.choices, required=False, default="production")
    refresh = serializers.BooleanField(required=False, default=False, help_text=REFRESH_HELP)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("dimension" in attrs) == ("name" in attrs):
            raise serializers.ValidationError(
                {"dimension": ["Name one dimension, by `dimension` or by `name`."]}
            )
        attrs["dimension"] = attrs.pop("name", None) or attrs["dimension"]
        return attrs


def _async_field() -> serializers.BooleanField:
    """`async` is a word of Python's, so the field cannot be declared like the others."""
    return serializers.BooleanField(
        required=False, default=False, help_text="Answer 202 at once and run in the background."
    )
