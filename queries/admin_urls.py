"""Routes under /api/admin/ that look after queries and caches."""

from django.urls import path

from queries import admin_views

urlpatterns = [
    path("cache", admin_views.CacheView.as_view(), name="admin-cache"),
    path("audit", admin_views.AuditView.as_view(), name="admin-audit"),
]
