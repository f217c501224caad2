"""Every operation and the permission it needs, written down by hand from the API contract.

A new endpoint adds its row here; test_permissions.py fails for routes without one. The body is one
that gets past authorization and then fails harmlessly, so the table runs on an empty service.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

ROLES = {
    "viewer": {"read"},
    "analyst": {"read", "execute"},
    "engineer": {"read", "write", "execute"},
    "admin": {"read", "write", "delete", "execute", "admin"},
}

NO_MODEL = "api/models/no_such_model"
SOMEONE = "00000000-0000-4000-8000-000000000000"


@dataclass(frozen=True)
class Row:
    """`route` as registered (`<name>` for parameters), `needs` None for public operations."""

    method: str
    route: str
    needs: str | None
    category: str | None
    path: str = ""
    body: Any = None

    @property
    def url(self) -> str:
        return "/" + (self.path or self.route)

    def __str__(self) -> str:
        return f"{self.method} {self.route}"


ROWS = (
    Row("GET", "api/health", None, "health"),
    Row("GET", "health", None, "health"),
    Row("GET", "api/health/databricks", None, "health"),
    Row("GET", "api/health/ready", None, "health"),
    Row("POST", "api/auth/login", None, "metadata"),
    Row("POST", "api/auth/refresh", None, "metadata"),
    Row("POST", "api/auth/logout", None, "metadata"),
    Row("GET", "api/auth/oauth/start", None, "metadata"),
    Row("GET", "api/auth/oauth/callback", None, "metadata"),
    Row("POST", "api/auth/oauth/token", None, "metadata"),
    Row("GET", "api/auth/me", "read", "metadata"),
    Row("GET", "api/auth/permissions", "read", "metadata"),
    Row("GET", "api/admin/users/<user_id>/roles", "admin", "metadata",
        f"api/admin/users/{SOMEONE}/roles"),
    Row("PUT", "api/admin/users/<user_id>/roles", "admin", "metadata",
        f"api/admin/users/{SOMEONE}/roles"),
    Row("GET", "api/metadata/catalogs", "read", "metadata"),
    Row("GET", "api/metadata/schemas", "read", "metadata"),
    Row("GET", "api/metadata/tables", "read", "metadata"),
    Row("GET", "api/metadata/columns", "read", "metadata"),
    Row("GET", "api/metadata/sql-autocomplete", "read", "metadata"),
    Row("POST", "api/queries/execute", "execute", "queries"),
    Row("POST", "api/queries/validate", "read", "metadata"),
    Row("GET", "api/queries/history", "read", "metadata"),
    Row("GET", "api/queries/<query_id>/status", "read", "metadata",
        f"api/queries/{SOMEONE}/status"),
    Row("GET", "api/queries/<query_id>/results", "read", "metadata",
        f"api/queries/{SOMEONE}/results"),
    Row("GET", "api/queries/<query_id>/events", "read", "metadata",
        f"api/queries/{SOMEONE}/events"),
    Row("POST", "api/queries/<query_id>/cancel", "execute", None,
        f"api/queries/{SOMEONE}/cancel"),
    Row("GET", "api/queries/saved", "read", "metadata"),
    Row("POST", "api/queries/saved", "execute", "metadata"),
    Row("GET", "api/queries/saved/<saved_id>", "read", "metadata", f"api/queries/saved/{SOMEONE}"),
    Row("PUT", "api/queries/saved/<saved_id>", "execute", "metadata",
        f"api/queries/saved/{SOMEONE}"),
    Row("DELETE", "api/queries/saved/<saved_id>", "execute", "metadata",
        f"api/queries/saved/{SOMEONE}"),
    Row("POST", "api/queries/saved/<saved_id>/run", "execute", "queries",
        f"api/queries/saved/{SOMEONE}/run"),
    Row("POST", "api/queries/format", "read", "metadata"),
    Row("GET", "api/queries/<query_id>/receipt", "read", "metadata",
        f"api/queries/{SOMEONE}/receipt"),
    Row("DELETE", "api/admin/cache", "admin", "metadata"),
    Row("GET", "api/admin/audit", "admin", "metadata"),
    Row("POST", "api/queries/export", "execute", "exports"),
    Row("GET", "api/queries/exports/<export_id>/download", "execute", "metadata",
        f"api/queries/exports/{SOMEONE}/download"),
    Row("GET", "api/queries/exports/<export_id>/manifest", "execute", "metadata",
        f"api/queries/exports/{SOMEONE}/manifest"),
    Row("GET", "api/catalog/gold-tables", "read", "metadata"),
    Row("POST", "api/catalog/analyze-table", "execute", "ai"),
    Row("POST", "api/catalog/generate-model", "write", "ai"),
    Row("POST", "api/genie/suggest-metrics", "execute", "ai"),
    Row("GET", "api/catalog/generation-jobs", "read", "metadata"),
    Row("GET", "api/catalog/generation-jobs/<job_id>", "read", "metadata",
        f"api/catalog/generation-jobs/{SOMEONE}"),
    Row("POST", "api/catalog/generation-jobs/<job_id>/cancel", "write", None,
        f"api/catalog/generation-jobs/{SOMEONE}/cancel"),
    Row("GET", "api/catalog/rejections", "read", "metadata"),
    Row("POST", "api/catalog/rejections", "execute", "metadata"),
    Row("DELETE", "api/catalog/rejections/<rejection_id>", "execute", "metadata",
        f"api/catalog/rejections/{SOMEONE}"),
    Row("GET", "api/models", "read", "models"),
    Row("POST", "api/models", "write", "models"),
    Row("GET", "api/models/search", "read", "models"),
    Row("GET", "api/models/sync", "read", "models"),
    Row("POST", "api/models/sync", "admin", "models", body={"category": "nowhere"}),
    Row("GET", "api/models/<name>", "read", "models", "api/models/no_such_model"),
    Row("PUT", "api/models/<name>", "write", "models", "api/models/no_such_model"),
    Row("DELETE", "api/models/<name>", "delete", "models", "api/models/no_such_model"),
    Row("GET", "api/models/<name>/download", "read", "models", "api/models/no_such_model/download"),
    Row("POST", "api/models/upload", "write", "models"),
    Row("POST", "api/models/batch", "write", "models"),
    Row("POST", "api/models/validate", "read", "metadata"),
    Row("GET", "api/models/schema", "read", "models"),
    Row("POST", "api/models/<name>/metrics", "write", "models", f"{NO_MODEL}/metrics"),
    Row("GET", "api/models/<name>/versions", "read", "models", f"{NO_MODEL}/versions"),
    Row("GET", "api/models/<name>/versions/<number>", "read", "models", f"{NO_MODEL}/versions/1"),
    Row("GET", "api/models/<name>/diff", "read", "models", f"{NO_MODEL}/diff"),
    Row("GET", "api/models/<name>/impact", "read", "models", f"{NO_MODEL}/impact"),
    Row("GET", "api/models/<name>/audit", "read", "models", f"{NO_MODEL}/audit"),
    Row("POST", "api/models/<name>/transitions", "write", "models", f"{NO_MODEL}/transitions"),
    Row("POST", "api/models/<name>/promote", "write", "models", f"{NO_MODEL}/promote"),
    Row("GET", "api/metrics-explorer/metrics", "read", "metadata"),
    Row("GET", "api/metrics-explorer/metrics/<name>", "read", "metadata",
        "api/metrics-explorer/metrics/no_such_metric"),
    Row("GET", "api/metrics-explorer/search", "read", "metadata"),
    Row("POST", "api/metrics-explorer/query", "execute", "queries"),
    Row("POST", "api/metrics-explorer/compile", "read", "metadata"),
    Row("POST", "api/metrics-explorer/dimensions", "read", "metadata"),
    Row("POST", "api/metrics-explorer/dimension-values", "execute", "queries"),
    Row("POST", "api/documentation/generate", "write", "ai"),
    Row("GET", "api/documentation/models", "read", "models"),
    Row("GET", "api/documentation/<documentation_id>", "read", "models",
        f"api/documentation/{SOMEONE}"),
    Row("GET", "api/documentation/<documentation_id>/download", "read", "models",
        f"api/documentation/{SOMEONE}/download"),
    Row("GET", "api/lineage/impact", "read", "metadata"),
    Row("GET", "api/lineage/tables/<table>", "read", "metadata", "api/lineage/tables/a.b.c"),
    Row("GET", "api/lineage/columns/<column>", "read", "metadata", "api/lineage/columns/a.b.c.d"),
    Row("GET", "api/lineage/models/<name>", "read", "metadata", "api/lineage/models/no_such_model"),
    Row("GET", "api/lineage/metrics/<name>", "read", "metadata",
        "api/lineage/metrics/no_such_metric"),
    Row("POST", "api/genie/query", "execute", "queries"),
    Row("GET", "api/genie/conversations", "read", "metadata"),
    Row("GET", "api/genie/conversations/<conversation_id>", "read", "metadata",
        f"api/genie/conversations/{SOMEONE}"),
    Row("DELETE", "api/genie/conversations/<conversation_id>", "read", "metadata",
        f"api/genie/conversations/{SOMEONE}"),
)  # fmt: skip
