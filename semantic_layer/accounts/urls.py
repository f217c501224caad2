"""Routes under /api/auth/."""

from django.urls import path

from semantic_layer.accounts import browser_views, views

urlpatterns = [
    path("login", views.LoginView.as_view(), name="login"),
    path("me", views.MeView.as_view(), name="me"),
    path("refresh", views.RefreshView.as_view(), name="refresh"),
    path("permissions", views.PermissionsView.as_view(), name="permissions"),
    path("logout", views.LogoutView.as_view(), name="logout"),
    path("oauth/start", browser_views.StartView.as_view(), name="oauth-start"),
    path("oauth/callback", browser_views.CallbackView.as_view(), name="oauth-callback"),
    path("oauth/token", browser_views.ExchangeView.as_view(), name="oauth-token"),
]
