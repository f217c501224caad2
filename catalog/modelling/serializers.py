"""Shapes of /api/catalog."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from catalog.jobs.services import MOST_TABLES
from catalog.models import GenerationState
from catalog.serializers import MAX_NAME
from semantic_layer.api.serializers import (
    ModelValidationBody,
    PageQuery,
    PaginationBody,
    StrictSerializer,
)
from semantic_layer.ports import TableType

SOURCES = ("heuristic", "llm", "heuristic+llm")
MOST_SELECTED = 500


def _name(**options: Any) -> serializers.CharField:
    return serializers.CharField(max_length=MAX_NAME, trim_whitespace=False, **options)


class GoldTablesInput(PageQuery):
    catalog = _name(required=False, default="", help_text="Of this catalog only.")
    schema_pattern = serializers.CharField(
        required=False,
        default="",
        max_length=MAX_NAME,
        help_text="Schemas like this, instead of the gold ones: `sales*`, `marts,analytics`.",
    )
    search = serializers.CharField(
        required=False, default="", max_length=MAX_NAME, help_text="Text in name or comment."
    )
    limit = serializers.IntegerField(required=False, min_value=1, max_value=10_000)


class GoldTableOutput(serializers.Serializer[Any]):
    name = serializers.CharField()
    table = serializers.CharField()
    fullName = serializers.CharField()
    full_name = serializers.CharField()
    catalog = serializers.CharField()
    schema = serializers.CharField()
    table_type = serializers.ChoiceField([kind.value for kind in TableType])
    row_count = serializers.IntegerField(allow_null=True)
    column_count = serializers.IntegerField(allow_null=True)
    comment = serializers.CharField(allow_null=True)
    has_semantic_model = serializers.BooleanField()
    updated_at = serializers.DateTimeField(allow_null=True)


class GoldTablesOutput(serializers.Serializer[Any]):
    tables = GoldTableOutput(many=True)
    pagination = PaginationBody()


class TableInput(StrictSerializer):
    catalog = _name()
    schema = _name()
    table = _name()


class ModelPartOutput(serializers.Serializer[Any]):
    """A part of a model, with all its own keys, and how sure that is."""

    name = serializers.CharField()
    key = serializers.CharField(help_text="Stays the same however it is called; to reject it by.")
    confidence = serializers.FloatField(help_text="0 to 1.")
    evidence = serializers.DictField(help_text="Figures.")


class ModelPartsOutput(serializers.Serializer[Any]):
    suggested_entities = ModelPartOutput(many=True)
    suggested_dimensions = ModelPartOutput(many=True)
    suggested_measures = ModelPartOutput(many=True)
    suggested_metrics = ModelPartOutput(many=True)


class AnalyzedColumn(serializers.Serializer[Any]):
    name = serializers.CharField()
    data_type = serializers.CharField()
    comment = serializers.CharField(allow_null=True)


class AnalyzedTable(serializers.Serializer[Any]):
    name = serializers.CharField()
    catalog = serializers.CharField()
    schema = serializers.CharField()
    comment = serializers.CharField(allow_null=True)
    columns = AnalyzedColumn(many=True)


class PersonalDataOutput(serializers.Serializer[Any]):
    kind = serializers.CharField()
    confidence = serializers.FloatField()
    evidence = serializers.DictField()


class ColumnProfile(serializers.Serializer[Any]):
    name = serializers.CharField()
    data_type = serializers.CharField()
    comment = serializers.CharField(allow_null=True)
    position = serializers.IntegerField()
    non_null_count = serializers.IntegerField()
    null_count = serializers.IntegerField()
    null_rate = serializers.FloatField()
    distinct_count = serializers.IntegerField()
    is_unique = serializers.BooleanField()
    is_exact = serializers.BooleanField(help_text="False where the figures are of a sample.")
    min = serializers.JSONField(allow_null=True)
    max = serializers.JSONField(allow_null=True)
    mean = serializers.FloatField(allow_null=True)
    top_values = serializers.DictField(
        child=serializers.IntegerField(), allow_null=True, help_text="Where there are few."
    )
    role = serializers.CharField(
        help_text="primary_key, foreign_key, time, flag, measure, dimension, personal or none."
    )
    nature = serializers.CharField(
        allow_null=True,
        help_text="Of numbers: amount, count, duration, balance, price, rate, level, label, angle.",
    )
    unit = serializers.CharField(allow_null=True)
    is_boolean = serializers.BooleanField()
    personal_data = PersonalDataOutput(allow_null=True)


class AnalysisOutput(ModelPartsOutput):
    table = serializers.CharField()
    table_info = AnalyzedTable()
    row_count = serializers.IntegerField()
    rows_read = serializers.IntegerField(help_text="Fewer than row_count where it was sampled.")
    columns = ColumnProfile(many=True)
    sample_data = serializers.ListField(
        child=serializers.DictField(), help_text="A few rows; personal data is null in them."
    )
    primary_key = serializers.ListField(child=serializers.CharField())
    time_column = serializers.CharField(allow_null=True)
    rejected_foreign_keys = serializers.ListField(
        child=serializers.DictField(), help_text="What was measured and does not hold, and why."
    )
    notes = serializers.ListField(child=serializers.CharField())
    analysis = ModelPartsOutput()
    confidence = serializers.FloatField()
    source = serializers.ChoiceField(SOURCES)  # type: ignore[assignment]


def _names() -> serializers.ListField:
    return serializers.ListField(
        child=serializers.CharField(max_length=512), required=False, max_length=MOST_SELECTED
    )


class CustomizationsInput(StrictSerializer):
    """Names or keys of suggestions; a list that is left out means the likely ones."""

    selected_dimensions = _names()
    selected_measures = _names()
    selected_metrics = _names()


@extend_schema_field(
    {
        "oneOf": [
            {"type": "string"},
            {
                "type": "object",
                "properties": {
                    "catalog": {"type": "string"},
                    "schema": {"type": "string"},
                    "table": {"type": "string"},
                },
                "required": ["table"],
            },
        ]
    }
)
class TableOfMany(serializers.Field[Any, Any, Any, Any]):
    """A table's name, or `{catalog?, schema?, table}`."""

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        if isinstance(data, str):
            data = {"table": data}
        good = (
            isinstance(data, dict)
            and data.keys() <= {"catalog", "schema", "table"}
            and all(
                isinstance(value, str) and 0 < len(value) <= MAX_NAME for value in data.values()
            )
            and "table" in data
        )
        if not good:
            raise serializers.ValidationError(
                "Give the table's name, or an object with catalog, schema and table."
            )
        return dict(data)

    def to_representation(self, value: Any) -> Any:
        return value


class GenerateModelInput(StrictSerializer):
    catalog = _name(required=False)
    schema = _name(required=False)
    table = _name(required=False)
    analysis = serializers.DictField(
        required=False, help_text="What analyze-table answered, as it was or changed."
    )
    model_name = serializers.CharField(required=False, max_length=64)
    description = serializers.CharField(required=False, max_length=2000)
    customizations = CustomizationsInput(required=False)
    save = serializers.BooleanField(required=False, default=False)  # type: ignore[assignment]
    tables = serializers.ListField(
        child=TableOfMany(),
        required=False,
        min_length=1,
        max_length=MOST_TABLES,
        help_text="Many tables, in the background: names in `catalog` and `schema`, or objects.",
    )

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """`async` is a word of Python's, so the field cannot be declared like the others."""
        in_background = serializers.BooleanField(
            required=False, default=False, help_text="Answer 202 with a job at once."
        )
        return {**super().get_fields(), "async": in_background}

    def run_validation(self, data: Any = serializers.empty) -> Any:
        """Null means left out."""
        if isinstance(data, dict):
            data = {key: value for key, value in data.items() if value is not None}
        return super().run_validation(data)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Where the table is comes from the body, or from the analysis."""
        if "tables" in attrs:
            return self._many(attrs)
        info = attrs.get("analysis", {}).get("table_info")
        told = info if isinstance(info, dict) else {}
        for key, inside in (("catalog", "catalog"), ("schema", "schema"), ("table", "name")):
            if key not in attrs and isinstance(told.get(inside), str):
                attrs[key] = told[inside]
        missing = [key for key in ("catalog", "schema", "table") if not attrs.get(key)]
        if missing:
            raise serializers.ValidationError(dict.fromkeys(missing, ["This field is required."]))
        return attrs

    def _many(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Every table with its three names; what is about one table alone is refused."""
        alone = [
            key
            for key in ("table", "analysis", "model_name", "description", "customizations")
            if key in attrs
        ]
        if alone:
            raise serializers.ValidationError(
                dict.fromkeys(alone, ["This is about one table: leave it out with `tables`."])
            )
        tables = []
        for at, table in enumerate(attrs["tables"]):
            named = {key: table.get(key) or attrs.get(key) for key in ("catalog", "schema")}
            missing = [key for key, value in named.items() if not value]
            if missing:
                raise serializers.ValidationError(
                    {f"tables[{at}].{key}": ["This field is required."] for key in missing}
                )
            tables.append({**named, "table": table["table"]})
        return {**attrs, "tables": tables}


class SavedDraft(serializers.Serializer[Any]):
    id = serializers.CharField()
    category = serializers.CharField()
    version = serializers.IntegerField()


class DraftOutput(serializers.Serializer[Any]):
    model = serializers.DictField(help_text="The flat JSON model.")
    yaml_content = serializers.CharField()
    yaml = serializers.CharField()
    validation = ModelValidationBody()
    confidence = serializers.FloatField()
    source = serializers.ChoiceField(SOURCES)  # type: ignore[assignment]
    notes = serializers.ListField(child=serializers.CharField())
    answered = serializers.DictField(
        child=serializers.IntegerField(), help_text="Metrics and dimensions that were tried."
    )
    extends = serializers.CharField(allow_null=True, help_text="The model it adds to.")
    added = serializers.DictField(
        child=serializers.ListField(child=serializers.CharField()),
        help_text="What is new, by kind.",
    )
    saved = SavedDraft(allow_null=True)


class GenerationOutput(serializers.Serializer[Any]):
    catalog = serializers.CharField()
    schema = serializers.CharField()
    table = serializers.CharField()
    status = serializers.ChoiceField(GenerationState.choices)
    attempt = serializers.IntegerField(help_text="More than one where a worker was lost.")
    error = serializers.DictField(allow_null=True, help_text="error_code and detail.")
    draft = DraftOutput(allow_null=True)
    started_at = serializers.DateTimeField(allow_null=True)
    finished_at = serializers.DateTimeField(allow_null=True)


class GenerationJobSummary(serializers.Serializer[Any]):
    job_id = serializers.UUIDField()
    status = serializers.ChoiceField(GenerationState.choices)
    progress_percentage = serializers.IntegerField()
    total = serializers.IntegerField()
    completed = serializers.IntegerField()
    failed = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    status_url = serializers.CharField()


class GenerationJobOutput(GenerationJobSummary):
    tables = GenerationOutput(many=True)


class GenerationJobsOutput(serializers.Serializer[Any]):
    jobs = GenerationJobSummary(many=True)
    pagination = PaginationBody()


class RejectionInput(TableInput):
    suggestions = serializers.ListField(
        child=serializers.CharField(max_length=512), min_length=1, max_length=MOST_SELECTED,
        help_text="Keys or names.",
    )  # fmt: skip
    reason = serializers.CharField(required=False, default="", max_length=2000)


class RejectionsFilter(PageQuery):
    catalog = _name(required=False, default="")
    schema = _name(required=False, default="")
    table = _name(required=False, default="")


class RejectionOutput(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    catalog = serializers.CharField()
    schema = serializers.CharField()
    table = serializers.CharField()
    suggestion = serializers.CharField()
    reason = serializers.CharField(allow_null=True)
    created_at = serializers.DateTimeField()


class RejectionsOutput(serializers.Serializer[Any]):
    rejections = RejectionOutput(many=True)
    pagination = PaginationBody()


class RejectedOutput(serializers.Serializer[Any]):
    rejections = RejectionOutput(many=True)
    message = serializers.CharField()


class RejectionForgotten(serializers.Serializer[Any]):
    message = serializers.CharField()
