"""The AppConfig of questions in words."""

from django.apps import AppConfig


class GenieConfig(AppConfig):
    """Questions in words: planned over governed metrics, kept as conversations, evaluated."""

    name = "genie"
    verbose_name = "Questions"
