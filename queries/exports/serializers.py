"""Shapes of the requests and answers of exports."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import PolymorphicProxySerializer
from rest_framework import serializers

from queries.models import ExportFormat
from queries.serializers import ExecuteInput


class ExportInput(ExecuteInput):
    """POST /api/queries/export: a statement, or `query_id` of a finished run."""

    query = serializers.CharField(
        required=False,
        trim_whitespace=False,
        help_text="One read-only statement of the warehouse's SQL, up to 10,000 characters.",
    )
    query_id = serializers.UUIDField(
        required=False, help_text="A completed query of yours, instead of `query`."
    )
    export_format = serializers.ChoiceField(ExportFormat.choices)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("query" in attrs) == ("query_id" in attrs):
            raise serializers.ValidationError(
                {"query": ["Send either `query`, a statement, or `query_id`, a finished query."]}
            )
        extra = set(self.initial_data) - {"query_id", "export_format"}
        if "query_id" in attrs and extra:
            raise serializers.ValidationError(
                {name: ["Leave it out with `query_id`."] for name in sorted(extra)}
            )
        return attrs


class ExportBody(serializers.Serializer[Any]):
    """Where the file is, until when, and what is in it."""

    export_id = serializers.UUIDField()
    export_url = serializers.CharField(help_text="For the same user, with the Bearer token.")
    signed_url = serializers.CharField(help_text="Opens this one file without a Bearer token.")
    manifest_url = serializers.CharField()
    expires_at = serializers.DateTimeField()
    file_name = serializers.CharField()
    file_size_bytes = serializers.IntegerField()
    row_count = serializers.IntegerField()
    format = serializers.ChoiceField(ExportFormat.choices)
    sha256 = serializers.CharField()
    truncated = serializers.BooleanField(help_text="True exactly when `limit` left rows out.")
    notes = serializers.ListField(
        child=serializers.CharField(), help_text="What the format could not hold as it was."
    )
    query_id = serializers.UUIDField()
    rerun_query_id = serializers.UUIDField(
        allow_null=True,
        help_text="Set where the query kept no rows, so that they were read again, by this query.",
    )


class ExportColumnBody(serializers.Serializer[Any]):
    """A column of the file and its type as the warehouse writes it."""

    name = serializers.CharField()
    type = serializers.CharField()


class ExportManifestBody(serializers.Serializer[Any]):
    """What is in the file, to be checked by whoever got it."""

    export_id = serializers.UUIDField()
    file_name = serializers.CharField()
    format = serializers.ChoiceField(ExportFormat.choices)
    file_size_bytes = serializers.IntegerField()
    sha256 = serializers.CharField(help_text="Of the file.")
    row_count = serializers.IntegerField()
    truncated = serializers.BooleanField()
    columns = ExportColumnBody(many=True)
    notes = serializers.ListField(child=serializers.CharField())
    query_id = serializers.UUIDField()
    rerun_query_id = serializers.UUIDField(allow_null=True)
    receipt_id = serializers.UUIDField(
        allow_null=True, help_text="The query whose receipt tells where the numbers come from."
    )
    sql_sha256 = serializers.CharField()
    read_at = serializers.DateTimeField(help_text="When the warehouse was asked.")
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()


def or_export(name: str, answer: type[serializers.Serializer[Any]]) -> PolymorphicProxySerializer:
    """The answer of an operation that writes a file where `export_format` says so."""
    return PolymorphicProxySerializer(name, [answer, ExportBody], resource_type_field_name=None)
