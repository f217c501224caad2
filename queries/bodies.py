"""Shapes of the answers, for the OpenAPI document; the services fill them.

Some names of the contract (`label`, `errors`, `is_valid`) are attributes of DRF's serializers as
well; its metaclass keeps the fields apart from them.
"""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiExample
from rest_framework import serializers

from queries.cacheability import CacheState
from queries.models import QueryKind


class CacheBody(serializers.Serializer[Any]):
    """Whether the rows were read for this query, why, and how old they are."""

    state = serializers.ChoiceField(
        [state.value for state in CacheState],
        help_text="`hit`: a kept answer. `miss`: read now. `refreshed`: read now because that was "
        "asked for. `off`: such a query is never kept.",
    )
    reason = serializers.CharField(allow_null=True, help_text="Why it is no kept answer.")
    data_read_at = serializers.DateTimeField()
    data_age_s = serializers.FloatField()


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
    cache = CacheBody()


class ModelVersionBody(serializers.Serializer[Any]):
    """A model that a number was computed from."""

    name = serializers.CharField()
    version = serializers.IntegerField(allow_null=True)


class TimeRangeBody(serializers.Serializer[Any]):
    """Half-open range of metric_time as understood."""

    start = serializers.CharField(allow_null=True)
    end = serializers.CharField(allow_null=True)


class ResultHashBody(serializers.Serializer[Any]):
    """What tells two answers apart without keeping their rows."""

    row_count = serializers.IntegerField()
    truncated = serializers.BooleanField()
    ordered = serializers.BooleanField()
    rows_sha256 = serializers.CharField(
        allow_null=True, help_text="Of the rows in whatever order; null above 2,000 rows."
    )
    sequence_sha256 = serializers.CharField(
        allow_null=True, help_text="Of the rows in their order, where the query says one."
    )


class ReceiptBody(serializers.Serializer[Any]):
    """Everything needed to say where a number comes from, and to compute it again.

    A receipt of a person's own SQL has `tables` instead of what speaks of models.
    """

    query_id = serializers.UUIDField()
    kind = serializers.ChoiceField(QueryKind.choices)
    release = serializers.CharField(help_text="Of this service.")
    query = serializers.DictField(
        child=serializers.JSONField(allow_null=True), help_text="As asked, saved queries spelt out."
    )
    category = serializers.CharField(required=False)
    category_version = serializers.CharField(required=False)
    metrics = serializers.ListField(child=serializers.CharField(), required=False)
    models = ModelVersionBody(many=True, required=False)
    configuration_version = serializers.IntegerField(allow_null=True, required=False)
    tables = serializers.ListField(child=serializers.CharField(), required=False)
    sql_sha256 = serializers.CharField()
    parameters = serializers.DictField(child=serializers.JSONField(allow_null=True))
    row_limit = serializers.IntegerField()
    dialect = serializers.CharField()
    warehouse = serializers.CharField()
    data_version = serializers.CharField(
        allow_null=True, help_text="Changes when what the warehouse holds may have changed."
    )
    statement_id = serializers.CharField()
    data_scope = serializers.CharField(help_text="Equal for callers who see the same data; opaque.")
    time_range = TimeRangeBody(allow_null=True, required=False)
    time_zone = serializers.CharField(required=False)
    now = serializers.DateTimeField(
        required=False, help_text="The moment that relative ranges were resolved at."
    )
    cache = CacheBody()
    result = ResultHashBody()
    notes = serializers.ListField(child=serializers.CharField())


class FormattedBody(serializers.Serializer[Any]):
    """The statement laid out; `query` is the same text under the name it was sent by."""

    formatted = serializers.CharField()
    query = serializers.CharField()
    changed = serializers.BooleanField()
    message = serializers.CharField(
        allow_null=True, help_text="Why the statement stayed as it was."
    )


class TotalBody(serializers.Serializer[Any]):
    """The metrics at one level, from their definition; the first level is the grand total."""

    group_by = serializers.ListField(child=serializers.CharField())
    rows = serializers.ListField(child=serializers.DictField(child=serializers.JSONField()))
    truncated = serializers.BooleanField()
    query_id = serializers.UUIDField()


class ExplainBody(serializers.Serializer[Any]):
    """How an answer is put together: tables, joins, filters and aggregates, outermost first."""

    tree = serializers.DictField(child=serializers.JSONField(allow_null=True))
    text = serializers.CharField()


class MetricAnswerBody(QueryAnswerBody):
    """A metric query's result with its SQL and its receipt."""

    sql = serializers.CharField()
    receipt = ReceiptBody()
    totals = TotalBody(many=True, required=False, help_text="With `totals: true`.")
    explain = ExplainBody(required=False, help_text="With `explain: true`.")


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
    explain = ExplainBody(required=False, help_text="With `explain: true`.")


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
    cached = serializers.BooleanField()


def request_example(name: str, value: dict[str, Any]) -> OpenApiExample:
    return OpenApiExample(name, value=value, request_only=True)


def answer_example(name: str, value: dict[str, Any], status: str = "200") -> OpenApiExample:
    return OpenApiExample(name, value=value, response_only=True, status_codes=[status])
