"""Query parameters that an operation does not know: a misspelt filter must not widen its answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from drf_spectacular.utils import OpenApiParameter
from rest_framework.exceptions import ValidationError
from rest_framework.views import APIView

from semantic_layer.api.serializers import unknown_name

_known: dict[Any, tuple[str, ...]] = {}


def refuse_unknown(view: APIView, names: Sequence[str]) -> None:
    """Raise ValidationError (400) for names that the operation's `extend_schema` does not declare.

    An operation that declares none ignores what comes: health probes and caches add their own.
    """
    known = _parameters_of(view)
    unknown = {
        name: [unknown_name("parameter", name, known)] for name in names if name not in known
    }
    if known and unknown:
        raise ValidationError(unknown)


def _parameters_of(view: APIView) -> tuple[str, ...]:
    """The names of the query parameters that the operation declares."""
    handler = getattr(view, str(view.request.method).lower(), None)
    declared = getattr(handler, "kwargs", {}).get("schema")
    if declared not in _known:
        _known[declared] = tuple(_names(view, declared))
    return _known[declared]


def _names(view: APIView, declared: Any) -> list[str]:
    if declared is None:
        return []
    schema = declared()
    schema.view, schema.method = view, view.request.method
    found: list[str] = []
    for parameter in schema.get_override_parameters():
        if not isinstance(parameter, OpenApiParameter):
            found.extend(parameter().fields)
        elif parameter.location == OpenApiParameter.QUERY:
            found.append(parameter.name)
    return found
