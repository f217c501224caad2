"""Is the service up, and is what it depends on? Asked without a token, answered within seconds."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.db import DatabaseError
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from models_registry.mirror.states import sync_summary
from models_registry.problems import registry_health
from semantic_layer import probes, wiring
from semantic_layer.api.views import ApiView
from semantic_layer.errors import Unavailable
from semantic_layer.probes import Outcome

STATUSES = ("healthy", "degraded", "unhealthy")
BREAKER_STATES = ("closed", "open", "half_open")


class ChecksOutput(serializers.Serializer[Any]):
    database = serializers.BooleanField()
    cache = serializers.BooleanField()
    external_apis = serializers.BooleanField(help_text="False once the warehouse failed to answer.")


class HealthOutput(serializers.Serializer[Any]):
    status = serializers.ChoiceField(STATUSES)
    version = serializers.CharField()
    timestamp = serializers.DateTimeField()
    databricks_connected = serializers.BooleanField(
        help_text="The warehouse (DuckDB in local mode) answered when it was last asked."
    )
    checks = ChecksOutput()


class BreakerOutput(serializers.Serializer[Any]):
    """While it is open nothing is sent to the workspace, which did not answer several times."""

    state = serializers.ChoiceField(BREAKER_STATES)
    failures = serializers.IntegerField(help_text="Requests without an answer in half a minute.")
    retry_after_s = serializers.IntegerField(help_text="Seconds until the next one is sent.")


class DatabricksHealthOutput(serializers.Serializer[Any]):
    status = serializers.ChoiceField(STATUSES)
    connected = serializers.BooleanField()
    warehouse = serializers.CharField()
    workspace_url = serializers.CharField(allow_null=True)
    error = serializers.CharField(allow_null=True)
    latency_ms = serializers.FloatField()
    breaker = BreakerOutput(allow_null=True, help_text="Null without a workspace.")
    timestamp = serializers.DateTimeField()


class CheckOutput(serializers.Serializer[Any]):
    status = serializers.ChoiceField(STATUSES)
    latency_ms = serializers.FloatField()
    error = serializers.CharField(allow_null=True)


class ReadyChecksOutput(serializers.Serializer[Any]):
    database = CheckOutput()
    cache = CheckOutput()
    broker = CheckOutput()
    warehouse = CheckOutput()
    volume_store = CheckOutput()


class ReadySyncOutput(serializers.Serializer[Any]):
    """How far the volume's files are behind the registry. Not being ready is another matter."""

    pending = serializers.IntegerField()
    failing = serializers.IntegerField()
    lag_s = serializers.FloatField(help_text="Seconds that the oldest change has waited.")


class ReadyModelsOutput(serializers.Serializer[Any]):
    """Published documents of all categories. Broken ones do not answer; all others do."""

    published = serializers.IntegerField()
    broken = serializers.IntegerField(help_text="The admin's dashboard names them.")


class ReadyOutput(serializers.Serializer[Any]):
    status = serializers.ChoiceField(STATUSES)
    checks = ReadyChecksOutput()
    models = ReadyModelsOutput(allow_null=True, help_text="Null without the database.")
    sync = ReadySyncOutput(allow_null=True, help_text="Null without the database.")
    breaker = BreakerOutput(allow_null=True, help_text="Null without a workspace.")


class HealthView(ApiView):
    """Cheap: never asks the warehouse, only tells what it last answered."""

    authentication_classes = ()
    permission = None
    category = "health"

    @extend_schema(operation_id="health", summary="Health at a glance", responses=HealthOutput)
    def get(self, request: Request) -> Response:
        return Response(overview())


class DatabricksHealthView(ApiView):
    """Asks the warehouse. 200 even when it is down: that is the answer, not an error."""

    authentication_classes = ()
    permission = None
    category = "health"

    @extend_schema(
        operation_id="databricks_health",
        summary="Does the warehouse answer?",
        responses=DatabricksHealthOutput,
    )
    def get(self, request: Request) -> Response:
        outcome = probes.ask("warehouse")["warehouse"]
        return Response(
            {
                "status": _word(outcome),
                "connected": outcome.ok,
                "warehouse": "databricks" if wiring.has_sql_warehouse() else "duckdb",
                "workspace_url": wiring.workspace_url(),
                "error": outcome.error,
                "latency_ms": outcome.latency_ms,
                "breaker": _breaker(),
                "timestamp": datetime.now(UTC),
            }
        )


class ReadyView(ApiView):
    """Asks everything the service depends on; for load balancers and start-up scripts."""

    authentication_classes = ()
    permission = None
    category = "health"

    @extend_schema(
        operation_id="ready",
        summary="May requests be sent here?",
        responses={
            200: ReadyOutput,
            503: OpenApiResponse(ReadyOutput, "Something the service depends on is down."),
        },
    )
    def get(self, request: Request) -> Response:
        outcomes = probes.ask(*probes.PROBES)
        ready = all(outcome.ok for outcome in outcomes.values())
        body = {
            "status": "healthy" if ready else "unhealthy",
            "checks": {name: _check(outcome) for name, outcome in outcomes.items()},
            "models": _models() if outcomes["database"].ok else None,
            "sync": _sync() if outcomes["database"].ok else None,
            "breaker": _breaker(),
        }
        headers = {} if ready else {"Retry-After": str(probes.RETRY_AFTER_S)}
        return Response(body, status=200 if ready else 503, headers=headers)


def overview() -> dict[str, Any]:
    """Body of /api/health. Without the database nothing works; without the rest, much does."""
    outcomes = probes.ask("database", "cache", not_older_than_s=probes.FRESH_S)
    warehouse = probes.last("warehouse")
    database, cache = outcomes["database"].ok, outcomes["cache"].ok
    failing = not cache or (warehouse is not None and not warehouse.ok)
    return {
        "status": "unhealthy" if not database else "degraded" if failing else "healthy",
        "version": settings.VERSION,
        "timestamp": datetime.now(UTC),
        "databricks_connected": warehouse is not None and warehouse.ok,
        "checks": {
            "database": database,
            "cache": cache,
            "external_apis": warehouse is None or warehouse.ok,
        },
    }


def _models() -> dict[str, Any] | None:
    """How many published documents do not answer; names are for those who signed in."""
    try:
        found = registry_health()
    except (DatabaseError, Unavailable):
        return None
    return {
        "published": sum(category.documents for category in found),
        "broken": sum(len(category.broken) for category in found),
    }


def _sync() -> dict[str, Any] | None:
    """What waits for the volume; the database may be gone again since its probe."""
    try:
        summary = sync_summary()
    except DatabaseError:
        return None
    return {"pending": summary.pending, "failing": summary.failing, "lag_s": summary.lag_s}


def _breaker() -> dict[str, Any] | None:
    return asdict(wiring.circuit_breaker().report()) if wiring.workspace_url() else None


def _word(outcome: Outcome) -> str:
    return "healthy" if outcome.ok else "unhealthy"


def _check(outcome: Outcome) -> dict[str, Any]:
    return {
        "status": _word(outcome),
        "latency_ms": outcome.latency_ms,
        "error": outcome.error,
    }
