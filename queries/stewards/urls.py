"""Routes under /admin/, before the site's own."""

from django.urls import URLPattern

app_name = "query_pages"

urlpatterns: list[URLPattern] = []
