"""The kernel's AppConfig: binds Celery's shared tasks and registers the system checks."""

from django.apps import AppConfig

from semantic_layer import celery


class SemanticLayerConfig(AppConfig):
    """Loads semantic_layer.celery, so that `shared_task` binds to it in every process."""

    name = "semantic_layer"
    celery_app = celery.app

    def ready(self) -> None:
        # They register by import, and need the app registry.
        from semantic_layer import checks, workspace_checks  # noqa: F401
        from semantic_layer.api import tracing

        tracing.start()
