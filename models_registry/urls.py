"""Routes under /api/, without trailing slash."""

from django.urls import path

from models_registry import search_views, views

urlpatterns = [
    path("models", views.ModelsView.as_view(), name="models"),
    path("models/search", search_views.ModelSearchView.as_view(), name="model-search"),
    path("models/<str:name>", views.ModelView.as_view(), name="model"),
    path("models/<str:name>/download", views.DownloadView.as_view(), name="model-download"),
    path("metrics-explorer/metrics", views.MetricsView.as_view(), name="metrics"),
    path("metrics-explorer/metrics/<str:name>", views.MetricView.as_view(), name="metric"),
    path("metrics-explorer/search", views.MetricSearchView.as_view(), name="metric-search"),
]
