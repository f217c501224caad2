"""Routes under /admin/, before the site's own."""

from django.urls import URLPattern, path

from models_registry.stewards import reviewing

app_name = "registry_pages"

urlpatterns: list[URLPattern] = [
    path("reviews/", reviewing.ReviewsPage.on_site(), name="reviews"),
]
