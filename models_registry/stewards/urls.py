"""Routes under /admin/, before the site's own."""

from django.urls import URLPattern, path

from models_registry.stewards import editing, moving, reviewing, uploading

app_name = "registry_pages"

urlpatterns: list[URLPattern] = [
    path("reviews/", reviewing.ReviewsPage.on_site(), name="reviews"),
    path("models/new/", editing.EditorPage.on_site(), name="new"),
    path("models/problems", editing.Problems.on_site(), name="problems"),
    path("models/upload/", uploading.UploadPage.on_site(), name="upload"),
    path("models/<int:pk>/edit/", editing.EditorPage.on_site(), name="edit"),
    path("models/<int:pk>/compare/", moving.ComparePage.on_site(), name="compare"),
    path("models/<int:pk>/promote/", moving.PromotePage.on_site(), name="promote"),
    path("models/<int:pk>/remove/", moving.RemovePage.on_site(), name="remove"),
    path("models/<int:pk>/move/<str:action>/", moving.MovePage.on_site(), name="move"),
]
