"""Routes under /api/auth/."""

from django.urls import path

from semantic_layer.accounts import views

urlpatterns = [
    path("login", views.LoginView.as_view(), name="login"),
    path("me", views.MeView.as_view(), name="me"),
    path("refresh", views.RefreshView.as_view(), name="refresh"),
    path("permissions", views.PermissionsView.as_view(), name="permissions"),
    path("logout", views.LogoutView.as_view(), name="logout"),
]
