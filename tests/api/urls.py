"""Routes with views that do what a test asks for, under the product's own handlers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any, ClassVar

from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db import DataError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path
from redis.exceptions import ConnectionError as RedisConnectionError
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from semantic_layer import errors
from semantic_layer.api.pagination import paginate
from semantic_layer.api.serializers import StrictSerializer, read_body, read_query
from semantic_layer.api.views import ApiView
from semantic_layer.errors import Issue
from semantic_layer.urls import handler400, handler403, handler404, handler500

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]

SECRET = "the password is swordfish"

FAILURES: dict[str, Exception] = {
    "malformed": errors.Malformed("Unreadable."),
    "unauthenticated": errors.Unauthenticated("Who?"),
    "forbidden": errors.Forbidden("No."),
    "not-found": errors.NotFound("Gone."),
    "conflict": errors.Conflict("Taken."),
    "stale": errors.StaleVersion("Old."),
    "too-large": errors.TooLarge("Big."),
    "invalid": errors.InvalidInput("Bad.", field_errors={"a.b": ["no"]}),
    "models": errors.InvalidModels([Issue("f.yml", 3, 5, "metrics[0]", "BAD", "No.")]),
    "query": errors.UnknownField("No 'x'.", path="metrics[0]", suggestions=["y"]),
    "sql": errors.SqlError("syntax", line=1, column=7),
    "refused": errors.StatementRefused("COPY is not allowed."),
    "cancelled": errors.StatementCancelled("Stopped."),
    "rate": errors.RateLimited("Slow down.", retry_after_s=9),
    "warehouse": errors.WarehouseError("Engine failed."),
    "down": errors.WarehouseUnavailable("Down.", retry_after_s=11),
    "timeout": errors.StatementTimeout("Too slow."),
    "internal": errors.InternalError(SECRET),
    "bare": errors.SemanticLayerError(SECRET),
    "bug": RuntimeError(SECRET),
    "recursion": RecursionError(SECRET),
    "http404": Http404("No such thing."),
    "denied": PermissionDenied(SECRET),
    "suspicious": SuspiciousOperation(SECRET),
    "database": OperationalError(SECRET),
    "statement": DataError(SECRET),
    "cache": RedisConnectionError(SECRET),
}


class Public(ApiView):
    authentication_classes = ()
    permission: ClassVar[Any] = None
    category: ClassVar[Any] = None


class RaiseView(Public):
    def get(self, request: Request, name: str) -> Response:
        raise FAILURES[name]


def plain_bug(request: HttpRequest) -> HttpResponse:
    """Outside DRF."""
    raise RuntimeError(SECRET)


class EchoView(Public):
    def post(self, request: Request) -> Response:
        return Response({"got": request.data})


class InnerInput(StrictSerializer):
    size = serializers.IntegerField()


class OuterInput(StrictSerializer):
    description = serializers.CharField(required=False)
    items = serializers.ListField(child=InnerInput(), required=False)


class StrictView(Public):
    def post(self, request: Request) -> Response:
        return Response(read_body(OuterInput, request))

    def get(self, request: Request) -> Response:
        return Response(read_query(OuterInput, request))


class ListView(Public):
    def get(self, request: Request) -> Response:
        items, pagination = paginate(range(1, 121), request, default=50, maximum=100)
        return Response({"numbers": items, "pagination": pagination})


class ValuesView(Public):
    def get(self, request: Request) -> Response:
        berlin = timezone(timedelta(hours=2))
        return Response(
            {
                "utc": datetime(2026, 7, 1, 12, 0, tzinfo=UTC),
                "zoned": datetime(2026, 7, 1, 14, 0, tzinfo=berlin),
                "naive": datetime(2026, 7, 1, 12, 0),  # noqa: DTZ001  that is the case
                "decimal": Decimal("1.10"),
                "text": "größe 😀 \u2028",
                "null": None,
                "set": {"b", "a"},
                "nan": float("nan"),
            }
        )


class LimitedView(ApiView):
    permission: ClassVar[Any] = "read"
    category: ClassVar[Any] = {"GET": "metadata", "POST": "queries", "DELETE": None}

    def get(self, request: Request) -> Response:
        return Response({"ok": True})

    def post(self, request: Request) -> Response:
        return Response({"ok": True})

    def delete(self, request: Request) -> Response:
        return Response({"ok": True})


urlpatterns = [
    path("api/probe/raise/<name>", RaiseView.as_view()),
    path("api/probe/bug", plain_bug),
    path("api/probe/echo", EchoView.as_view()),
    path("api/probe/strict", StrictView.as_view()),
    path("api/probe/list", ListView.as_view()),
    path("api/probe/values", ValuesView.as_view()),
    path("api/probe/limited", LimitedView.as_view()),
]
