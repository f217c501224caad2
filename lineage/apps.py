"""The lineage's AppConfig."""

from django.apps import AppConfig


class LineageConfig(AppConfig):
    """Where numbers come from, and what would break."""

    name = "lineage"
    verbose_name = "Lineage"
