"""Shapes of /api/metadata."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from rest_framework import serializers

from catalog.autocomplete import MIN_CHARACTERS
from catalog.completion import Kind
from semantic_layer.api.serializers import PaginationBody
from semantic_layer.ports import TableType

# Longest name that Unity Catalog (255) or DuckDB takes in practice.
MAX_NAME = 255


def _name(help_text: str) -> serializers.CharField:
    """A required name. Spaces around it may belong to it."""
    return serializers.CharField(max_length=MAX_NAME, trim_whitespace=False, help_text=help_text)


class ColumnsPageInput(serializers.Serializer[Any]):
    """For columns no default: without either, all come at once."""

    page = serializers.IntegerField(required=False, min_value=1)
    page_size = serializers.IntegerField(required=False, min_value=1, max_value=100)


class SchemasInput(serializers.Serializer[Any]):
    catalog = _name("Name of the catalog.")


class TablesInput(SchemasInput):
    schema = _name("Name of the schema.")
    filter_prefix = serializers.CharField(
        required=False, allow_blank=True, max_length=MAX_NAME, help_text="Names that begin so."
    )
    search = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=MAX_NAME,
        help_text="Text in the name or the comment.",
    )


class ColumnsInput(SchemasInput):
    schema = _name("Name of the schema.")
    table = _name("Name of the table or view.")


class AutocompleteInput(serializers.Serializer[Any]):
    prefix = serializers.CharField(
        required=False,
        max_length=MAX_NAME,
        min_length=MIN_CHARACTERS,
        help_text="What was typed last; may hold dots. Required unless `search` is given.",
    )
    search = serializers.CharField(
        required=False,
        max_length=MAX_NAME,
        min_length=MIN_CHARACTERS,
        help_text="Another name of `prefix`.",
    )
    context = serializers.CharField(  # type: ignore[assignment]  # DRF's metaclass takes it away
        required=False,
        allow_blank=True,
        default="",
        trim_whitespace=False,
        help_text="The SQL before the cursor, with or without the prefix.",
    )

    def validate_context(self, context: str) -> str:
        if len(context) > settings.QUERY_MAX_CHARACTERS:
            raise serializers.ValidationError(
                f"At most {settings.QUERY_MAX_CHARACTERS} characters, like any statement."
            )
        return context

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        prefix = attrs.get("prefix", attrs.get("search"))
        if prefix is None:
            raise serializers.ValidationError({"prefix": ["This field is required."]})
        return {"prefix": prefix, "context": attrs["context"]}


class CatalogOutput(serializers.Serializer[Any]):
    name = serializers.CharField()
    comment = serializers.CharField(allow_null=True)
    owner = serializers.CharField(allow_null=True)
    created_at = serializers.DateTimeField(allow_null=True)


class CatalogsOutput(serializers.Serializer[Any]):
    catalogs = CatalogOutput(many=True)
    pagination = PaginationBody()


class SchemaOutput(serializers.Serializer[Any]):
    name = serializers.CharField()
    catalog = serializers.CharField()
    comment = serializers.CharField(allow_null=True)
    owner = serializers.CharField(allow_null=True)


class SchemasOutput(serializers.Serializer[Any]):
    schemas = SchemaOutput(many=True)
    pagination = PaginationBody()


class TableOutput(serializers.Serializer[Any]):
    name = serializers.CharField()
    catalog = serializers.CharField()
    schema = serializers.CharField()
    table_type = serializers.ChoiceField([kind.value for kind in TableType])
    row_count = serializers.IntegerField(allow_null=True)
    size_bytes = serializers.IntegerField(allow_null=True)
    comment = serializers.CharField(allow_null=True)
    owner = serializers.CharField(allow_null=True)
    created_at = serializers.DateTimeField(allow_null=True)
    updated_at = serializers.DateTimeField(allow_null=True)


class TablesOutput(serializers.Serializer[Any]):
    tables = TableOutput(many=True)
    pagination = PaginationBody()


class ColumnOutput(serializers.Serializer[Any]):
    name = serializers.CharField()
    data_type = serializers.CharField()
    nullable = serializers.BooleanField()
    comment = serializers.CharField(allow_null=True)
    position = serializers.IntegerField(help_text="From 1.")
    is_partition_key = serializers.BooleanField()


class TableReference(serializers.Serializer[Any]):
    catalog = serializers.CharField()
    schema = serializers.CharField()
    table = serializers.CharField()
    column_count = serializers.IntegerField()


class ColumnsOutput(serializers.Serializer[Any]):
    columns = ColumnOutput(many=True)
    table_info = TableReference()
    pagination = PaginationBody()


class SuggestionOutput(serializers.Serializer[Any]):
    value = serializers.CharField(help_text="The bare name or word.")
    type = serializers.ChoiceField([kind.value for kind in Kind])
    description = serializers.CharField(allow_null=True)
    schema = serializers.CharField(allow_null=True, help_text="Where a table or column is.")
    catalog = serializers.CharField(allow_null=True, help_text="Where a table or schema is.")
    insert_text = serializers.CharField(
        help_text="Replaces the prefix as it was sent: qualified and quoted where SQL needs it."
    )


class SuggestionsOutput(serializers.Serializer[Any]):
    suggestions = SuggestionOutput(many=True)
