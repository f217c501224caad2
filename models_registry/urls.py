"""Routes under /api/, without trailing slash."""

from django.urls import path

from models_registry import (
    document_views,
    history_views,
    lifecycle_views,
    search_views,
    sync_views,
    views,
)

urlpatterns = [
    path("models", views.ModelsView.as_view(), name="models"),
    path("models/search", search_views.ModelSearchView.as_view(), name="model-search"),
    path("models/upload", document_views.UploadView.as_view(), name="model-upload"),
    path("models/batch", document_views.BatchView.as_view(), name="model-batch"),
    path("models/validate", document_views.ValidateView.as_view(), name="model-validate"),
    path("models/schema", document_views.SchemaView.as_view(), name="model-schema"),
    path("models/sync", sync_views.SyncView.as_view(), name="model-sync"),
    path("models/<str:name>", views.ModelView.as_view(), name="model"),
    path("models/<str:name>/download", views.DownloadView.as_view(), name="model-download"),
    path(
        "models/<str:name>/metrics",
        document_views.ModelMetricsView.as_view(),
        name="model-metrics",
    ),
    path("models/<str:name>/versions", history_views.VersionsView.as_view(), name="model-versions"),
    path(
        "models/<str:name>/versions/<int:number>",
        history_views.VersionView.as_view(),
        name="model-version",
    ),
    path("models/<str:name>/diff", history_views.DiffView.as_view(), name="model-diff"),
    path("models/<str:name>/impact", history_views.ImpactView.as_view(), name="model-impact"),
    path("models/<str:name>/audit", history_views.AuditView.as_view(), name="model-audit"),
    path(
        "models/<str:name>/transitions",
        lifecycle_views.TransitionsView.as_view(),
        name="model-transitions",
    ),
    path("models/<str:name>/promote", lifecycle_views.PromoteView.as_view(), name="model-promote"),
    path("metrics-explorer/metrics", views.MetricsView.as_view(), name="metrics"),
    path("metrics-explorer/metrics/<str:name>", views.MetricView.as_view(), name="metric"),
    path("metrics-explorer/search", views.MetricSearchView.as_view(), name="metric-search"),
]
