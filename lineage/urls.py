"""Routes under /api/lineage/, without trailing slash. Names may hold slashes."""

from django.urls import path

from lineage import views

urlpatterns = [
    path("impact", views.LineageImpactView.as_view(), name="lineage-impact"),
    path("tables/<path:table>", views.TableLineageView.as_view(), name="lineage-table"),
    path("columns/<path:column>", views.ColumnLineageView.as_view(), name="lineage-column"),
    path("models/<str:name>", views.ModelLineageView.as_view(), name="lineage-model"),
    path("metrics/<str:name>", views.MetricLineageView.as_view(), name="lineage-metric"),
]
