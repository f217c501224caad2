"""`manage.py reap_queries`: what Celery beat does every few seconds, once."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand

from queries.services import reap_runs


class Command(BaseCommand):
    """Queues runs again whose worker vanished, ends those that cannot be saved, wakes workers."""

    help = "Queue lost queries again or end them, and wake workers for queries that wait."

    def handle(self, *args: Any, **options: Any) -> None:
        counts = asdict(reap_runs())
        self.stdout.write(", ".join(f"{name}: {count}" for name, count in counts.items()))
