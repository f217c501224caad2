"""The Celery application (`celery -A semantic_layer.celery worker`); tasks live in the apps."""

import os
from typing import Any

from celery import Celery
from celery.signals import worker_ready
from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "semantic_layer.settings")

app = Celery("semantic_layer")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.update(
    # A task that outlives the broker's visibility timeout is delivered again: keep it well below.
    task_time_limit=1800,
    task_soft_time_limit=1740,
    broker_transport_options={"visibility_timeout": 3600},
    broker_connection_retry_on_startup=True,
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    task_ignore_result=True,
    worker_prefetch_multiplier=1,
    worker_soft_shutdown_timeout=10,
    worker_cancel_long_running_tasks_on_connection_loss=True,
    timezone="UTC",
)
app.autodiscover_tasks()


@worker_ready.connect  # type: ignore[untyped-decorator]
def show_figures(**kwargs: Any) -> None:
    """Serve what the worker and its children count on WORKER_METRICS_PORT, where that is set."""
    port = int(settings.WORKER_METRICS_PORT)
    if port:
        # Needs settings; this module is loaded before they are.
        from prometheus_client import start_http_server

        from semantic_layer.api.instruments import counted

        start_http_server(port, registry=counted())
