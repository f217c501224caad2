"""Shapes that every app's inputs and outputs share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import copy
from functools import cache
from typing import Any

from rest_framework import serializers

from semantic_layer.api.pagination import MAX_PAGE, MAX_PAGE_SIZE, PAGE_SIZE
from semantic_layer.errors import did_you_mean


class StrictSerializer(serializers.Serializer[Any]):
    """Input that refuses keys it does not know, and says which one was probably meant."""

    default_error_messages = {"invalid": "Send a JSON object, not a value of type {datatype}."}

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        fields = super().get_fields()
        for field in fields.values():
            _name_choices(field)
        return fields

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            unknown = {str(key): [self._hint(str(key))] for key in data if key not in self.fields}
            if unknown:
                raise serializers.ValidationError(unknown)
        return super().to_internal_value(data)

    def run_validation(self, data: Any = serializers.empty) -> Any:
        """Null in a field that has a default means that default: typed clients send every key."""
        if isinstance(data, dict):
            data = {key: value for key, value in data.items() if not self._is_default(key, value)}
        return super().run_validation(data)

    def _is_default(self, key: str, value: Any) -> bool:
        field = self.fields.get(key) if value is None else None
        return field is not None and field.default is not serializers.empty and not field.allow_null

    def _hint(self, key: str) -> str:
        return unknown_name("field", key, list(self.fields))


class PageQuery(serializers.Serializer[Any]):
    """Which page of a list, as `paginate` reads it."""

    page = serializers.IntegerField(min_value=1, max_value=MAX_PAGE, default=1)
    page_size = serializers.IntegerField(min_value=1, max_value=MAX_PAGE_SIZE, default=PAGE_SIZE)


class PaginationBody(serializers.Serializer[Any]):
    """The `pagination` object beside every list."""

    total = serializers.IntegerField()
    page = serializers.IntegerField()
    page_size = serializers.IntegerField()
    total_pages = serializers.IntegerField()
    has_next = serializers.BooleanField()
    has_previous = serializers.BooleanField()


class IssueBody(serializers.Serializer[Any]):
    """One problem of a document, as far as its place is known."""

    file = serializers.CharField(allow_null=True)
    line = serializers.IntegerField(allow_null=True)
    column = serializers.IntegerField(allow_null=True)
    path = serializers.CharField()
    code = serializers.CharField()
    message = serializers.CharField()


class ModelValidationBody(serializers.Serializer[Any]):
    """Everything to say about a model."""

    valid = serializers.BooleanField()
    errors = IssueBody(many=True)  # type: ignore[assignment]
    warnings = IssueBody(many=True)


def read_query(serializer: type[serializers.Serializer[Any]], request: Any) -> dict[str, Any]:
    """The validated query string; raises DRF's ValidationError (400) with every problem."""
    return _validated(serializer, request.query_params.dict())


def read_body(serializer: type[serializers.Serializer[Any]], request: Any) -> dict[str, Any]:
    """The validated JSON body; raises DRF's ValidationError (400) with every problem."""
    return _validated(serializer, request.data)


def unknown_name(what: str, name: str, known: Sequence[str]) -> str:
    """What to say of a field or parameter that is not known."""
    near = did_you_mean(name, known, count=1)
    if near:
        return f"Unknown {what}; did you mean '{near[0]}'?"
    return f"Unknown {what}; known are {', '.join(known)}."


def _name_choices(field: serializers.Field[Any, Any, Any, Any]) -> None:
    """Make the field's refusal of a word name the words it takes."""
    if isinstance(field, serializers.ListField):
        _name_choices(field.child)
    if isinstance(field, serializers.ChoiceField):
        words = ", ".join(str(choice) for choice in field.choices)
        field.error_messages["invalid_choice"] = f'"{{input}}" is not one of {words}.'


def _validated(serializer: type[serializers.Serializer[Any]], data: Any) -> dict[str, Any]:
    bound = copy(_prototype(serializer))
    bound.initial_data = data
    bound.is_valid(raise_exception=True)
    return dict(bound.validated_data)


@cache
def _prototype(serializer: type[serializers.Serializer[Any]]) -> serializers.Serializer[Any]:
    """An unbound serializer with its fields made: making them takes longer than using them."""
    found = serializer()
    for field in found.fields.values():  # made at the first look, and kept
        _name_choices(field)
    return found
