"""The catalog's AppConfig."""

from django.apps import AppConfig


class CatalogConfig(AppConfig):
    """What exists in the warehouse: browsing and SQL completion. Keeps nothing of it in the
    database.
    """

    name = "catalog"
    verbose_name = "Catalog"
