"""Routes under /api/genie/."""

from django.urls import path

from genie import conversation_views, views

app_name = "genie"

urlpatterns = [
    path("query", views.QuestionView.as_view(), name="query"),
    path("conversations", conversation_views.ConversationsView.as_view(), name="conversations"),
    path(
        "conversations/<uuid:conversation_id>",
        conversation_views.ConversationView.as_view(),
        name="conversation",
    ),
]
