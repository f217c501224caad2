"""Routes under /api/ that run or compile queries."""

from django.urls import path

from queries import views

app_name = "queries"

urlpatterns = [
    path("queries/execute", views.ExecuteView.as_view(), name="execute"),
    path("queries/validate", views.ValidateView.as_view(), name="validate"),
    path("metrics-explorer/query", views.MetricQueryView.as_view(), name="metric-query"),
    path("metrics-explorer/compile", views.CompileView.as_view(), name="compile"),
    path("metrics-explorer/dimensions", views.DimensionsView.as_view(), name="dimensions"),
    path(
        "metrics-explorer/dimension-values",
        views.DimensionValuesView.as_view(),
        name="dimension-values",
    ),
]
