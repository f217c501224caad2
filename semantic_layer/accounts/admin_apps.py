"""Makes the token-signed admin site the default one, before any ModelAdmin registers."""

from django.contrib.admin.apps import AdminConfig


class TokenAdminConfig(AdminConfig):
    """django.contrib.admin with our site."""

    default_site = "semantic_layer.accounts.admin_site.TokenAdminSite"
