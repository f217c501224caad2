"""Routes under /api/genie/."""

from django.urls import path

from genie import views

app_name = "genie"

urlpatterns = [
    path("query", views.QuestionView.as_view(), name="query"),
]
