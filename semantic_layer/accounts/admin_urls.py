"""Routes under /api/admin/ that administer users."""

from django.urls import path

from semantic_layer.accounts import views

urlpatterns = [
    path("users/<uuid:user_id>/roles", views.UserRolesView.as_view(), name="user-roles"),
]
