"""Screens for stewards: models, their versions, the audit trail. All of it is read here; what
changes the registry is an action that calls a service.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import Truncator
from unfold.admin import ModelAdmin
from unfold.decorators import display

from models_registry.diffs import diff_lines
from models_registry.graph_source import load_snapshot
from models_registry.mirror.states import sync_state_of
from models_registry.models import (
    AuditEntry,
    AuditOutcome,
    Document,
    DocumentKind,
    DocumentVersion,
)
from models_registry.problems import issues_of
from models_registry.stewards.documents import head_of_document, steward_context
from models_registry.stewards.visible import restricted
from semantic_layer.accounts.pages import actor_in

VERSIONS_SHOWN = 20
EVENTS_SHOWN = 20
STATE_COLOURS = {
    "published": "success",
    "in review": "warning",
    "draft": "info",
    "deprecated": "warning",
    "retired": "danger",
    "deleted": "danger",
}
KINDS = {
    DocumentKind.SEMANTIC_MODEL.value: "model",
    DocumentKind.SAVED_QUERY.value: "saved query",
    DocumentKind.PROJECT_CONFIGURATION.value: "configuration",
}
SYNC_COLOURS = {"synced": "success", "pending": "info", "failing": "danger"}


class RegistryAdmin(ModelAdmin):  # type: ignore[misc]  # unfold is untyped
    """Shows rows; adds, changes and deletes none."""

    class Media:
        css = {"all": ("models_registry/admin.css", "stewards/stewards.css")}

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class LifeFilter(admin.SimpleListFilter):
    """Deleted documents are there only when asked for."""

    title = "life"
    parameter_name = "life"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("deleted", "Deleted"), ("all", "All")]

    def choices(self, changelist: Any) -> Any:
        first, *others = super().choices(changelist)
        return [{**first, "display": "In use"}, *others]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() == "all":
            return queryset
        gone = Q(published__isnull=True, deleted_at__isnull=False)
        return queryset.filter(gone) if self.value() == "deleted" else queryset.exclude(gone)


@admin.register(Document)
class DocumentAdmin(RegistryAdmin):
    """What a category consists of, with what is wrong with it."""

    list_display = (
        "name", "category", "kind_shown", "state", "version", "table", "metric_count", "updated",
        "sync_state",
    )  # fmt: skip
    list_filter = ("category", "kind", "published__state", LifeFilter)
    list_select_related = ("published", "mirror")
    search_fields = ("name", "published__label", "published__description", "published__relation")
    fieldsets = (
        (None, {"fields": ("name", "category", "kind", "state", "version", "author", "table")}),
        ("Meaning", {"fields": ("description", "owner", "tags", "members")}),
        ("Metrics", {"fields": ("metrics",), "classes": ("tab",)}),
        ("YAML", {"fields": ("yaml",), "classes": ("tab",)}),
        ("Versions", {"fields": ("versions",), "classes": ("tab",)}),
        ("What happened", {"fields": ("happened",), "classes": ("tab",)}),
        ("Problems", {"fields": ("problems",), "classes": ("tab",)}),
        ("Dates", {"fields": ("created_at", "updated_at", "deleted_at"), "classes": ("tab",)}),
    )
    change_form_outer_before_template = "stewards/model_steps.html"
    list_before_template = "stewards/list_steps.html"

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        may_write = actor_in(request).may("write")
        context = {"may_write": may_write, **(extra_context or {})}
        return cast(HttpResponse, super().changelist_view(request, context))

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        document = self.get_object(request, object_id)
        context = {"steward": steward_context(actor_in(request), document) if document else None}
        shown = {**context, **(extra_context or {})}
        return cast(HttpResponse, super().change_view(request, object_id, form_url, shown))

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> Document | None:
        found: Document | None = super().get_object(request, object_id, from_field)
        if found is not None:  # the fields of the page are given no request
            found.may_write = actor_in(request).may("write")  # type: ignore[attr-defined]
        return found

    def get_queryset(self, request: HttpRequest) -> QuerySet[Document]:
        found = super().get_queryset(request).exclude(restricted(actor_in(request)))
        big = ("published__yaml", "published__definition")
        found = found.select_related("published", "mirror").prefetch_related("outbox")
        # Here, not as `ordering`: that would put sort marks on three columns.
        found = found.order_by("category", "kind", "name")
        return cast("QuerySet[Document]", found.defer(*big))

    @display(description="State", label=STATE_COLOURS)  # type: ignore[untyped-decorator]
    def state(self, document: Document) -> str:
        if document.published is not None:
            return document.published.get_state_display().lower()
        return "deleted" if document.deleted_at else "draft"

    @admin.display(description="Kind", ordering="kind")
    def kind_shown(self, document: Document) -> str:
        return KINDS[document.kind]

    @admin.display(description="Updated", ordering="updated_at")
    def updated(self, document: Document) -> SafeString:
        return _moment(document.updated_at)

    @display(description="Volume", label=SYNC_COLOURS)  # type: ignore[untyped-decorator]
    def sync_state(self, document: Document) -> str:
        return sync_state_of(document)

    @admin.display(description="Version", ordering="published__number")
    def version(self, document: Document) -> int | None:
        return document.published.number if document.published else None

    @admin.display(description="Table")
    def table(self, document: Document) -> str:
        return document.published.relation if document.published else ""

    @admin.display(description="Entities, dimensions, measures")
    def members(self, document: Document) -> str:
        version = document.published
        if version is None:
            return ""
        counts = (version.entity_count, version.dimension_count, version.measure_count)
        return ", ".join(map(str, counts))

    @admin.display(description="Metrics", ordering="published__metric_count")
    def metric_count(self, document: Document) -> int | None:
        return document.published.metric_count if document.published else None

    @admin.display(description="Last author", ordering="published__author_email")
    def author(self, document: Document) -> str:
        return document.published.author_email if document.published else ""

    @admin.display(description="Description")
    def description(self, document: Document) -> str:
        return document.published.description if document.published else ""

    @admin.display(description="Owner")
    def owner(self, document: Document) -> str:
        return document.published.owner if document.published else ""

    @admin.display(description="Tags")
    def tags(self, document: Document) -> str:
        return ", ".join(document.published.tags) if document.published else ""

    @admin.display(description="Problems")
    def problems(self, document: Document) -> SafeString:
        if document.published is None:
            return mark_safe("<p>Nothing answers: its versions are kept.</p>")  # noqa: S308  constant
        key = (document.kind, document.name)
        issues = issues_of(key, document.published.yaml, load_snapshot(document.category))
        return render_to_string("models_registry/problems.html", {"issues": issues})

    @admin.display(description="Metrics")
    def metrics(self, document: Document) -> SafeString:
        definition = document.published.definition if document.published else {}
        found = definition.get("metrics", [])
        context = {"metrics": found, "category": document.category}
        return render_to_string("models_registry/metrics.html", context)

    @admin.display(description="YAML")
    def yaml(self, document: Document) -> SafeString:
        head = head_of_document(document)
        return _code(head.yaml if head else "")

    @admin.display(description="Versions")
    def versions(self, document: Document) -> SafeString:
        found = document.versions.defer("yaml", "definition").order_by("-number")
        newest = list(found[: VERSIONS_SHOWN + 1])
        context = {
            "document": document,
            "versions": newest[:VERSIONS_SHOWN],
            "more": len(newest) > VERSIONS_SHOWN,
            "may_write": getattr(document, "may_write", False),
        }
        return render_to_string("models_registry/versions.html", context)

    @admin.display(description="What happened")
    def happened(self, document: Document) -> SafeString:
        """What was done with it and why; what was refused is in the audit trail."""
        about = AuditEntry.objects.filter(
            category=document.category, kind=document.kind, name=document.name,
            outcome=AuditOutcome.DONE,
        )  # fmt: skip
        context = {"entries": about[:EVENTS_SHOWN]}
        return render_to_string("models_registry/happened.html", context)


@admin.register(DocumentVersion)
class DocumentVersionAdmin(RegistryAdmin):
    """Every content a document ever had, with what changed."""

    list_display = ("document", "number", "state_shown", "author_email", "created_at", "message")
    list_filter = ("document__category", "document__kind", "state")
    list_select_related = ("document",)
    search_fields = ("document__name", "author_email", "message")
    fieldsets = (
        (None, {"fields": ("document", "number", "state_shown", "author_email", "created_at")}),
        ("Why", {"fields": ("message", "request_id", "definition_hash")}),
        ("Changes", {"fields": ("changes",)}),
        ("YAML", {"fields": ("text",)}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[DocumentVersion]:
        found = super().get_queryset(request).exclude(restricted(actor_in(request), "document__"))
        return cast(
            "QuerySet[DocumentVersion]",
            found.select_related("document").defer("yaml", "definition"),
        )

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest | None = None) -> bool:
        return lookup == "document__id__exact" or bool(
            super().lookup_allowed(lookup, value, request)
        )

    @display(description="State", label=STATE_COLOURS)  # type: ignore[untyped-decorator]
    def state_shown(self, version: DocumentVersion) -> str:
        return version.get_state_display().lower()

    @admin.display(description="Against the version before")
    def changes(self, version: DocumentVersion) -> SafeString:
        before = version.document.versions.filter(number=version.number - 1).first()
        lines = diff_lines(before.yaml, version.yaml) if before else []
        empty = "The same text." if before else "This is the first version."
        return render_to_string("models_registry/diff.html", {"lines": lines, "empty": empty})

    @admin.display(description="YAML")
    def text(self, version: DocumentVersion) -> SafeString:
        return _code(version.yaml)


@admin.register(AuditEntry)
class AuditEntryAdmin(RegistryAdmin):
    """Who did what, and what was refused to whom. For administrators."""

    list_display = (
        "moment", "actor_email", "action", "outcome_shown", "category", "name_shown", "versions",
        "reason_shown",
    )  # fmt: skip
    list_filter = ("outcome", "action", "category", "kind", "at")
    search_fields = ("name", "actor_email", "reason", "request_id")
    fields = (
        "at", "actor_email", "action", "outcome_shown", "category", "kind", "name",
        "before_version", "after_version", "reason", "request_id", "details",
    )  # fmt: skip

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return actor_in(request).may("admin")

    @admin.display(description="At (UTC)", ordering="at")
    def moment(self, entry: AuditEntry) -> SafeString:
        return _moment(entry.at)

    @admin.display(description="Version")
    def versions(self, entry: AuditEntry) -> str:
        before, after = entry.before_version, entry.after_version
        if before == after or after is None:
            return "" if before is None else str(before)
        return str(after) if before is None else f"{before} → {after}"

    @display(  # type: ignore[untyped-decorator]
        description="Outcome",
        label={AuditOutcome.DONE.value: "success", AuditOutcome.REFUSED.value: "danger"},
    )
    def outcome_shown(self, entry: AuditEntry) -> str:
        return entry.outcome

    @admin.display(description="Name", ordering="name")
    def name_shown(self, entry: AuditEntry) -> str:
        return Truncator(entry.name).chars(40)

    @admin.display(description="Reason")
    def reason_shown(self, entry: AuditEntry) -> str:
        return Truncator(entry.reason).chars(120)


def _moment(at: datetime) -> SafeString:
    return format_html('<span class="sl-nowrap">{}</span>', f"{at:%Y-%m-%d %H:%M}")


def _code(text: str) -> SafeString:
    return format_html('<div class="registry-code">{}</div>', text)
