"""Routes under /admin/, before the site's own."""

from django.urls import URLPattern, path

from catalog.stewards import drafting

app_name = "catalog_pages"

urlpatterns: list[URLPattern] = [
    path("tables/", drafting.TablesPage.on_site(), name="tables"),
]
