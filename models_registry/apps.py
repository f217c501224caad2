"""The registry's AppConfig."""

from django.apps import AppConfig


class ModelsRegistryConfig(AppConfig):
    """Semantic models, their versions, and who changed what."""

    name = "models_registry"
    verbose_name = "Model registry"
