"""Shapes of /api/documentation."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from models_registry.documentation.rendering import STANDARD, TEMPLATES
from models_registry.models import Category, DocumentationFormat, DocumentationState
from models_registry.serializers import CategoryQuery
from semantic_layer.api.serializers import PageQuery, PaginationBody, StrictSerializer


class GenerateInput(StrictSerializer):
    """Which model, written how."""

    model_id = serializers.CharField(max_length=250)
    category = serializers.ChoiceField(Category.choices, default=Category.PRODUCTION)
    format = serializers.ChoiceField(
        DocumentationFormat.choices, default=DocumentationFormat.MARKDOWN
    )
    template = serializers.ChoiceField(TEMPLATES, default=STANDARD)
    include_lineage = serializers.BooleanField(default=True)

    def get_fields(self) -> dict[str, Any]:
        # `async` is a word of Python's.
        return {**super().get_fields(), "async": serializers.BooleanField(default=False)}


class DocumentationListQuery(PageQuery, CategoryQuery):
    """Of one category."""


class DocumentationOutput(serializers.Serializer[Any]):
    """A documentation. `content` is null until it is written; a PDF is in base64."""

    documentation_id = serializers.UUIDField()
    model_id = serializers.CharField()
    category = serializers.ChoiceField(Category.choices)
    status = serializers.ChoiceField(DocumentationState.choices)
    status_url = serializers.CharField()
    content = serializers.CharField(allow_null=True)
    documentation = serializers.CharField(allow_null=True, help_text="The same as `content`.")
    encoding = serializers.ChoiceField(["utf-8", "base64"])
    format = serializers.ChoiceField(DocumentationFormat.choices)
    template = serializers.CharField()
    download_url = serializers.CharField(allow_null=True)
    version = serializers.IntegerField(allow_null=True, help_text="Of the model.")
    stale = serializers.BooleanField(help_text="The model has changed since.")
    author = serializers.CharField()
    error = serializers.CharField(allow_null=True)
    generated_at = serializers.DateTimeField(allow_null=True)


class DocumentedModelBody(serializers.Serializer[Any]):
    model_id = serializers.CharField()
    model_name = serializers.CharField()
    has_documentation = serializers.BooleanField()
    last_generated = serializers.DateTimeField(allow_null=True)
    stale = serializers.BooleanField()
    formats = serializers.ListField(child=serializers.CharField())
    documentation_id = serializers.UUIDField(allow_null=True)
    download_url = serializers.CharField(allow_null=True)


class DocumentedModelsOutput(serializers.Serializer[Any]):
    models = DocumentedModelBody(many=True)
    pagination = PaginationBody()
