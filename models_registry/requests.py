"""What a request says beside the model: category, message, expected versions."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rest_framework.request import Request

from models_registry.models import Category
from models_registry.serializers import CategoryQuery, WriteOptions
from semantic_layer.api.serializers import read_query
from semantic_layer.errors import Malformed

_ETAG = re.compile(r'(?:W/)?"?([0-9]{1,9})"?')
_OPTIONS = ("category", "message")


@dataclass(frozen=True)
class ModelRequest:
    """A body that holds a model, with what is not of the model taken out."""

    category: str
    payload: Mapping[str, Any]
    message: str


def category_of(request: Request, said: str | None, asked: str) -> str:
    """The category of body (`said`) and query string (`asked`). Raises Malformed when they name
    different ones.
    """
    if said is not None and "category" in request.query_params and said != asked:
        raise Malformed("The body and the query string name different categories.")
    return said if said is not None else asked


def model_request(request: Request, query: type[CategoryQuery] = CategoryQuery) -> ModelRequest:
    """Read category (of the body or the query string) and message; the rest is the model."""
    if not isinstance(request.data, Mapping):
        raise Malformed("The body must be a JSON object.", code="MALFORMED_BODY")
    options = WriteOptions(
        data={key: request.data.get(key) for key in _OPTIONS if key in request.data}
    )
    options.is_valid(raise_exception=True)
    asked = read_query(query, request)["category"]
    category = category_of(request, options.validated_data.get("category"), asked)
    payload = {key: value for key, value in request.data.items() if key not in _OPTIONS}
    return ModelRequest(
        Category(category).value, payload, options.validated_data.get("message") or ""
    )


def expected_versions(request: Request) -> frozenset[int] | None:
    """Version numbers of If-Match; None when any version will do. What is no version of ours
    matches none.
    """
    header = request.headers.get("If-Match", "").strip()
    if header in ("", "*"):
        return None
    found = (_ETAG.fullmatch(part.strip()) for part in header.split(","))
    return frozenset(int(match.group(1)) for match in found if match is not None)
