"""The Celery application (`celery -A semantic_layer.celery worker`); tasks live in the apps."""

import os

from celery import Celery

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
