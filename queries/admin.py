"""Query runs for stewards: what was asked, what ran, how it ended. Read only."""

from __future__ import annotations

import json
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from unfold.decorators import display

from queries.models import QueryRun
from queries.states import QueryState
from semantic_layer.accounts.admin import ReadOnlyAdmin

SHOWN_SQL = 80
STATE_COLOURS = {
    QueryState.COMPLETED.value: "success",
    QueryState.RUNNING.value: "info",
    QueryState.QUEUED.value: "info",
    QueryState.FAILED.value: "danger",
    QueryState.CANCELLED.value: "warning",
    QueryState.EXPIRED.value: "warning",
}


class DurationFilter(admin.SimpleListFilter):
    """Slow ones, by the whole time in the service."""

    title = "duration"
    parameter_name = "slower_than_ms"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("1000", "over 1 s"), ("10000", "over 10 s"), ("60000", "over 1 minute")]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[QueryRun]
    ) -> QuerySet[QueryRun] | None:
        value = self.value()
        if value not in {"1000", "10000", "60000"}:
            return queryset
        return queryset.filter(total_ms__gt=int(value))


@admin.register(QueryRun)
class QueryRunAdmin(ReadOnlyAdmin):
    """The list leaves the long texts in the database; the page of one run shows everything."""

    list_display = (
        "submitted_at",
        "state_label",
        "kind",
        "actor_email",
        "asked",
        "row_count",
        "engine_time",
        "total_time",
        "error_code",
    )
    list_filter = (
        "state",
        "kind",
        DurationFilter,
        "cached",
        "category",
        "submitted_at",
        "actor_email",
    )
    list_filter_submit = True
    search_fields = ("id", "actor_email", "sql", "error_code", "request_id", "statement_id")
    search_help_text = "Id, person, SQL, error code, request id or statement id"
    date_hierarchy = "submitted_at"
    list_per_page = 50
    show_full_result_count = False
    readonly_fields = (
        "statement",
        "query_asked",
        "parameters_asked",
        "models_used",
        "receipt_given",
    )
    fieldsets: ClassVar[Any] = (
        (
            None,
            {"fields": ("id", "kind", "state", "actor_email", "submitted_at", "finished_at")},
        ),
        ("Asked", {"fields": ("query_asked", "category", "statement", "parameters_asked")}),
        (
            "Outcome",
            {
                "fields": (
                    "row_count",
                    "truncated",
                    "byte_count",
                    "engine_ms",
                    "total_ms",
                    "cached",
                    "error_code",
                    "error_message",
                )
            },
        ),
        (
            "Provenance",
            {
                "fields": (
                    "models_used",
                    "warehouse",
                    "statement_id",
                    "data_scope",
                    "request_id",
                    "receipt_given",
                )
            },
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[QueryRun]:
        found: QuerySet[QueryRun] = super().get_queryset(request)
        match = request.resolver_match
        if match is not None and match.url_name == "queries_queryrun_changelist":
            return found.defer("receipt", "parameters", "error_message", "model_versions")
        return found

    @display(description="state", label=STATE_COLOURS, ordering="state")  # type: ignore[untyped-decorator]
    def state_label(self, run: QueryRun) -> str:
        return run.state

    @admin.display(description="asked")
    def asked(self, run: QueryRun) -> str:
        """The metrics of a metric query, else how the statement begins."""
        request = run.request or {}
        metrics = request.get("metrics")
        if isinstance(metrics, list) and metrics:
            return _shortened(", ".join(map(str, metrics)))
        return _shortened(str(request.get("dimension") or " ".join(run.sql.split())))

    @admin.display(description="engine", ordering="engine_ms")
    def engine_time(self, run: QueryRun) -> str:
        return _duration(run.engine_ms)

    @admin.display(description="total", ordering="total_ms")
    def total_time(self, run: QueryRun) -> str:
        return _duration(run.total_ms)

    @admin.display(description="SQL")
    def statement(self, run: QueryRun) -> str:
        return _preformatted(run.sql)

    @admin.display(description="Metric query")
    def query_asked(self, run: QueryRun) -> str:
        return _preformatted(_json(run.request))

    @admin.display(description="Parameters")
    def parameters_asked(self, run: QueryRun) -> str:
        return _preformatted(_json(run.parameters))

    @admin.display(description="Model versions")
    def models_used(self, run: QueryRun) -> str:
        named = sorted(run.model_versions.items())
        return ", ".join(f"{name} v{version}" for name, version in named) or "-"

    @admin.display(description="Receipt")
    def receipt_given(self, run: QueryRun) -> str:
        return _preformatted(_json(run.receipt))


def _shortened(text: str) -> str:
    return text if len(text) <= SHOWN_SQL else f"{text[: SHOWN_SQL - 1]}…"


def _duration(milliseconds: float | None) -> str:
    if milliseconds is None:
        return "-"
    return f"{milliseconds / 1000:.2f} s" if milliseconds >= 1000 else f"{milliseconds:.1f} ms"


def _json(value: Any) -> str:
    return "" if value in (None, {}) else json.dumps(value, indent=2, ensure_ascii=False)


def _preformatted(text: str) -> str:
    if not text:
        return "-"
    return format_html('<pre style="white-space: pre-wrap">{}</pre>', text)
