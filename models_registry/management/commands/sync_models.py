"""`manage.py sync_models [--category X] [--wait]`: what the outbox holds, to the volume."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from models_registry.audit import SYSTEM
from models_registry.mirror.services import sync_volume
from models_registry.mirror.states import sync_summary
from models_registry.models import Category

POLL_S = 0.5


class Command(BaseCommand):
    """Exit code 0: the volume has everything. 1: something failed or is left."""

    help = "Write what waits to the volume, also what waits after a failure."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--category", choices=Category.values)
        parser.add_argument(
            "--wait",
            action="store_true",
            help="go on until the volume has everything, also what others are writing just now",
        )
        parser.add_argument(
            "--timeout", type=float, default=300.0, metavar="SECONDS", help="of --wait; default 300"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        category: str | None = options["category"]
        ends = time.monotonic() + options["timeout"]
        synced, failed = 0, set[str]()
        while True:
            drained = sync_volume(actor=SYSTEM, category=category, seconds=None)
            synced += drained.synced
            failed = set(drained.failed)
            summary = sync_summary(category)
            left = summary.pending + summary.failing
            if not options["wait"] or not (left or failed) or time.monotonic() > ends:
                break
            time.sleep(POLL_S)
        for reason in sorted(failed):
            self.stderr.write(reason)
        self.stdout.write(f"Written: {synced}. In the volume: {summary.synced}, waiting: {left}.")
        if left or failed:
            raise CommandError("The volume does not have everything yet; see GET /api/models/sync.")
