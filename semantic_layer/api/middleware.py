"""Request ids, timing and the optional trailing slash."""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from semantic_layer.api.client import client_gone, gone_of
from semantic_layer.api.context import request_id
from semantic_layer.api.instruments import HTTP_SECONDS

GetResponse = Callable[[HttpRequest], HttpResponse]

_NO_ROUTE = "none"
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_ACCEPTABLE_ID = re.compile(r"[A-Za-z0-9._:\-]{1,128}")
_SLASH_IS_OPTIONAL = re.compile(r"/(api|docs|redoc|health|metrics)(/|$)")


class RequestIdMiddleware:
    """Gives every request an id and every response `X-Request-ID` and `X-Process-Time` (seconds).

    A client's own id is echoed where it is safe to log; anything else is replaced.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        started = time.perf_counter()
        sent = request.headers.get("X-Request-ID", "")
        identifier = sent if _ACCEPTABLE_ID.fullmatch(sent) else uuid.uuid4().hex
        token = request_id.set(identifier)
        gone = client_gone.set(gone_of(request.META))
        try:
            response = self.get_response(request)
        finally:
            client_gone.reset(gone)
            request_id.reset(token)
        passed_s = time.perf_counter() - started
        match = request.resolver_match
        route = f"/{match.route}" if match is not None else _NO_ROUTE
        HTTP_SECONDS.labels(_known_method(request), route, str(response.status_code)).observe(
            passed_s
        )
        response["X-Request-ID"] = identifier
        response["X-Process-Time"] = f"{passed_s:.6f}"
        return response


def _known_method(request: HttpRequest) -> str:
    """The method, one of few: what a client invents is no label."""
    return request.method if request.method in _METHODS else "OTHER"


class OptionalSlashMiddleware:
    """`/api/models` and `/api/models/` are one route; a redirect would drop a POST body."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        path = request.path_info
        if len(path) > 1 and path.endswith("/") and _SLASH_IS_OPTIONAL.match(path):
            request.path_info = path.rstrip("/")
        return self.get_response(request)
