"""Routes under /api/metadata/."""

from django.urls import path

from catalog import views

urlpatterns = [
    path("catalogs", views.CatalogsView.as_view(), name="catalogs"),
    path("schemas", views.SchemasView.as_view(), name="schemas"),
    path("tables", views.TablesView.as_view(), name="tables"),
    path("columns", views.ColumnsView.as_view(), name="columns"),
    path("sql-autocomplete", views.AutocompleteView.as_view(), name="sql-autocomplete"),
]
