"""Routes under /admin/, before the site's own."""

from django.urls import URLPattern, path

from genie.stewards import asking

app_name = "question_pages"

urlpatterns: list[URLPattern] = [path("ask/", asking.AskPage.on_site(), name="ask")]
