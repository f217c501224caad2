"""Routes under /api/documentation/, without trailing slash."""

from django.urls import path

from models_registry.documentation import views

urlpatterns = [
    path("generate", views.GenerateView.as_view(), name="documentation-generate"),
    path("models", views.DocumentedModelsView.as_view(), name="documentation-models"),
    path("<uuid:documentation_id>", views.DocumentationView.as_view(), name="documentation"),
    path(
        "<uuid:documentation_id>/download",
        views.DocumentationDownloadView.as_view(),
        name="documentation-download",
    ),
]
