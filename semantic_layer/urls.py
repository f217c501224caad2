"""Every route, written without a trailing slash: OptionalSlashMiddleware makes it optional."""

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView
from drf_spectacular.views import (
    SpectacularAPIView,
    SpectacularRedocView,
    SpectacularSwaggerSplitView,
)

from genie.suggestions.views import SuggestMetricsView
from semantic_layer import health, telemetry

handler400 = "semantic_layer.api.exceptions.bad_request"
handler403 = "semantic_layer.api.exceptions.permission_denied"
handler404 = "semantic_layer.api.exceptions.not_found"
handler500 = "semantic_layer.api.exceptions.server_error"

# Who opens the bare address wants to know what is there.
to_docs = RedirectView.as_view(pattern_name="docs")

urlpatterns = [
    path("", to_docs, name="home"),
    path("api", to_docs, name="api-home"),
    path("api/health", health.HealthView.as_view(), name="health"),
    path("health", health.HealthView.as_view(schema=None), name="health-short"),
    path("api/health/databricks", health.DatabricksHealthView.as_view(), name="health-databricks"),
    path("api/health/ready", health.ReadyView.as_view(), name="health-ready"),
    path("api/auth/", include("semantic_layer.accounts.urls")),
    path("api/admin/", include("semantic_layer.accounts.admin_urls")),
    path("api/admin/", include("queries.admin_urls")),
    path("api/metadata/", include("catalog.urls")),
    path("api/catalog/", include("catalog.modelling.urls")),
    path("api/genie/suggest-metrics", SuggestMetricsView.as_view(), name="suggest-metrics"),
    path("api/", include("models_registry.urls")),
    path("api/", include("queries.urls")),
    path("api/genie/", include("genie.urls")),
    path("metrics", telemetry.MetricsView.as_view(), name="metrics"),
    path("api/lineage/", include("lineage.urls")),
    path("api/documentation/", include("models_registry.documentation.urls")),
    path("api/schema", SpectacularAPIView.as_view(), name="schema"),
    path("docs", SpectacularSwaggerSplitView.as_view(url_name="schema"), name="docs"),
    path("redoc", SpectacularRedocView.as_view(url_name="schema"), name="redoc"),
    path("admin/", include("catalog.stewards.urls")),
    path("admin/", include("models_registry.stewards.urls")),
    path("admin/", include("queries.stewards.urls")),
    path("admin/", include("lineage.stewards")),
    path("admin/", include("genie.stewards.urls")),
    path("admin/", admin.site.urls),
]
