"""The OpenAPI document: tags by path, and the errors that any operation may answer."""

from __future__ import annotations

from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiResponse

from semantic_layer.api.permissions import for_method

ERROR = {"application/json": {"schema": {"$ref": "#/components/schemas/ErrorBody"}}}
COMMON_ERRORS = {
    "400": "The request cannot be read, or a parameter is missing or out of range.",
    "401": "No token, or one that is not good (any more).",
    "403": "Your role lacks the permission.",
    "429": "Too many requests; see Retry-After.",
    "default": "Any other failure, in the same shape.",
}
TAGS = {
    "health": "Health", "auth": "Authentication", "metadata": "Metadata", "queries": "Queries",
    "models": "Semantic models", "metrics-explorer": "Metrics explorer", "catalog": "Catalog",
    "documentation": "Documentation", "lineage": "Lineage", "genie": "Genie",
    "admin": "Administration",
}  # fmt: skip


class ApiSchema(AutoSchema):
    """Tags an operation by the part of the path behind /api/."""

    def get_tags(self) -> list[str]:
        part = self.path.removeprefix("/api/").split("/")[0]
        return [TAGS.get(part, part)]

    def get_auth(self) -> list[dict[str, list[str]]]:
        """Public operations say so; `accepts_bearer`: the view reads the header by itself.

        Views that name no permission (the schema's own) are public too.
        """
        if for_method(getattr(self.view, "permission", None), self.method) is not None:
            return super().get_auth()
        optional: list[dict[str, list[str]]] = [{"bearer": []}]
        return [{}, *(optional if getattr(self.view, "accepts_bearer", False) else [])]


def error_response(description: str) -> OpenApiResponse:
    """An error of one operation that deserves its own words, for `extend_schema(responses=...)`."""
    return OpenApiResponse(ERROR["application/json"]["schema"], description)


def add_error_responses(result: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
    """Postprocessing hook: document the one error body on every operation."""
    schemas = result.setdefault("components", {}).setdefault("schemas", {})
    schemas.setdefault("ErrorBody", ERROR_SCHEMA)
    for operations in result.get("paths", {}).values():
        for operation in operations.values():
            public = {} in operation.get("security", [])
            for status, description in COMMON_ERRORS.items():
                if public and status in ("401", "403"):
                    continue
                operation["responses"].setdefault(
                    status, {"description": description, "content": ERROR}
                )
    return result


def any_value_may_be_null(result: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
    """Postprocessing hook: what may be any value or null is any value.

    drf-spectacular writes `oneOf: [{}, {"type": "null"}]`, which null itself fails: it is both.
    """
    _loosen(result)
    return result


def _loosen(node: Any) -> None:
    if isinstance(node, dict):
        if {} in node.get("oneOf", ()):
            del node["oneOf"]
        for value in node.values():
            _loosen(value)
    elif isinstance(node, list):
        for value in node:
            _loosen(value)


_TEXT = {"type": "string"}
ERROR_SCHEMA: dict[str, Any] = {
    "type": "object",
    "description": "What every error answers with.",
    "properties": {
        "detail": {**_TEXT, "description": "What is wrong and what to do, for people."},
        "status_code": {"type": "integer"},
        "timestamp": {**_TEXT, "format": "date-time"},
        "error_code": {**_TEXT, "description": "Stable word for programs."},
        "field_errors": {
            "type": ["object", "null"],
            "additionalProperties": {"type": "array", "items": _TEXT},
        },
        "details": {"type": ["object", "null"], "additionalProperties": {}},
        "request_id": _TEXT,
        "retry_after": {"type": "integer", "description": "Seconds; with 429 and 503."},
    },
    "required": [
        "detail", "status_code", "timestamp", "error_code", "field_errors", "details", "request_id",
    ],
}  # fmt: skip
