"""Routes under /api/ that run or compile queries."""

from django.urls import path

from queries import run_views, saved_views, views
from queries.exports import views as exports

app_name = "queries"

urlpatterns = [
    path("queries/execute", views.ExecuteView.as_view(), name="execute"),
    path("queries/validate", views.ValidateView.as_view(), name="validate"),
    path("queries/format", views.FormatView.as_view(), name="format"),
    path("queries/<uuid:query_id>/receipt", views.ReceiptView.as_view(), name="receipt"),
    path("queries/export", exports.ExportView.as_view(), name="export"),
    path(
        "queries/exports/<uuid:export_id>/download",
        exports.ExportDownloadView.as_view(),
        name="export-download",
    ),
    path(
        "queries/exports/<uuid:export_id>/manifest",
        exports.ExportManifestView.as_view(),
        name="export-manifest",
    ),
    path("queries/history", run_views.QueryHistoryView.as_view(), name="history"),
    path("queries/saved", saved_views.SavedQueriesView.as_view(), name="saved-list"),
    path("queries/saved/<uuid:saved_id>", saved_views.SavedQueryView.as_view(), name="saved"),
    path(
        "queries/saved/<uuid:saved_id>/run",
        saved_views.SavedQueryRunView.as_view(),
        name="saved-run",
    ),
    path("queries/<uuid:query_id>/status", run_views.QueryStatusView.as_view(), name="status"),
    path("queries/<uuid:query_id>/results", run_views.QueryResultsView.as_view(), name="results"),
    path("queries/<uuid:query_id>/cancel", run_views.QueryCancelView.as_view(), name="cancel"),
    path("queries/<uuid:query_id>/events", run_views.QueryEventsView.as_view(), name="events"),
    path("metrics-explorer/query", views.MetricQueryView.as_view(), name="metric-query"),
    path("metrics-explorer/compile", views.CompileView.as_view(), name="compile"),
    path("metrics-explorer/dimensions", views.DimensionsView.as_view(), name="dimensions"),
    path(
        "metrics-explorer/dimension-values",
        views.DimensionValuesView.as_view(),
        name="dimension-values",
    ),
]
