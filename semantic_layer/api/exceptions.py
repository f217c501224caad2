"""Every failure -> status and the one error body of the API."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, UnreadablePostError
from redis.exceptions import RedisError
from rest_framework import exceptions as drf
from rest_framework.response import Response

from semantic_layer import errors
from semantic_layer.api.context import request_id

log = logging.getLogger(__name__)

STATUS_OF: dict[type[errors.SemanticLayerError], int] = {
    errors.Malformed: 400,
    errors.SqlError: 400,
    errors.StatementRefused: 400,
    errors.UserError: 400,
    errors.Unauthenticated: 401,
    errors.Forbidden: 403,
    errors.NotFound: 404,
    errors.Conflict: 409,
    errors.StatementCancelled: 409,
    errors.StaleVersion: 412,
    errors.TooLarge: 413,
    errors.InvalidInput: 422,
    errors.RateLimited: 429,
    errors.InternalError: 500,
    errors.WarehouseError: 502,
    errors.Unavailable: 503,
    errors.StatementTimeout: 504,
}

_DJANGO: dict[type[Exception], tuple[int, str, str]] = {
    PermissionDenied: (403, "PERMISSION_DENIED", "You may not do this."),
    RequestDataTooBig: (413, "TOO_LARGE", "The request body is too large."),
    SuspiciousOperation: (400, "MALFORMED", "The request cannot be read."),
    UnreadablePostError: (
        408,
        "REQUEST_TIMEOUT",
        "The request did not arrive whole, or took too long; send it again.",
    ),
}

DRF_CODES: dict[type[drf.APIException], str] = {
    drf.ParseError: "MALFORMED",
    drf.NotAuthenticated: "NOT_AUTHENTICATED",
    drf.AuthenticationFailed: "NOT_AUTHENTICATED",
    drf.PermissionDenied: "PERMISSION_DENIED",
    drf.NotFound: "NOT_FOUND",
    drf.MethodNotAllowed: "METHOD_NOT_ALLOWED",
    drf.NotAcceptable: "NOT_ACCEPTABLE",
    drf.UnsupportedMediaType: "UNSUPPORTED_MEDIA_TYPE",
}


def error_body(
    status: int,
    code: str,
    detail: str,
    *,
    field_errors: Mapping[str, list[str]] | None = None,
    details: Mapping[str, Any] | None = None,
    **extra: Any,
) -> dict[str, Any]:
    """The body that every error has, whatever layer it comes from."""
    return {
        "detail": detail,
        "status_code": status,
        "timestamp": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "error_code": code,
        "field_errors": dict(field_errors) if field_errors else None,
        "details": dict(details) if details else None,
        "request_id": request_id.get(),
        **extra,
    }


def exception_handler(exc: Exception, context: Mapping[str, Any]) -> Response:
    """DRF's EXCEPTION_HANDLER: lets no exception pass, so no error leaves without its body."""
    body, headers = describe(exc)
    if isinstance(exc, drf.MethodNotAllowed | drf.UnsupportedMediaType):
        body["detail"] = _what_is_taken(exc, context)
    return Response(body, status=body["status_code"], headers=headers)


def _what_is_taken(
    exc: drf.MethodNotAllowed | drf.UnsupportedMediaType, context: Mapping[str, Any]
) -> str:
    """The refusal of a method or a content type, with those that the path does take."""
    view = context["view"]
    if isinstance(exc, drf.MethodNotAllowed):
        return f"{context['request'].method} is not allowed here: use {_or(view.allowed_methods)}."
    taken = [parser.media_type for parser in view.parser_classes]
    return f"{exc.detail} Send {_or(taken)}."


def _or(words: Sequence[str]) -> str:
    return " or ".join(word for word in words if word not in ("HEAD", "OPTIONS"))


def describe(exc: Exception) -> tuple[dict[str, Any], dict[str, str]]:
    """Error body and headers of any exception; logs what is our own fault."""
    if isinstance(exc, errors.SemanticLayerError):
        return _describe_ours(exc)
    if isinstance(exc, drf.ValidationError):
        return _describe_validation(exc), {}
    if isinstance(exc, Http404):
        return error_body(404, "NOT_FOUND", str(exc) or "Not found."), {}
    for kind, (status, code, text) in _DJANGO.items():
        if isinstance(exc, kind):
            return error_body(status, code, text), {}
    if isinstance(exc, drf.APIException):
        return _describe_drf(exc)
    if isinstance(exc, OperationalError | InterfaceError | RedisError):
        return _describe_dependency(exc)
    log.exception("unhandled error")
    return error_body(
        500, "INTERNAL_ERROR", "Something failed on our side; it has been logged."
    ), {}


def _describe_ours(exc: errors.SemanticLayerError) -> tuple[dict[str, Any], dict[str, str]]:
    status = next(STATUS_OF[cls] for cls in type(exc).__mro__ if cls in STATUS_OF)
    if status == 500:
        log.error("internal error: %s", exc.message, exc_info=exc)
        detail = "Something failed on our side; it has been logged."
        return error_body(status, exc.code, detail), {}
    headers: dict[str, str] = {}
    extra: dict[str, Any] = {}
    if isinstance(exc, errors.Unavailable | errors.RateLimited):
        headers["Retry-After"] = str(exc.retry_after_s)
        extra["retry_after"] = exc.retry_after_s
    if isinstance(exc, errors.Unauthenticated):
        headers["WWW-Authenticate"] = "Bearer"
    field_errors = exc.field_errors if isinstance(exc, errors.InvalidInput) else None
    if isinstance(exc, errors.Malformed) and "parameter" in exc.details:
        field_errors = {exc.details["parameter"]: [exc.message]}
    body = error_body(
        status, exc.code, exc.message, field_errors=field_errors, details=exc.details, **extra
    )
    return body, headers


def _describe_validation(exc: drf.ValidationError) -> dict[str, Any]:
    field_errors = flatten(exc.detail)
    place, messages = next(iter(field_errors.items()), ("", ["Invalid input."]))
    detail = f"{place}: {messages[0]}" if place else messages[0]
    return error_body(400, "VALIDATION_ERROR", detail, field_errors=field_errors)


def _describe_drf(exc: drf.APIException) -> tuple[dict[str, Any], dict[str, str]]:
    code = next((DRF_CODES[cls] for cls in type(exc).__mro__ if cls in DRF_CODES), "ERROR")
    headers = {"WWW-Authenticate": "Bearer"} if exc.status_code == 401 else {}
    return error_body(exc.status_code, code, str(exc.detail)), headers


def _describe_dependency(exc: Exception) -> tuple[dict[str, Any], dict[str, str]]:
    log.error("dependency failed: %s", exc, exc_info=exc)
    name = "CACHE" if isinstance(exc, RedisError) else "DATABASE"
    detail = f"The {name.lower()} cannot be reached; try again in a few seconds."
    return error_body(503, f"{name}_UNAVAILABLE", detail, retry_after=5), {"Retry-After": "5"}


def flatten(detail: Any, path: str = "") -> dict[str, list[str]]:
    """DRF's nested validation detail as `{path: [messages]}`, paths like `items[2].name`."""
    if isinstance(detail, Mapping):
        found: dict[str, list[str]] = {}
        for key, value in detail.items():
            found.update(flatten(value, _inner_path(path, key)))
        return found
    if isinstance(detail, list) and any(isinstance(item, Mapping | list) for item in detail):
        found = {}
        for index, item in enumerate(detail):
            if item:
                found.update(flatten(item, f"{path}[{index}]"))
        return found
    messages = detail if isinstance(detail, list) else [detail]
    return {path: [str(message) for message in messages]}


def _inner_path(path: str, key: object) -> str:
    """DRF keys the items of a list by number, and problems of the whole by a word of its own."""
    if isinstance(key, int):
        return f"{path}[{key}]"
    name = "" if key == "non_field_errors" else str(key)
    return f"{path}.{name}" if path and name else path or name


def json_error(status: int, code: str, detail: str) -> HttpResponse:
    """The error body outside DRF (unknown routes, Django's own refusals)."""
    return JsonResponse(error_body(status, code, detail), status=status)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """handler404: unknown routes."""
    return json_error(404, "NOT_FOUND", f"There is nothing at {request.path[:200]}; see /docs.")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """handler400."""
    return json_error(400, "MALFORMED", "The request cannot be read.")


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """handler403."""
    return json_error(403, "PERMISSION_DENIED", "You may not do this.")


def server_error(request: HttpRequest) -> HttpResponse:
    """handler500: Django has logged the exception already."""
    return json_error(500, "INTERNAL_ERROR", "Something failed on our side; it has been logged.")
