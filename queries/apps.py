from django.apps import AppConfig


class QueriesConfig(AppConfig):
    """SQL and metric queries: guard, run, record."""

    name = "queries"
